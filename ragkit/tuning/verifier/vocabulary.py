"""The vocabulary of the start model with an entry for every common Chinese character."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_COMMON = range(0xB0, 0xD8)  # the first bytes of the 3,755 most used characters in GB 2312
_UNUSED = "[unused"


def common_characters() -> list[str]:
    """The characters of the first level of GB 2312, in its order."""
    found = []
    for first in _COMMON:
        for second in range(0xA1, 0xFF):
            char = bytes([first, second]).decode("gb2312", errors="ignore")
            found += [char] if char else []
    return found


def extended(tokenizer_file: Path) -> tuple[str, dict[int, int]]:
    """The tokenizer as JSON with Chinese characters, and the old row of each id that had one.

    Entries that the start model never used are taken out; the ids that are left close up.
    """
    settings: dict[str, Any] = json.loads(tokenizer_file.read_text(encoding="utf-8"))
    known: dict[str, int] = settings["model"]["vocab"]
    kept = [word for word in sorted(known, key=known.__getitem__) if not word.startswith(_UNUSED)]
    added = [char for char in common_characters() if char not in known]
    vocabulary = {word: id_ for id_, word in enumerate([*kept, *added])}
    settings["model"]["vocab"] = vocabulary
    for special in settings["added_tokens"]:
        special["id"] = vocabulary[special["content"]]
    settings["truncation"] = settings["padding"] = None
    settings["post_processor"] = None
    rows = {vocabulary[word]: known[word] for word in kept}
    return json.dumps(settings, ensure_ascii=False), rows
