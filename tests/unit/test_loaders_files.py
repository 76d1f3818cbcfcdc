"""Finding files, and the loader for each."""

import os
import zipfile
from pathlib import Path

import pytest

from ragkit.errors import EmptyFile, LoadError, UnsupportedFormat
from ragkit.loaders import (
    DocxConfig,
    HtmlConfig,
    HtmlLoader,
    MarkdownConfig,
    MarkdownLoader,
    PdfConfig,
    PdfLoader,
    TextConfig,
    TextLoader,
    content_id,
    file_id,
    find_files,
    loader_for,
    read_document,
)

CRAZY = Path(__file__).parent.parent / "fixtures/pdf-odd/crazyones.pdf"


@pytest.mark.parametrize(
    ("name", "data", "loader"),
    [
        ("a.txt", b"plain", TextLoader),
        ("a.MD", b"# x", MarkdownLoader),
        ("a.htm", b"<p>x", HtmlLoader),
        ("noname", b"<!DOCTYPE html><p>x", HtmlLoader),
        ("lies.txt", b"%PDF-1.7 ...", PdfLoader),
        ("noname", b"junk before %PDF-1.7 ...", PdfLoader),
        ("about-pdf.md", b"the mark %PDF-1.7 begins a file", MarkdownLoader),
        ("page.md", b"<html> in markdown", MarkdownLoader),
    ],
)
def test_loader_by_content_then_suffix(tmp_path: Path, name: str, data: bytes, loader: type) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert isinstance(loader_for(path), loader)


def test_what_no_loader_reads(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_bytes(b"data")
    with pytest.raises(UnsupportedFormat, match=r"\.xyz is not supported \(\.pdf"):
        loader_for(path)
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(UnsupportedFormat, match="zip"):
        loader_for(tmp_path / "a.docx")
    (tmp_path / "e.pdf").touch()
    with pytest.raises(EmptyFile):
        loader_for(tmp_path / "e.pdf")
    with pytest.raises(LoadError, match="no such file"):
        loader_for(tmp_path / "missing.pdf")


def test_file_id_is_the_documents_id_without_parsing(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_text("hello")
    assert file_id(CRAZY) == read_document(CRAZY).id
    assert file_id(text) == read_document(text).id == content_id("text", b"hello")
    assert content_id("text", b"hello") != content_id("markdown", b"hello")


def test_cheap_formats_need_no_worker() -> None:
    isolated = {c().build().kind: c().build().isolated for c in (PdfConfig, DocxConfig, HtmlConfig)}
    assert isolated == {"pdf": True, "docx": True, "html": True}
    assert not any(c().build().isolated for c in (TextConfig, MarkdownConfig))


def test_find_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "c.xyz", ".hidden.txt", "sub/d.pdf", ".git/e.txt", "sub/z.HTML"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "sub/loop").symlink_to(tmp_path)
    (tmp_path / "dead.txt").symlink_to(tmp_path / "nowhere")
    found = [str(path.relative_to(tmp_path)) for path in find_files([tmp_path])]
    assert found == ["a.md", "b.txt", "sub/d.pdf", "sub/z.HTML"]
    named = [tmp_path / "c.xyz", tmp_path / "sub", tmp_path / ".hidden.txt", tmp_path / "sub/d.pdf"]
    assert [path.name for path in find_files(named)] == [
        "c.xyz",
        "d.pdf",
        "a.md",
        "b.txt",
        "z.HTML",
        ".hidden.txt",
    ]


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="nothere: no such file or folder"):
        list(find_files([tmp_path / "nothere"]))


def test_a_folder_that_cannot_be_read_stands_for_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("a")
    locked = tmp_path / "locked"
    locked.mkdir()
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert [path.name for path in find_files([tmp_path])] == ["a.txt", "locked"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(LoadError, match="permission denied"):
        loader_for(path)
