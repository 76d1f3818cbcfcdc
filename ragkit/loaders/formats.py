"""Which loader reads a file."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from ragkit.errors import EmptyFile, LoadError, UnsupportedFormat
from ragkit.loaders.docx import DocxLoader
from ragkit.loaders.html import HtmlLoader
from ragkit.loaders.identity import stream_id
from ragkit.loaders.markdown import MarkdownLoader
from ragkit.loaders.pdf import PdfLoader
from ragkit.loaders.text import TextLoader

FileLoader = PdfLoader | DocxLoader | HtmlLoader | MarkdownLoader | TextLoader
"""Every loader has a `kind`; an `isolated` one belongs in a worker process (see `WorkerPool`)."""

_LOADERS: dict[str, type[FileLoader]] = {
    ".pdf": PdfLoader,
    ".docx": DocxLoader,
    ".html": HtmlLoader,
    ".htm": HtmlLoader,
    ".xhtml": HtmlLoader,
    ".md": MarkdownLoader,
    ".markdown": MarkdownLoader,
    ".txt": TextLoader,
    ".text": TextLoader,
}
SUFFIXES = tuple(_LOADERS)
"""The file names that `find_files` takes from a folder."""

_HEAD = 1024
_HTML = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
_OLE = b"\xd0\xcf\x11\xe0"


def loader_for(path: Path) -> FileLoader:
    """The loader for this file: by what it begins with, then by its suffix.

    Raises `UnsupportedFormat`, `EmptyFile`, or `LoadError` when the file cannot be read.
    """
    suffix = path.suffix.lower()
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise LoadError((error.strerror or str(error)).lower()) from error
    if not head:
        raise EmptyFile("the file is empty (0 bytes)")
    loader = _by_content(path, head, suffix) or _LOADERS.get(suffix)
    if loader is None:
        raise UnsupportedFormat(
            f"{suffix or 'this kind of file'} is not supported ({', '.join(SUFFIXES)} are)"
        )
    return loader()


def _by_content(path: Path, head: bytes, suffix: str) -> type[FileLoader] | None:
    """The kind that the bytes tell without doubt; text and Markdown are told by suffix only."""
    if b"%PDF-" in head and (suffix not in _LOADERS or head.lstrip().startswith(b"%PDF-")):
        return PdfLoader
    if head.startswith(b"PK\x03\x04"):
        if is_word_document(path):
            return DocxLoader
        raise UnsupportedFormat("a zip archive that is not a Word document")
    if head.startswith(_OLE):
        return DocxLoader
    if suffix in (".md", ".markdown"):
        return None
    return HtmlLoader if _HTML.match(head) else None


def is_word_document(path: Path) -> bool:
    """Whether a zip archive is a Word document. Raises `LoadError` for a damaged one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise LoadError("a damaged zip archive or Word document") from error


def file_id(path: Path) -> str:
    """The id that the document in this file will have, without parsing it.

    Raises `LoadError` when no loader reads the file or it cannot be opened.
    """
    loader = loader_for(path)
    try:
        return stream_id(loader.kind, path)
    except OSError as error:
        raise LoadError((error.strerror or str(error)).lower()) from error
