"""All that a reader sees of a web page, as plain Markdown."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HIDDEN = "//script | //style | //noscript | //template | //svg | //head | //comment()"
_CHROME = "//nav | //footer | //aside | //*[@role='navigation' or @role='contentinfo']"
_BLOCKS = re.compile(
    r"address|article|blockquote|body|caption|d[dlt]|div|fieldset|figcaption|figure|footer|form|h[1-6r]|header"
    r"|main|nav|ol|p|pre|section|table|ul"
)
_VERBATIM = "ancestor-or-self::pre or ancestor-or-self::textarea"
_HEADING = re.compile(r"h([1-6])")
# Stand-ins that no text holds, until all white space is folded.
_PARAGRAPH, _LINE, _ROW, _CELL = "\x1e", "\x1f", "\x1d", "\x1c"


def fold_spaces(tree: HtmlElement) -> None:
    """One space for any white space outside `pre`, as a browser shows it."""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.text and not element.xpath(_VERBATIM):
            element.text = re.sub(r"\s+", " ", element.text)
        parent = element.getparent()
        if element.tail and parent is not None and not parent.xpath(_VERBATIM):
            element.tail = re.sub(r"\s+", " ", element.tail)


def visible_text(tree: HtmlElement) -> str:
    """Headings, paragraphs, lists and tables in order; menus only if there is nothing else."""
    body = deepcopy(tree)
    _drop(body, _HIDDEN)
    whole = _markdown(body)
    _drop(body, _CHROME)
    return _markdown(body) or whole


def _drop(tree: HtmlElement, xpath: str) -> None:
    for element in tree.xpath(xpath):
        if element.getparent() is not None:
            element.drop_tree()


def _markdown(tree: HtmlElement) -> str:
    from lxml.etree import iterwalk

    pieces: list[str] = []
    for event, element in iterwalk(tree, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            pieces += (_before(tag), element.text or "" if tag else "")
        else:
            pieces += (_after(tag), element.tail or "")
    return _join("".join(pieces))


def _before(tag: str) -> str:
    if heading := _HEADING.fullmatch(tag):
        return f"{_PARAGRAPH}{'#' * int(heading[1])} "
    if _BLOCKS.fullmatch(tag):
        return _PARAGRAPH
    return {"li": f"{_LINE}- ", "br": _LINE, "tr": _ROW, "td": _CELL, "th": _CELL}.get(tag, "")


def _after(tag: str) -> str:
    if _BLOCKS.fullmatch(tag):
        return _PARAGRAPH
    return {"li": _LINE, "tr": _LINE}.get(tag, "")


def _join(marked: str) -> str:
    paragraphs = []
    for paragraph in marked.split(_PARAGRAPH):
        lines = (_line(line) for line in re.split(rf"[{_LINE}\n]|(?={_ROW})", paragraph))
        paragraphs.append("\n".join(line for line in lines if line.strip("-# ")))
    return re.sub(r"\n(?:- )?\n+", "\n\n", "\n\n".join(text for text in paragraphs if text))


def _line(line: str) -> str:
    if not line.startswith(_ROW):
        return re.sub(r"[ \t]+$", "", line.replace(_CELL, " ")).lstrip(" ")
    cells = [" ".join(cell.split()) for cell in line[1:].split(_CELL)[1:]]
    return f"| {' | '.join(cells)} |" if any(cells) else ""
