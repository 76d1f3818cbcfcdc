"""Word documents (.docx): paragraphs and tables in their order, headings as Markdown."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from ragkit.errors import EmptyFile, EncryptedFile, LoadError
from ragkit.loaders.identity import content_id
from ragkit.loaders.pages import FileText, PageText, make_document
from ragkit.loaders.pdf_metadata import sensible_title
from ragkit.stages import StageConfig
from ragkit.types import Document

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import Table
    from docx.text.paragraph import Paragraph

_HEADING = re.compile(r"^heading (?P<level>[1-6])$", re.I)
# Word encrypts into an OLE container, which also holds the old .doc format.
_OLE = b"\xd0\xcf\x11\xe0"


class DocxConfig(StageConfig):
    """Word documents."""

    type: Literal["docx"] = "docx"

    def build(self) -> DocxLoader:
        """The loader."""
        return DocxLoader()


class DocxLoader:
    """Reads Word documents; the title is the document's property, else its first heading."""

    kind: ClassVar[str] = "docx"
    isolated: ClassVar[bool] = True

    def load(self, path: Path, *, password: str | None = None) -> Document:
        """The document in `path`. Raises `EncryptedFile`, `EmptyFile` or another `LoadError`."""
        data = path.read_bytes()
        if not data:
            raise EmptyFile("the file is empty (0 bytes)")
        content = read_docx(data)
        if not content.has_text:
            raise EmptyFile("the document holds no text")
        return make_document(content, document_id=content_id(self.kind, data), path=path)


def read_docx(data: bytes) -> FileText:
    """Text and properties of a Word document. Raises `LoadError`."""
    import docx

    if data.startswith(_OLE):
        raise EncryptedFile("an encrypted Word file or an old .doc: save it as .docx without password")
    try:
        word = docx.Document(io.BytesIO(data))
        blocks = list(_blocks(word))
    except MemoryError:
        raise
    except Exception as error:
        raise LoadError(f"not a readable Word document ({type(error).__name__}: {error})"[:300]) from error
    return FileText(
        format="markdown",
        pages=(PageText(text="\n\n".join(blocks)),),
        title=_title(word, blocks),
        metadata=_metadata(word),
    )


def _blocks(word: WordDocument) -> Iterator[str]:
    from docx.table import Table

    items: list[str] = []
    for block in word.iter_inner_content():
        text = _table(block) if isinstance(block, Table) else _paragraph(block)
        if text.startswith("- "):
            items.append(text)
            continue
        if items:
            yield "\n".join(items)
            items = []
        if text:
            yield text
    if items:
        yield "\n".join(items)


def _paragraph(paragraph: Paragraph) -> str:
    text = paragraph.text.replace("\r", "\n").strip()
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    if not text:
        return ""
    if style == "Title":
        return f"# {' '.join(text.split())}"
    if heading := _HEADING.match(style):
        return f"{'#' * int(heading['level'])} {' '.join(text.split())}"
    return f"- {text}" if style.startswith("List") else text


def _table(table: Table) -> str:
    """A row a line, cells parted by " | "; a merged cell stands once."""
    rows = []
    for row in table.rows:
        cells: list[str] = []
        seen: set[int] = set()
        for cell in row.cells:
            if id(cell._tc) not in seen:
                seen.add(id(cell._tc))
                cells.append(" ".join(cell.text.split()))
        if any(cells):
            rows.append(f"| {' | '.join(cells)} |")
    if len(rows) > 1:
        rows.insert(1, "|" + " --- |" * (rows[0].count(" | ") + 1))
    return "\n".join(rows)


def _title(word: WordDocument, blocks: list[str]) -> str:
    given = sensible_title(word.core_properties.title or "")
    return given or next((b.lstrip("#").strip() for b in blocks if re.match(r"#{1,6} ", b)), "")


def _metadata(word: WordDocument) -> dict[str, str]:
    properties = word.core_properties
    notes = {
        "author": properties.author,
        "subject": properties.subject,
        "keywords": properties.keywords,
        "created": properties.created and properties.created.isoformat(),
        "modified": properties.modified and properties.modified.isoformat(),
    }
    return {key: str(value) for key, value in notes.items() if value}
