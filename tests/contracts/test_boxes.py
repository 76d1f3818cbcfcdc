"""What stands under the boxes of a citation is the text that is cited, on real files.

The oracle asks pdfium for the characters whose middle lies in a box, whatever the box was made from.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from ctypes import byref, c_double
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ragkit.cleaning import default_cleaners
from ragkit.language.graphemes import is_boundary
from ragkit.loaders import read_document, span_boxes
from ragkit.types import Box, Document

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

ROOT = Path(__file__).parents[2]
FILES = (
    "tests/fixtures/pdf-samples/multicolumn.pdf",  # two columns
    "tests/fixtures/pdf-odd/multilang.pdf",
    "tests/fixtures/pdf-odd/crazyones.pdf",
    "tests/fixtures/pdf-us-gov/ntsb-NYC08CA073.pdf",
    "corpora/demo/debian-zh/maint-guide.zh-cn.pdf",  # Chinese
    "corpora/demo/agency-plans-en/GSA2022.pdf",
    "corpora/demo/agency-plans-en/DHS2020.pdf",
)
SPANS = {name: 50 if "multicolumn" in name or "zh" in name else 20 for name in FILES}


@lru_cache
def document(path: Path) -> Document:
    """The file as the index holds it."""
    return read_document(path, cleaners=default_cleaners())


def spans(path: Path, count: int) -> list[tuple[int, int]]:
    """Random spans of up to some lines that cut no glyph in two."""
    chance = random.Random(path.name)
    text = document(path).text
    found: list[tuple[int, int]] = []
    places = whole_glyphs(path)
    while len(found) < count:
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.randint(1, 300))
        if places[start] and places[end]:
            found.append((start, end))
    return found


def whole_glyphs(path: Path) -> list[bool]:
    """For each place in the text whether a span may begin or end there; some glyphs are several letters."""
    import pypdfium2

    text = document(path).text
    places = [is_boundary(text, i) for i in range(len(text) + 1)]
    with closing(pypdfium2.PdfDocument(path)) as pdf:
        for page in document(path).pages:
            textpage = pdf[page.index].get_textpage()
            for run in page.runs:
                for i in range(1, run.length):
                    same = textpage.get_charbox(run.char + i - 1) == textpage.get_charbox(run.char + i)
                    places[run.start + i] &= not same
    return places


def text_under(path: Path, boxes: tuple[Box, ...]) -> str:
    """The characters whose middle lies in any of the boxes, in pdfium's order."""
    import pypdfium2

    pieces: list[str] = []
    with closing(pypdfium2.PdfDocument(path)) as pdf:
        for index in sorted({box.page_index for box in boxes}):
            areas = [list(corners(pdf[index], box)) for box in boxes if box.page_index == index]
            for character, x, y in characters(path, index):
                if any(x0 <= x <= x1 and y0 <= y <= y1 for (x0, x1), (y0, y1) in areas):
                    pieces.append(character)
    return "".join(pieces)


@lru_cache
def characters(path: Path, index: int) -> list[tuple[str, float, float]]:
    """The characters of a page and their middles in its own space."""
    import pypdfium2

    found = []
    with closing(pypdfium2.PdfDocument(path)) as pdf:
        textpage = pdf[index].get_textpage()
        for i in range(textpage.count_chars()):
            left, bottom, right, top = textpage.get_charbox(i)
            found.append((textpage.get_text_range(i, 1), (left + right) / 2, (bottom + top) / 2))
    return found


def corners(page: PdfPage, box: Box) -> Iterator[tuple[float, float]]:
    """(lowest, highest) x and y of a box in the page's own space, a hair wider than it."""
    from pypdfium2.raw import FPDF_DeviceToPage

    width, height = page.get_size()
    found = []
    for across, down in ((box.left, box.top), (box.right, box.bottom)):
        x, y = c_double(), c_double()
        size = (round(width * 100), round(height * 100))
        at = (round(across * 100), round(down * 100))
        FPDF_DeviceToPage(page.raw, 0, 0, *size, 0, *at, byref(x), byref(y))
        found.append((x.value, y.value))
    for one, other in zip(*found, strict=True):
        yield min(one, other) - 0.02, max(one, other) + 0.02


def plain(text: str) -> str:
    """Letters alone: no white space, no hyphens, ligatures in letters, three dots for a row of them."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[\s\-\u00ad\u2010\x00-\x1f\ufffe]", "", text)
    return re.sub(r"\.{4,}", "...", text)


def test_two_hundred_spans_are_asked_for() -> None:
    assert sum(SPANS.values()) >= 200


@pytest.mark.parametrize("name", FILES, ids=lambda name: Path(name).stem)
def test_the_text_under_the_boxes_is_the_text_that_is_cited(name: str) -> None:
    path = ROOT / name
    check(path, SPANS[name])


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_pages_may_be_turned(tmp_path: Path, angle: int) -> None:
    from pypdf import PdfWriter

    turned = PdfWriter(clone_from=ROOT / FILES[0])
    for page in turned.pages:
        page.rotate(angle)
    turned.write(tmp_path / "turned.pdf")
    check(tmp_path / "turned.pdf", 5)


def check(path: Path, count: int) -> None:
    for start, end in spans(path, count):
        boxes = span_boxes(path, document(path), start, end)
        assert plain(text_under(path, boxes)) == plain(document(path).text[start:end]), (start, end)
