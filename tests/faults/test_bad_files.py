"""Broken, hostile and odd files give a short reason, within the limits, and never end the process."""

import io
import random
import zlib
from functools import partial
from pathlib import Path

import pytest

from ragkit.cleaning import default_cleaners
from ragkit.errors import LoadError, ResourceLimit
from ragkit.loaders import WorkerPool, read_document, reread_document
from ragkit.types import Document

FIXTURES = Path(__file__).parent.parent / "fixtures"
SOURCES = sorted(FIXTURES.rglob("*.pdf"))
READ = partial(read_document, cleaners=default_cleaners())
AGAIN = partial(reread_document, cleaners=default_cleaners())

REFUSED = ("encrypted-file", "imagemagick-lzw", "imagemagick-images")  # the last two show no text


def pool(**changes: float) -> WorkerPool[Path, Document]:
    limits = {"workers": 1, "timeout_s": 20.0, "memory_bytes": 512 << 20, **changes}
    return WorkerPool(READ, retry=AGAIN, **limits)  # type: ignore[arg-type] # mixed numbers


def outcomes(paths: list[Path], **changes: float) -> dict[Path, Document | Exception]:
    with pool(**changes) as running:
        return dict(running.map(paths))


def is_short(error: object) -> bool:
    return isinstance(error, LoadError) and 0 < len(str(error)) <= 300 and "\n" not in str(error)


def test_every_fixture_is_read_or_refused_with_a_reason() -> None:
    for path, outcome in outcomes(SOURCES, workers=2).items():
        if path.stem in REFUSED or "user-password" in path.stem:
            assert is_short(outcome), path
        else:
            assert isinstance(outcome, Document), (path, outcome)


def damaged(tmp_path: Path) -> list[Path]:
    """Files cut short, with flipped bytes, with their cross references or pages gone."""
    chance = random.Random(7)
    paths = []
    for source in SOURCES:
        data = source.read_bytes()
        flipped = bytearray(data)
        for _ in range(len(data) // 200):
            flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        versions = {
            "half": data[: len(data) // 2],
            "head": data[:200],
            "flipped": bytes(flipped),
            "xref": data.replace(b"xref", b"xxxx"),
            "pages": data.replace(b"/Pages", b"/Sages"),
            "loop": data.replace(b"/Parent", b"/Kids  "),
        }
        for kind, version in versions.items():
            paths.append(tmp_path / f"{source.stem}-{kind}.pdf")
            paths[-1].write_bytes(version)
    return paths


def test_damaged_files_end_no_process(tmp_path: Path) -> None:
    paths = damaged(tmp_path)
    results = outcomes(paths, workers=2)
    assert list(results) == paths
    for path, outcome in results.items():
        assert isinstance(outcome, Document) or is_short(outcome), (path, outcome)


def make_pdf(content: bytes, *, filters: bytes = b"", pages: int = 1) -> bytes:
    """A small PDF whose pages all show one content stream."""
    kids = b" ".join(b"%d 0 R" % (5 + i) for i in range(pages))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), filters, content),
    ] + [
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R "
        b"/Resources << /Font << /F 3 0 R >> >> >>"
    ] * pages
    out = io.BytesIO(b"%PDF-1.7\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, start))
    return out.getvalue()


def test_the_made_pdf_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf(b"BT /F 12 Tf 20 100 Td (Hello there) Tj ET"))
    assert read_document(path).text == "Hello there"


def test_a_bomb_is_stopped_by_memory_or_time(tmp_path: Path) -> None:
    text = b"BT /F 12 Tf 20 100 Td " + b"(bombbombbombbomb) Tj " * 12_000_000 + b"ET"
    path = tmp_path / "bomb.pdf"
    path.write_bytes(make_pdf(zlib.compress(text, 9), filters=b"/Filter /FlateDecode"))
    assert path.stat().st_size < 2 << 20
    del text
    results = outcomes([path, SOURCES[0]], timeout_s=5.0, memory_bytes=400 << 20)
    assert is_short(results[path])
    assert isinstance(results[SOURCES[0]], Document) or is_short(results[SOURCES[0]])


def test_a_hang_is_stopped_by_time(tmp_path: Path) -> None:
    path = tmp_path / "slow.pdf"
    content = b"BT /F 2 Tf 1 1 Td " + b"(slow) Tj 1 0 Td " * 20_000 + b"ET"
    path.write_bytes(make_pdf(content, pages=2000))
    results = outcomes([path], timeout_s=1.0)
    assert isinstance(results[path], ResourceLimit)
    assert str(results[path]) == "took longer than 1 s"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"%PDF-1.7\n"),
        ("a.pdf", b"not a pdf"),
        ("a.docx", b"PK\x03\x04" + b"\0" * 100),
        ("a.html", b"\0\0\0\0"),
        ("a.html", b"<" * 100_000),
        ("a.txt", b"\0" * 10),
        ("a.md", b"\xff\xfe\x00"),
        ("a.pdf", b""),
    ],
)
def test_hopeless_files(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    try:
        document = read_document(path)
    except LoadError as error:
        assert is_short(error)
    else:
        assert name == "a.html"
        assert document.text


def test_deeply_nested_html(tmp_path: Path) -> None:
    path = tmp_path / "deep.html"
    path.write_text("<div>" * 20_000 + "the deepest text" + "</div>" * 20_000)
    (outcome,) = outcomes([path]).values()
    assert is_short(outcome) or isinstance(outcome, Document)


def test_folders_and_missing_files(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.pdf", tmp_path / "missing.txt"):
        with pytest.raises(LoadError):
            read_document(path)
