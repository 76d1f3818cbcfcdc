"""Text on its way to a terminal or a JSON reader: what would be obeyed is shown instead."""

from __future__ import annotations

import re

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NAMES = {"\x1b": "\\e", "\x07": "\\a", "\r": "\\r"}


def visible(text: str) -> str:
    """The text with control characters and those that turn the direction of writing spelt out.

    Line breaks and tabs stay. An escape sequence of a document moves no cursor and sets no title.
    """
    return _OBEYED.sub(lambda found: _spelt(found[0]), text.replace("\r\n", "\n"))


def visible_json(text: str) -> str:
    """JSON with those characters as escapes of JSON: the same to every program."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _spelt(char: str) -> str:
    return _NAMES.get(char) or f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"
