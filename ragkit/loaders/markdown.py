"""Markdown files, kept as they are written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Literal

from ragkit.loaders.decoding import read_text
from ragkit.loaders.identity import content_id
from ragkit.loaders.pages import FileText, PageText, make_document
from ragkit.stages import StageConfig
from ragkit.types import Document

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<body>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_TITLE_KEY = re.compile(r"^title:[ \t]*(?P<title>.+?)[ \t]*$", re.M | re.I)
_FENCE = re.compile(r"^(?P<mark>`{3,}|~{3,}).*?(?:^(?P=mark)[`~]*[ \t]*$|\Z)", re.M | re.S)
_HEADING = re.compile(
    r"^ {0,3}#{1,6}[ \t]+(?P<hash>.+?)[ \t]*#*[ \t]*$|^(?P<line>[^\s#>|\-*+].*)\n=+[ \t]*$", re.M
)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


class MarkdownConfig(StageConfig):
    """Markdown."""

    type: Literal["markdown"] = "markdown"

    def build(self) -> MarkdownLoader:
        """The loader."""
        return MarkdownLoader()


class MarkdownLoader:
    """Reads Markdown; the title is the front matter's, else the first heading."""

    kind: ClassVar[str] = "markdown"
    isolated: ClassVar[bool] = False

    def load(self, path: Path, *, password: str | None = None) -> Document:
        """The document in `path`. Raises `LoadError` for binary data, `EmptyFile` for no text."""
        data, text = read_text(path)
        content = FileText(pages=(PageText(text=text),), title=markdown_title(text), format="markdown")
        return make_document(content, document_id=content_id(self.kind, data), path=path)


def markdown_title(text: str) -> str:
    """The title in the front matter, else the first heading outside code, else ""."""
    front = _FRONT_MATTER.match(text)
    if front:
        if given := _TITLE_KEY.search(front["body"]):
            return _plain(given["title"].strip("\"'"))
        text = text[front.end() :]
    heading = _HEADING.search(_FENCE.sub("", text))
    return _plain(heading["hash"] or heading["line"]) if heading else ""


def _plain(title: str) -> str:
    return " ".join(re.sub(r"[*`]|__", "", _LINK.sub(r"\1", title)).split())
