"""What a language model wrote, as HTML: its Markdown is shown, its HTML, links and pictures are text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_PLACE = re.compile("\ue000(\\d+)\ue001")


def marked(texts: Sequence[str], marks: Sequence[Markup]) -> Markup:
    """The HTML of a text in pieces, each followed by its mark."""
    pieces = [
        f"{_without_places(text)}\ue000{number}\ue001" for number, text in enumerate(texts)
    ]  # characters for private use stand for the marks, which Markdown must not read
    html = _markdown().render("".join(pieces))
    return Markup(_PLACE.sub(lambda found: str(marks[int(found[1])]), html))  # noqa: S704  # its HTML is escaped


def _without_places(text: str) -> str:
    return text.replace("\ue000", "").replace("\ue001", "")


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink", "reference"])
