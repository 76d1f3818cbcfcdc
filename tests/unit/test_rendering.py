"""Pages of PDF files as pictures, and files without their password: from processes that may die."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from pdfs import Bar, Words, pdf_file
from PIL import Image

from ragkit import EncryptedFile, LoadError, PdfPages, ResourceLimit, page_image, unlock_pdf
from ragkit.loaders import read_document, span_boxes

FIXTURES = Path(__file__).parents[1] / "fixtures"
NTSB = FIXTURES / "pdf-us-gov" / "ntsb-NYC08CA073.pdf"
LOCKED = FIXTURES / "pdf-odd" / "r6-user-password.pdf"
PASSWORD = "asdfzxcv"
PLAN = Path(__file__).parents[2] / "corpora" / "demo" / "agency-plans-en" / "DHS2020.pdf"


@pytest.fixture(scope="module")
def pages() -> Iterator[PdfPages]:
    with PdfPages() as opened:
        yield opened


def picture(data: bytes) -> Image.Image:
    assert data.startswith(b"\x89PNG")
    return Image.open(io.BytesIO(data)).convert("RGB")


def processes() -> set[psutil.Process]:
    return set(psutil.Process().children())


def test_a_page_is_painted_as_it_looks(pages: PdfPages, tmp_path: Path) -> None:
    path = tmp_path / "bars.pdf"
    red, blue = Bar(100, 700, 50, 50, (1, 0, 0)), Bar(100, 100, 50, 50, (0, 0, 1))
    path.write_bytes(pdf_file([red], [red, blue]))
    seen = picture(pages.image(path, 1))
    assert seen.size == (595 * 2, 842 * 2)
    assert [seen.getpixel((250, (842 - y) * 2)) for y in (725, 125, 425)] == [
        (255, 0, 0),
        (0, 0, 255),
        (255, 255, 255),
    ]
    assert picture(pages.image(path, 0, scale=0.5)).size == (298, 421)


@pytest.mark.parametrize("box", [(0, 0, 10_000, 10_000), (0, 0, 14_000, 20), (0, 0, 200, 200)])
@pytest.mark.parametrize("scale", [2.0, 1e9])
def test_no_page_becomes_a_huge_picture(
    pages: PdfPages, tmp_path: Path, box: tuple[float, ...], scale: float
) -> None:
    path = tmp_path / "huge.pdf"
    path.write_bytes(pdf_file([Words("Here")], box=box))
    width, height = picture(pages.image(path, 0, scale=scale)).size
    assert 300 < width * height <= 16_100_000
    assert max(width, height) <= 10_000
    assert width / height == pytest.approx(box[2] / box[3], rel=0.05)


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_that_is_none_is_refused(pages: PdfPages, scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        pages.image(NTSB, 0, scale=scale)


def test_what_cannot_be_shown_is_told(pages: PdfPages, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nand nothing more")
    cases = [(NTSB, 99, r"no page 100: it has \d+ pages"), (NTSB, -1, "no page 0"), (broken, 0, "damaged")]
    for path, index, message in [*cases, (tmp_path / "gone.pdf", 0, "gone.pdf|no such file")]:
        with pytest.raises(LoadError, match=message):
            pages.image(path, index)
    with pytest.raises(EncryptedFile):
        pages.image(LOCKED, 0)
    assert picture(pages.image(LOCKED, 0, password=PASSWORD)).size[0] > 100


def test_what_takes_too_long_is_given_up() -> None:
    with PdfPages(timeout_s=0.005) as hurried:
        for _ in range(2):
            with pytest.raises(ResourceLimit, match=r"longer than 0\.005 s"):
                hurried.image(NTSB, 0)


def test_one_process_serves_page_after_page_and_another_after_its_death() -> None:
    others = processes()
    with PdfPages() as opened:
        first = opened.image(PLAN, 0)
        (worker,) = processes() - others
        opened.image(NTSB, 0)
        assert processes() - others == {worker}
        worker.kill()
        with pytest.raises(LoadError):
            opened.image(PLAN, 0)
        assert opened.image(PLAN, 0) == first
    assert processes() == others
    with opened:
        assert opened.image(PLAN, 0) == first


def test_threads_get_the_pages_they_ask_for() -> None:
    wanted = [(path, index) for index in range(2) for path in (NTSB, PLAN)] * 3
    others = processes()
    with PdfPages(workers=2) as opened, ThreadPoolExecutor(6) as threads:
        images = list(threads.map(lambda page: opened.image(*page, scale=0.5), wanted))
        assert len(processes() - others) == 2
    alone = {page: page_image(*page, scale=0.5) for page in set(wanted)}
    assert images == [alone[page] for page in wanted]


def test_boxes_from_the_other_process_are_those_of_this_one(pages: PdfPages) -> None:
    document = read_document(PLAN)
    for start in range(0, len(document.text) - 400, len(document.text) // 7):
        expected = span_boxes(PLAN, document, start, start + 300)
        assert expected
        assert pages.boxes(PLAN, document, start, start + 300) == expected


def locked_copy(path: Path, algorithm: str) -> Path:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=PLAN)
    writer.encrypt("秘密" if algorithm.startswith("AES-256") else "secret", algorithm=algorithm)
    writer.write(path)
    return path


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_copy_without_password_says_the_same_in_the_same_places(tmp_path: Path, algorithm: str) -> None:
    from pypdf import PdfReader

    password = "秘密" if algorithm == "AES-256" else "secret"
    path = locked_copy(tmp_path / "locked.pdf", algorithm)
    target = tmp_path / "open.pdf"
    unlock_pdf(path, target, password)
    assert not PdfReader(target).is_encrypted
    assert PdfReader(path).is_encrypted
    before, after = read_document(path, password=password), read_document(target)
    assert (after.text, after.pages) == (before.text, before.pages)
    for start in range(0, len(before.text) - 400, len(before.text) // 5):
        boxes = span_boxes(target, after, start, start + 300)
        assert boxes
        assert boxes == span_boxes(path, before, start, start + 300, password=password)


def test_a_wrong_password_leaves_everything_as_it_was(tmp_path: Path) -> None:
    path, target = tmp_path / "locked.pdf", tmp_path / "open.pdf"
    path.write_bytes(LOCKED.read_bytes())
    target.write_bytes(b"older")
    with pytest.raises(EncryptedFile, match="the password is wrong"):
        unlock_pdf(path, target, "no")
    with pytest.raises(LoadError, match="directory"):
        unlock_pdf(path, tmp_path / "nowhere" / "open.pdf", PASSWORD)
    assert (path.read_bytes(), target.read_bytes()) == (LOCKED.read_bytes(), b"older")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["locked.pdf", "open.pdf"]


def test_a_file_can_take_the_place_of_its_locked_self(tmp_path: Path) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(LOCKED.read_bytes())
    path.chmod(0o640)
    unlock_pdf(path, path, PASSWORD)
    assert "encryption test" in read_document(path).text
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]
