"""Where a text may be cut without tearing what people see as one character."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"


def is_boundary(text: str, position: int) -> bool:
    """Whether no character as people see it lies across `position`.

    The rules of UAX 29 for line ends, marks, emoji sequences, flags and Hangul; Indic conjuncts may be cut.
    """
    if position <= 0 or position >= len(text):
        return True
    before, after = text[position - 1], text[position]
    if before < "\u0300" and after < "\u0300":
        return not (before == "\r" and after == "\n")
    if unicodedata.category(before) in {"Cc", "Zl", "Zp"}:
        return True
    if before == _JOINER or _extends(after) or _joins_hangul(before, after):
        return False
    return not (_is_flag_half(after) and _flag_halves_before(text, position) % 2)


def snap(text: str, position: int, low: int, high: int) -> int:
    """The boundary nearest before `position` but behind `low`, else the next one up to `high`.

    `high` counts as a boundary. One character longer than all of `low` to `position` is kept whole.
    """
    for candidate in range(position, low, -1):
        if is_boundary(text, candidate):
            return candidate
    for candidate in range(max(position, low) + 1, high):
        if is_boundary(text, candidate):
            return candidate
    return high


def _extends(char: str) -> bool:
    return (
        unicodedata.category(char) in {"Mn", "Mc", "Me"}
        or char in "\u200c\u200d\uff9e\uff9f"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _joins_hangul(before: str, after: str) -> bool:
    leads = "\u1100" <= before <= "\u115f" or "\ua960" <= before <= "\ua97c"
    if leads:
        return "\u1100" <= after <= "\u11a7" or "\ua960" <= after <= "\ua97c" or "\uac00" <= after <= "\ud7a3"
    follows = "\u1160" <= after <= "\u11ff" or "\ud7b0" <= after <= "\ud7fb"
    return follows and ("\u1160" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7fb")


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves_before(text: str, position: int) -> int:
    start = position
    while start and _is_flag_half(text[start - 1]):
        start -= 1
    return position - start
