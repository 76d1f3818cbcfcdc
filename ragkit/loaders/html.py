"""Web pages: the main text as Markdown, without menus and footers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from ragkit.errors import EmptyFile, LoadError
from ragkit.loaders.decoding import decode
from ragkit.loaders.html_text import fold_spaces, visible_text
from ragkit.loaders.identity import content_id
from ragkit.loaders.pages import FileText, PageText, make_document
from ragkit.stages import StageConfig
from ragkit.types import Document

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# An extractor that keeps less of a page than this has lost its body; a page this short has no
# parts to choose from.
_LEAST_SHARE = 0.25
_SHORT_PAGE = 2000
_NOTES = {
    "author": "//meta[@name='author']/@content",
    "created": "//meta[@property='article:published_time' or @name='date' or @name='dcterms.date']/@content",
    "subject": "//meta[@name='description']/@content",
    "keywords": "//meta[@name='keywords']/@content",
}


class HtmlConfig(StageConfig):
    """Web pages saved as files."""

    type: Literal["html"] = "html"

    def build(self) -> HtmlLoader:
        """The loader."""
        return HtmlLoader()


class HtmlLoader:
    """Reads the main text of a web page by trafilatura; all of its text where that finds little."""

    kind: ClassVar[str] = "html"
    isolated: ClassVar[bool] = True

    def load(self, path: Path, *, password: str | None = None) -> Document:
        """The document in `path`. Raises `LoadError` or `EmptyFile`."""
        data = path.read_bytes()
        if not data:
            raise EmptyFile("the file is empty (0 bytes)")
        content = read_html(data)
        if not content.has_text:
            raise EmptyFile("the page holds no text")
        return make_document(content, document_id=content_id(self.kind, data), path=path)


def read_html(data: bytes) -> FileText:
    """Text, title, author and date of a page. Raises `LoadError` when it cannot be parsed."""
    from trafilatura import load_html

    tree = load_html(data)
    if tree is None:
        tree = load_html(decode(data))
    if tree is None:
        raise LoadError("not a readable web page")
    fold_spaces(tree)
    notes = {key: _first(tree, xpath) for key, xpath in _NOTES.items()}
    return FileText(
        format="markdown",
        pages=(PageText(text=_main_text(tree)),),
        title=_first(tree, "//title") or _first(tree, "//h1"),
        metadata={key: value for key, value in notes.items() if value},
    )


def _main_text(tree: HtmlElement) -> str:
    from trafilatura import extract

    everything = visible_text(tree)
    if len(everything) < _SHORT_PAGE:
        return everything
    main = extract(tree, favor_recall=True, output_format="markdown", include_comments=False) or ""
    return main if len(main) >= _LEAST_SHARE * len(everything) else everything


def _first(tree: HtmlElement, xpath: str) -> str:
    found = tree.xpath(xpath)
    if not found:
        return ""
    value = found[0] if isinstance(found[0], str) else found[0].text_content()
    return " ".join(str(value).split())
