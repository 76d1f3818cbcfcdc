"""Short texts made of real sentences, edited copies of them, and a likeness computed by other code."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.data import data_folder, read_set

COPIES = 0.3
_CHINESE = 0.2
_CHANGED = 0.2  # of the words of a sentence, so that originals with a sentence in common are not alike
_PIECE = re.compile(r"[\u4e00-\u9fff]|[a-z0-9]+")
_SENTENCE = re.compile(r"[A-Z][ -~]{30,300}?\.(?= |$)")
_CHINESE_SENTENCE = re.compile(r"[\u4e00-\u9fff，、0-9]{12,80}。")
_WORDS, _CHARACTERS = 3, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Texts, and the place of the original of each that is a copy."""

    texts: list[str]
    origins: dict[int, int]


def make(count: int) -> Made:
    """`count` texts of two or three sentences, a fifth Chinese; three of ten are edited copies of others."""
    rng = random.Random(0)
    english, chinese = _sentences()
    words = [word for one in english for word in one.split()]
    characters = [char for one in chinese for char in one if char >= "\u4e00"]
    texts: list[str] = []
    origins: dict[int, int] = {}
    originals: list[int] = []
    for place in range(count):
        if originals and rng.random() < COPIES:
            origins[place] = rng.choice(originals)
            texts.append(_copy(texts[origins[place]], rng, words, characters))
            continue
        originals.append(place)
        if rng.random() < _CHINESE:
            texts.append("".join(_altered(list(rng.choice(chinese)), rng, characters) for _ in range(3)))
        else:
            parts = (rng.choice(english).split() for _ in range(rng.choice((2, 3))))
            texts.append(" ".join(" ".join(_changed(part, rng, words)) for part in parts))
    return Made(texts=texts, origins=origins)


def _sentences() -> tuple[list[str], list[str]]:
    articles = (data_folder() / "dedup" / "articles_1000.train").read_text(encoding="utf-8")
    passages = [text for name in ("cmrc-trial-zh", "xquad-zh") for text in read_set(name).documents.values()]
    chinese = [one for text in passages for one in _CHINESE_SENTENCE.findall(text)]
    return _SENTENCE.findall(articles), chinese


def _changed(pieces: list[str], rng: random.Random, others: Sequence[str]) -> list[str]:
    return [rng.choice(others) if rng.random() < _CHANGED else piece for piece in pieces]


def _altered(pieces: list[str], rng: random.Random, others: Sequence[str]) -> str:
    return "".join(_changed(pieces, rng, others))


def _copy(text: str, rng: random.Random, words: Sequence[str], characters: Sequence[str]) -> str:
    """Another layout, other punctuation, some pieces changed, or a part cut off."""
    spaced = " " in text
    pieces, others = (text.split(), words) if spaced else (list(text), characters)
    kind = rng.randrange(5)
    if kind == 0:
        pieces.insert(len(pieces) // 2, "\n")
    elif kind == 1:
        pieces = [piece.upper().replace(",", ";").replace("，", "；") for piece in pieces]
    elif kind == 2:
        pieces = pieces[: rng.randrange(len(pieces) // 2, len(pieces))]
    else:
        for _ in range(rng.randrange(1, 4)):
            pieces[rng.randrange(len(pieces))] = rng.choice(others)
    return (" " if spaced else "").join(pieces)


def shingles(text: str) -> set[tuple[str, ...]]:
    """Runs of three words; of five characters where they begin with a Chinese one."""
    pieces = _PIECE.findall(text.lower())
    runs = set()
    for start, piece in enumerate(pieces):
        width = _CHARACTERS if piece >= "\u4e00" else _WORDS
        if start + width <= len(pieces):
            runs.add(tuple(pieces[start : start + width]))
    return runs or {tuple(pieces)}


def likeness(one: str, other: str) -> float:
    """The Jaccard similarity of two texts."""
    left, right = shingles(one), shingles(other)
    return len(left & right) / len(left | right)
