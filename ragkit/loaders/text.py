"""Plain text files, in any usual encoding."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from ragkit.loaders.decoding import read_text
from ragkit.loaders.identity import content_id
from ragkit.loaders.pages import FileText, PageText, make_document
from ragkit.stages import StageConfig
from ragkit.types import Document


class TextConfig(StageConfig):
    """Plain text."""

    type: Literal["text"] = "text"

    def build(self) -> TextLoader:
        """The loader."""
        return TextLoader()


class TextLoader:
    """Reads plain text as it is written; it has no title."""

    kind: ClassVar[str] = "text"
    isolated: ClassVar[bool] = False

    def load(self, path: Path, *, password: str | None = None) -> Document:
        """The document in `path`. Raises `LoadError` for binary data, `EmptyFile` for no text."""
        data, text = read_text(path)
        content = FileText(pages=(PageText(text=text),))
        return make_document(content, document_id=content_id(self.kind, data), path=path)
