"""PDF files: pdfium first, pypdf where pdfium fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from ragkit.errors import EmptyFile, EncryptedFile, LoadError
from ragkit.loaders.identity import content_id
from ragkit.loaders.pages import FileText, make_document
from ragkit.loaders.pdfium_text import read_with_pdfium
from ragkit.loaders.pypdf_text import read_with_pypdf
from ragkit.stages import StageConfig
from ragkit.types import Document

Parser = Literal["pdfium", "pypdf"]


class PdfConfig(StageConfig):
    """`parser: pypdf` never touches pdfium: slower, and citations have no boxes."""

    type: Literal["pdf"] = "pdf"
    parser: Parser = "pdfium"

    def build(self) -> PdfLoader:
        """The loader."""
        return PdfLoader(parser=self.parser)


class PdfLoader:
    """Reads PDF files, with the place of every character on its page."""

    kind: ClassVar[str] = "pdf"
    isolated: ClassVar[bool] = True

    def __init__(self, *, parser: Parser = "pdfium") -> None:
        self.parser = parser

    def load(self, path: Path, *, password: str | None = None) -> Document:
        """The document in `path`. Raises `EncryptedFile`, `EmptyFile` or another `LoadError`."""
        data = path.read_bytes()
        if not data:
            raise EmptyFile("the file is empty (0 bytes)")
        content = self._read(data, password)
        if not content.has_text:
            raise _without_text(content)
        return make_document(content, document_id=content_id(self.kind, data), path=path)

    def _read(self, data: bytes, password: str | None) -> FileText:
        if self.parser == "pypdf":
            return _second_parser(data, password, "pdfium was not used")
        try:
            content = read_with_pdfium(data, password)
        except EncryptedFile:
            raise
        except LoadError as error:
            return _or_else(data, password, error)
        if content.has_text or content.hidden:  # pypdf would not see that it is hidden
            return content
        return _or_else(data, password, _without_text(content))


def _or_else(data: bytes, password: str | None, error: LoadError) -> FileText:
    """pypdf's text, or the error of pdfium if that is no better."""
    try:
        content = _second_parser(data, password, f"pdfium: {error}")
    except LoadError:
        raise error from None
    if not content.has_text:
        raise error
    return content


def _second_parser(data: bytes, password: str | None, reason: str) -> FileText:
    content = read_with_pypdf(data, password)
    warning = f"read with pypdf, so citations have no boxes and hidden text is kept ({reason})"
    return replace(content, warnings=(*content.warnings, warning))


def _without_text(content: FileText) -> EmptyFile:
    count = len(content.pages)
    where = "its only page" if count == 1 else f"any of its {count} pages"
    if content.hidden:
        return EmptyFile(f"no text that anybody sees on {where}: {'; '.join(content.warnings)}")
    return EmptyFile(f"no text on {where}: scanned pages need OCR first (or the file is damaged)")
