"""All statements that the verifier learns from, is calibrated on, and is measured on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from ragkit.tuning.verifier.asking import ask
from ragkit.tuning.verifier.constructing import Statement, construct
from ragkit.tuning.verifier.passages import (
    CHINESE,
    ENGLISH,
    PUBLIC,
    SMALL,
    Judged,
    Passage,
    read_judged,
    read_passages,
)
from ragkit.tuning.verifier.split import Part, groups, part_of

MADE = {"made-en": ENGLISH, "made-zh": CHINESE}
"""The sets that are made, and what they are made of; only these are measured on."""
ASKED = {"asked-en": ENGLISH, "asked-zh": CHINESE}
"""Questions of the same passages, answered or not."""
_MADE_OF_CONTEXTS = ("halueval-qa", "wice-dev")  # only for learning: good prose, and the web's
_BAND = 6  # characters; statements of one band count as equally long
_SHARES: Mapping[Part, float] = {"train": 1.0, "development": 0.16, "test": 0.22}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many statements are made for learning."""

    english: int = 9_000
    chinese: int = 9_000

    def of(self, name: str) -> int:
        """The statements of a made set."""
        return self.english if name == "made-en" else self.chinese


@dataclass(frozen=True, slots=True)
class Corpus:
    """Statements by part and set, and the part of each passage by "set/id". No document is in two parts."""

    parts: Mapping[Part, Mapping[str, Sequence[Statement]]]
    part_of: Mapping[str, Part]

    def all(self, part: Part) -> list[Statement]:
        """The statements of a part, set by set."""
        return [one for statements in self.parts[part].values() for one in statements]


def read_corpus(folder: Path, *, seed: int, sizes: Sizes) -> Corpus:
    """Reads and makes all statements; the same folder, seed and sizes give the same. Raises `LoadError`."""
    passages, judged = _texts(folder)
    part = _parts(passages, judged)
    parts: dict[Part, dict[str, list[Statement]]] = {}
    for name in ("train", "development", "test"):
        public = {
            source: [_stated(row) for row in judged if row.source == source and part[row.id] == name]
            for source in PUBLIC
        }
        parts[name] = {
            source: _matched(rows) if is_spoiled(source) else rows for source, rows in public.items()
        }
        chosen = [one for one in passages if part[one.id] == name]
        if name == "train":
            chosen += _contexts([row for row in judged if part[row.id] == name])
        for made in MADE:
            of = [p for p in chosen if p.chinese == (made == "made-zh")]
            parts[name][made] = construct(of, seed=seed, most=int(_SHARES[name] * sizes.of(made)))
        for asked, sources in ASKED.items():
            parts[name][asked] = ask([p for p in chosen if p.source in sources], seed=seed)
    return Corpus(parts, part)


def parts_of(folder: Path) -> Mapping[str, Part]:
    """The part of each passage by "set/id", as `read_corpus` divides them. Raises `LoadError`."""
    return _parts(*_texts(folder))


def _texts(folder: Path) -> tuple[list[Passage], list[Judged]]:
    judged = [row for source in PUBLIC for row in read_judged(folder, source)]
    passages = _distinct(
        p for sources in MADE.values() for source in sources for p in read_passages(folder, source)
    )
    return passages, judged


def is_spoiled(source: str) -> bool:
    """Whether the length of a statement tells its label."""
    return source.startswith("halueval")


def _distinct(passages: Iterable[Passage]) -> list[Passage]:
    """Without the paragraphs that are in two sets."""
    return list({one.text: one for one in passages}.values())


def _parts(passages: Sequence[Passage], judged: Sequence[Judged]) -> dict[str, Part]:
    """The part of each passage and row by id."""
    rows = [(p.id, p.source, p.text, p.names) for p in passages]
    rows += [
        (j.id, j.source, j.context, (f"claim {j.answer}",) if j.source == "wice-dev" else ()) for j in judged
    ]
    numbers = groups([text for _, _, text, _ in rows], [names for *_, names in rows])
    keys: dict[int, str] = {}
    small: set[int] = set()
    for (id_, source, _, _), number in zip(rows, numbers, strict=True):
        keys[number] = min(keys.get(number, id_), id_)
        if source in SMALL:
            small.add(number)
    return {row[0]: part_of(keys[n], small=n in small) for row, n in zip(rows, numbers, strict=True)}


def _contexts(judged: Sequence[Judged]) -> list[Passage]:
    """Contexts as passages that statements are made of."""
    texts = {row.context: row for row in judged if row.source in _MADE_OF_CONTEXTS}
    return [
        Passage(id=f"{row.source}/{row.id}", source=row.source, text=text, names=(row.source,))
        for text, row in texts.items()
    ]


def _stated(row: Judged) -> Statement:
    return Statement(
        id=row.id,
        source=row.source,
        evidence=row.context,
        text=row.answer,
        supported=row.supported,
        kind="public",
    )


def _matched(statements: Sequence[Statement]) -> list[Statement]:
    """As many supported as unsupported statements of each length, so that length tells nothing."""
    bands: dict[int, tuple[list[Statement], list[Statement]]] = defaultdict(lambda: ([], []))
    for one in statements:
        bands[len(one.text) // _BAND][one.supported].append(one)
    chosen, chance = [], Random(0)
    for _, (false, true) in sorted(bands.items()):
        count = min(len(false), len(true))
        chosen += chance.sample(false, count) + chance.sample(true, count)
    return sorted(chosen, key=lambda one: one.id)
