"""A file, filtered: what was dropped by which rule, with examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from time import monotonic
from typing import TextIO

from ragkit.data.quality.limits import PERPLEXITY, Limit, limits_for
from ragkit.data.quality.perplexity import Perplexity, WordPerplexity
from ragkit.data.quality.view import TextView
from ragkit.data.records import Record, TextSource, beginning, json_text
from ragkit.data.writing import Lines, line_file
from ragkit.loaders.row_lines import RowError
from ragkit.stages import Progress

LANGUAGE = "language"
_EXAMPLES = 3
_SHOWN = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Why one text is dropped: the rule, what was measured (a language as its code), and the limit."""

    rule: str
    value: float | str
    limit: str
    origin: str


@dataclass(slots=True, kw_only=True)
class RuleDrops:
    """Texts that a rule drops; `alone` of them no other rule drops. Examples: line, why, its beginning."""

    rule: str
    limits: set[str] = field(default_factory=set)
    texts: int = 0
    alone: int = 0
    examples: list[tuple[int, Dropped, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """What became of a file; `languages` counts the texts of each, `judged` those with a perplexity."""

    lines: Lines
    rules: tuple[RuleDrops, ...]
    languages: Mapping[str, int]
    judged: int
    unjudged: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """The rules: languages (all, if none is named), changed limits, and a perplexity by choice.

    `chinese` is asked of Chinese texts, where it is given, and `perplexity` of all others.
    """

    languages: Collection[str] = ()
    changed: Mapping[str, Limit] = field(default_factory=dict)
    perplexity: Perplexity | None = None
    chinese: WordPerplexity | None = None

    def dropped(self, view: TextView) -> list[Dropped]:
        """Every rule that drops a text; the perplexity is computed only where no other does."""
        found = [*self._by_language(view), *self._by_limits(view)]
        return found or list(self._by_perplexity(view))

    def _by_language(self, view: TextView) -> Iterator[Dropped]:
        if self.languages and view.language not in self.languages:
            wanted = " or ".join(self.languages)
            yield Dropped(rule=LANGUAGE, value=view.language or "none", limit=wanted, origin="given")

    def _by_limits(self, view: TextView) -> Iterator[Dropped]:
        for limit in limits_for(view, self.changed):
            if limit.low == -inf and limit.high == inf:
                continue
            value = limit.measure(view)
            if not limit.keeps(value):
                yield Dropped(rule=limit.name, value=value, limit=limit.shown, origin=limit.origin)

    def _by_perplexity(self, view: TextView) -> Iterator[Dropped]:
        model = self.chinese if view.language == "zh" and self.chinese else self.perplexity
        value = model.of(view.text) if model else None
        if model and value is not None and value > model.most:
            limit = f"at most {model.most:g}"
            yield Dropped(rule=PERPLEXITY, value=value, limit=limit, origin="given")


def filter_file(
    source: TextSource,
    sieve: Sieve,
    *,
    out: Path | None,
    dropped_to: Path | None = None,
    progress: Progress | None = None,
) -> Filtered:
    """Writes what is kept to `out`, as it was, and a line on each dropped text to `dropped_to`.

    Raises `LoadError`, `StorageError`, and what the model of the perplexity raises.
    """
    started, lines = monotonic(), Lines()
    languages: Counter[str] = Counter()
    rules: dict[str, RuleDrops] = {}
    with (
        line_file(out) if out else nullcontext() as kept,
        line_file(dropped_to) if dropped_to else nullcontext() as gone,
    ):
        for record in source.read(progress):
            if isinstance(record, RowError):
                lines.fail(record)
                continue
            lines.read += 1
            view = TextView(record.text)
            languages[view.language] += 1
            if reasons := sieve.dropped(view):
                _count(rules, record, reasons)
                _list(gone, record, reasons)
                continue
            lines.written += 1
            if kept:
                kept.write(f"{record.line()}\n")
    models = [model for model in (sieve.perplexity, sieve.chinese) if model]
    return Filtered(
        lines=lines,
        rules=tuple(sorted(rules.values(), key=lambda one: (-one.texts, one.rule))),
        languages=dict(languages.most_common()),
        judged=sum(model.judged for model in models),
        unjudged=sum(model.unjudged for model in models),
        seconds=monotonic() - started,
    )


def _count(rules: dict[str, RuleDrops], record: Record, reasons: list[Dropped]) -> None:
    for reason in reasons:
        drops = rules.setdefault(reason.rule, RuleDrops(rule=reason.rule))
        drops.texts += 1
        drops.alone += len(reasons) == 1
        drops.limits.add(f"{reason.limit} ({reason.origin})")
        if len(drops.examples) < _EXAMPLES:
            drops.examples.append((record.number, reason, beginning(record.text, _SHOWN)))


def _list(file: TextIO | None, record: Record, reasons: list[Dropped]) -> None:
    if file is None:
        return
    said = [
        {"rule": one.rule, "value": _rounded(one.value), "limit": one.limit, "origin": one.origin}
        for one in reasons
    ]
    line = {"line": record.number, "id": record.id, "dropped_by": said, "text": record.text}
    file.write(json_text(line) + "\n")


def _rounded(value: float | str) -> float | str:
    return value if isinstance(value, str) else round(value, 4)
