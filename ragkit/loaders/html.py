"""Web pages: the main text as Markdown, without menus and footers."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from ragkit.errors import EmptyFile, LoadError
from ragkit.loaders.decoding import decode
from ragkit.loaders.identity import content_id
from ragkit.loaders.pages import FileText, PageText, make_document
from ragkit.stages import StageConfig
from ragkit.types import Document

# An extractor that keeps less of a page than this has lost its body.
_LEAST_SHARE = 0.25
_HIDDEN = "//script | //style | //noscript | //template | //svg | //head"
_CHROME = "//nav | //footer | //aside"
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "thead",
        "tr",
        "ul",
    ]
)


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
    from trafilatura import extract, extract_metadata, load_html

    tree = load_html(data)
    if tree is None:
        tree = load_html(decode(data))
    if tree is None:
        raise LoadError("not a readable web page")
    found = extract_metadata(tree)
    notes = {"author": found.author, "created": found.date, "site": found.sitename} if found else {}
    title = _title(tree) or (found.title if found else "") or ""
    main = extract(tree, favor_recall=True, output_format="markdown", include_comments=False) or ""
    everything = _all_text(tree)
    text = main if len(main) >= _LEAST_SHARE * len(everything) else everything
    return FileText(
        pages=(PageText(text=text),),
        title=" ".join(title.split()),
        metadata={key: value for key, value in notes.items() if value},
    )


def _title(tree: object) -> str:
    titles = tree.xpath("//head/title/text() | //title/text()")  # type: ignore[attr-defined] # lxml has no types
    return str(titles[0]) if titles else ""


def _all_text(tree: object) -> str:
    """What a reader sees, a line for each block, menus left out unless there is nothing else."""
    from copy import deepcopy

    body = deepcopy(tree)
    _drop(body, _HIDDEN)
    whole = _lines(body)
    _drop(body, _CHROME)
    return _lines(body) or whole


def _drop(tree: object, xpath: str) -> None:
    for element in tree.xpath(xpath):  # type: ignore[attr-defined] # lxml has no types
        parent = element.getparent()
        if parent is not None:
            element.drop_tree()


def _lines(tree: object) -> str:
    from lxml.etree import iterwalk  # type: ignore[import-untyped] # lxml has no types

    pieces: list[str] = []
    for event, element in iterwalk(tree, events=("start", "end")):
        if element.tag in _BLOCKS:
            pieces.append("\n")
        text = element.text if event == "start" else element.tail
        if isinstance(element.tag, str) or event == "end":
            pieces.append(" ".join((text or "").splitlines()))
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n\n".join(line for line in lines if line)
