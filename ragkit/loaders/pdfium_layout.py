"""What the place of lines on a page says about its text: line breaks, blank lines, the title.

pdfium gives lines in reading order, but neither blank lines nor the size of the type.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from statistics import median
from typing import Literal

Break = Literal["", " ", "\n", "\n\n"]

# In units of the line's height, except GAP, which is in units of the usual distance of baselines.
_GAP = 1.3
_SAME_BASELINE = 0.45
_INDENT = 0.8
_OTHER_SIZE = 1.1
_OTHER_HEIGHT = 1.35
_TITLE_SIZE = 1.15
_TITLE_LINES = 4
_TITLE_LENGTH = range(4, 201)
_NO_TITLE = re.compile(
    r"(table of )?contents$|inhalt(sverzeichnis)?$|table des matières$|目\s*[录錄次]$"
    r"|\d+(\.\d+)*\.?\s|version\s",
    re.I,
)
_SENTENCE_END = re.compile(r"""[.!?:。！？：]["'”’」』）)]*\s*\Z""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: the page's characters that show ink, the origin of its baseline, its type's height on
    the page and nominal size, and where the first, the middle and the last of those characters stand."""

    inked: Sequence[int]
    text: str
    left: float
    right: float
    baseline: float
    height: float
    size: float
    samples: tuple[tuple[float, float, float, float], ...]


def breaks(lines: Sequence[Line]) -> list[Break]:
    """What stands after each line but the last: nothing, a space, a line break or a blank line."""
    pitches = _pitches(lines)
    return [_break(a, b, pitches) for a, b in pairwise(lines)]


def _pitches(lines: Sequence[Line]) -> dict[int, float]:
    """The usual distance of baselines for each size of type; key 0 holds the whole page's."""
    distances: defaultdict[int, list[float]] = defaultdict(list)
    for above, below in pairwise(lines):
        distance = above.baseline - below.baseline
        if above.height * _SAME_BASELINE < distance < above.height * 3:
            distances[0].append(distance)
            if round(above.size) == round(below.size) != 0:
                distances[round(above.size)].append(distance)
    return {size: median(values) for size, values in distances.items()}


def _break(above: Line, below: Line, pitches: dict[int, float]) -> Break:
    distance = above.baseline - below.baseline
    height = max(above.height, below.height)
    if abs(distance) < _SAME_BASELINE * height and below.left >= above.right - 0.5 * height:
        return " " if below.left - above.right > 0.15 * height else ""
    goes_on = below.text[:1].islower() and not _SENTENCE_END.search(above.text)
    if not goes_on and _other_size(above, below):
        return "\n\n"
    pitch = pitches.get(round(above.size), pitches.get(0, height))
    gap = _GAP if not goes_on else 2 * _GAP
    if distance > gap * max(pitch, 0.8 * height):
        return "\n\n"
    indented = 0 < below.left - above.left - _INDENT * height < 5 * height
    if indented and distance > 0 and _SENTENCE_END.search(above.text):
        return "\n\n"
    return "\n"


def _other_size(above: Line, below: Line) -> bool:
    """Whether the type differs; its height alone also differs between fonts of one size."""
    by_height = _ratio(above.height, below.height)
    return by_height > _OTHER_HEIGHT or (by_height > _OTHER_SIZE and _ratio(above.size, below.size) > 1.05)


def _ratio(a: float, b: float) -> float:
    low, high = sorted((a, b))
    return high / low if low > 0 else 1.0


def prominent_title(lines: Sequence[Line]) -> str:
    """The largest type of a first page if it stands out from the rest, else ""."""
    lines = [line for line in lines if sum(map(str.isalpha, line.text)) > 3]
    if len(lines) < 3:
        return ""
    body = median(line.height for line in lines for _ in line.text)
    first = max(range(len(lines)), key=lambda i: lines[i].height)
    largest = lines[first].height
    if body <= 0 or largest < _TITLE_SIZE * body:
        return ""
    title = takewhile(lambda line: line.height > 0.97 * largest, lines[first : first + _TITLE_LINES])
    text = " ".join(" ".join(line.text for line in title).split())
    return "" if _NO_TITLE.match(text) or len(text) not in _TITLE_LENGTH else text
