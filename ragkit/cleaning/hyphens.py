"""Words that a PDF breaks at the end of a line become whole."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

from ragkit.cleaning.edits import Edit, apply_edits
from ragkit.cleaning.pages import is_paged
from ragkit.stages import StageConfig
from ragkit.types import Document

# pdfium marks a hyphen at a line's end as \x02 or U+FFFE, with or without the line break.
_BROKEN = re.compile(
    r"(?P<left>[\w'’.@/:-]*\w)"
    r"(?:(?P<mark>[-\u2010\u00ad])[ \t]*(?P<gap>\n\s*)|(?P<code>[\x02\ufffe])\s*)"
    r"(?=(?P<right>\w+))"
)
_WORD = re.compile(r"\w+(?:[-\u2010]\w+)*")
_SOFT = "\u00ad"
_ADDRESS = re.compile(r"[@/]|www\.", re.I)
_LONG_LIVED = frozenset({"self", "well", "half", "quasi", "all", "ex", "cross", "then"})
_WHOLE_WORD = 3


class HyphensConfig(StageConfig):
    """Words broken at line ends."""

    type: Literal["hyphens"] = "hyphens"

    def build(self) -> HyphensCleaner:
        """The cleaner."""
        return HyphensCleaner()


class HyphensCleaner:
    """Joins words broken at line ends; compounds keep their hyphen, as the document writes them elsewhere."""

    def clean(self, document: Document) -> Document:
        """The same document with whole words; only PDFs change."""
        if not is_paged(document):
            return document
        words = Counter(word.casefold() for word in _WORD.findall(document.text))
        ends = {page.end for page in document.pages}
        edits = []
        for match in _BROKEN.finditer(document.text):
            blank = (match["gap"] or "").count("\n") > 1
            if blank and not any(match.start("gap") <= end <= match.end("gap") for end in ends):
                continue
            hyphen = "-" if _keeps_hyphen(match, words) else ""
            edits.append(Edit(match.end("left"), match.end(), hyphen))
        return apply_edits(document, edits)


def _keeps_hyphen(match: re.Match[str], words: Counter[str]) -> bool:
    """Whether the word is written with a hyphen wherever it stands in a line."""
    if match["mark"] == _SOFT:
        return False
    left, right = match["left"], match["right"]
    if not right[0].islower() or left[-1].isdigit() or _ADDRESS.search(left):
        return True
    left, right = re.split(r"[^\w-]", left)[-1].casefold(), right.casefold()
    joined, parted = words[left + right], words[f"{left}-{right}"]
    if joined or parted:
        return parted > joined
    if "-" in left or left in _LONG_LIVED:
        return True
    both = min(len(left), len(right)) >= _WHOLE_WORD
    return both and words[left] > 1 and words[right] > 1
