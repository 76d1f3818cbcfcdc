"""A file, cleaned: every rule with the texts that it changed and some of the changes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from ragkit.data.cleaning.rules import Rule
from ragkit.data.records import TextSource
from ragkit.data.writing import Lines, line_file
from ragkit.loaders.row_lines import RowError
from ragkit.stages import Progress

_EXAMPLES = 3
_AROUND = 30  # characters before a change
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The first place of a text that a rule changed: what stood there, and what stands there now."""

    line: int
    before: str
    after: str


@dataclass(slots=True, kw_only=True)
class RuleCount:
    """What a rule did: in how many texts, how many characters it took away (or added), the first changes."""

    name: str
    about: str
    texts: int = 0
    characters: int = 0
    examples: list[Change] = field(default_factory=list)

    def see(self, line: int, before: str, after: str) -> None:
        """Counts a change."""
        self.texts += 1
        self.characters += len(before) - len(after)
        if len(self.examples) < _EXAMPLES:
            self.examples.append(_change(line, before, after))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What became of a file. `changed` texts were changed by any rule; `emptied` ones are left out."""

    lines: Lines
    rules: tuple[RuleCount, ...]
    changed: int
    emptied: int
    seconds: float


def clean_file(
    source: TextSource, rules: Sequence[Rule], *, out: Path | None, progress: Progress | None = None
) -> Cleaned:
    """Applies the rules to each text, in order, and writes the lines to `out` with all their other fields.

    Without `out` nothing is written. Raises `LoadError`, `MissingDependency`, `StorageError`.
    """
    started, lines = monotonic(), Lines()
    counts = [RuleCount(name=rule.name, about=rule.about) for rule in rules]
    changed = emptied = 0
    with line_file(out) if out else nullcontext() as file:
        for record in source.read(progress):
            if isinstance(record, RowError):
                lines.fail(record)
                continue
            lines.read += 1
            text = record.text
            for rule, count in zip(rules, counts, strict=True):
                after = rule.apply(text)
                if after != text:
                    count.see(record.number, text, after)
                text = after
            changed += text != record.text
            if not text.strip():
                emptied += 1
                continue
            lines.written += 1
            if file:
                file.write(f"{record.line(text)}\n")
    return Cleaned(
        lines=lines,
        rules=tuple(counts),
        changed=changed,
        emptied=emptied,
        seconds=monotonic() - started,
    )


def _change(line: int, before: str, after: str) -> Change:
    """The first difference, with some characters around it."""
    most = min(len(before), len(after))
    first = next((place for place in range(most) if before[place] != after[place]), most)
    begin = max(0, first - _AROUND)
    return Change(line=line, before=_shown(before, begin), after=_shown(after, begin))


def _shown(text: str, begin: int) -> str:
    return text[begin : begin + _SHOWN].encode("utf-8", "replace").decode()
