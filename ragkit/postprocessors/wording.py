"""What passages say: the words that they have in common, and the letters in order."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ragkit.language.chinese import simplified
from ragkit.language.tokens import folded
from ragkit.types import Hit

Matrix = NDArray[np.float32]

_PUNCTUATION = """ \t\n\r\v\f\x1c\x1d\x1e\x1f\x85!"#'()*;?@[\\]_`{|}"""
_ASCII_PUNCTUATION = _PUNCTUATION.encode("ascii", "ignore")
_MORE_PUNCTUATION = (
    *(0xA0, 0xA1, 0xAB, 0xAD, 0xB7, 0xBB, 0xBF, 0x2060, 0xFEFF, 0x30FB),
    *(*range(0x2000, 0x2028), *range(0x2030, 0x205F), *range(0x3000, 0x3007), *range(0x3008, 0x3021)),
)
_NOTHING = dict.fromkeys((*map(ord, _PUNCTUATION), *_MORE_PUNCTUATION))
# "1.5", "9:30", "3/4" and "-5" keep their marks.
_MARK = re.compile(r"[.,:/](?!(?<=\d.)\d)|-(?:(?<=\w-)|(?!\d))")
_RAISED = re.compile("(?=[\u00b2\u00b3\u00b9\u2070\u2074-\u2079])")  # 10\u00b3 is not 103
_PAGE_NUMBER = re.compile(r"\W*(?:page\s*\d+(?:\s*(?:of|/)\s*\d+)?|第\s*\d+\s*页(?:\W*共\s*\d+\s*页)?)\W*")
_COUNTED = ("tTｔＴ", "nNｎＮ")  # letters that no page number has, wide ones too
_ASCII = frozenset(map(chr, range(128)))


def common_words(hits: Sequence[Hit]) -> Matrix:
    """(n, n): how many different words two hits have in common; how many each has on the diagonal.

    A character that is not ASCII counts as a word, which serves scripts without spaces.
    """
    said = _as_bits([hit.chunk.text for hit in hits])
    common = np.zeros((len(said), len(said)), np.float32)
    for row, words in enumerate(said):
        for column in range(row + 1):
            common[row, column] = common[column, row] = (words & said[column]).bit_count()
    return common


def _as_bits(texts: Sequence[str]) -> list[int]:
    """The words of each text as the bits of a number: two are compared at once, and without threads."""
    bits: dict[str, int] = {}
    masks = []
    for text in texts:
        mask = bytearray()
        for word in _rough_words(text):
            place, bit = divmod(bits.setdefault(word, len(bits)), 8)
            if place >= len(mask):
                mask.extend(bytes(place + 1 - len(mask)))
            mask[place] |= 1 << bit
        masks.append(int.from_bytes(mask, "little"))
    return masks


def _rough_words(text: str) -> set[str]:
    words = set(text.lower().split())
    return words if text.isascii() else words | (set(text) - _ASCII)


def rough_key(text: str) -> tuple[int, ...]:
    """How often two letters stand in a text: the same for texts that say the same, and quick to count."""
    return tuple(sum(map(text.count, letter)) for letter in _COUNTED)


def said(text: str) -> str:
    """The letters, digits and signs of a text, in one case, width and form of Chinese characters.

    Lines that hold a page number alone are left out.
    """
    if text.isascii():
        kept = _MARK.sub("", _without_page_numbers(text.lower()))
        return kept.encode().translate(None, _ASCII_PUNCTUATION).decode()
    form = simplified(folded(_RAISED.sub("^", text)))
    return _MARK.sub("", _without_page_numbers(form)).translate(_NOTHING)


def _without_page_numbers(text: str) -> str:
    if "page" not in text and "页" not in text:
        return text
    return "\n".join(line for line in text.split("\n") if not _PAGE_NUMBER.fullmatch(line))
