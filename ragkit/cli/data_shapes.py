"""The JSON of `ragkit data`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from ragkit.cli.shapes import Shape
from ragkit.data.cleaning import Cleaned
from ragkit.data.dedup import Deduplicated
from ragkit.data.quality import Filtered
from ragkit.data.statistics import FileStatistics, Leak, Statistics
from ragkit.data.writing import Lines


class BadLineShape(Shape):
    line: int
    reason: str


class LinesShape(Shape):
    """Lines read and written; `bad` ones could not be read, the first thousand with their reasons."""

    read: int
    written: int
    bad: int
    reasons: list[BadLineShape]


class CopyExampleShape(Shape):
    line: int
    kept_line: int
    likeness: float
    text: str
    kept_text: str


class DedupShape(Shape):
    """What `ragkit data dedup --json` prints."""

    by: str
    written: str | None
    aliases: str | None
    lines: LinesShape
    same: int
    alike: int
    clusters: int
    cut: int
    unread: int
    examples: list[CopyExampleShape]
    seconds: float


class ChangeShape(Shape):
    line: int
    before: str
    after: str


class RuleShape(Shape):
    name: str
    about: str
    texts: int
    characters: int
    examples: list[ChangeShape]


class CleanShape(Shape):
    """What `ragkit data clean --json` prints; `characters` are those that a rule took away."""

    written: str | None
    lines: LinesShape
    rules: list[RuleShape]
    changed: int
    emptied: int
    seconds: float


class DroppedShape(Shape):
    line: int
    value: float | str
    limit: str
    origin: str
    text: str


class RuleDropsShape(Shape):
    rule: str
    limits: list[str]
    texts: int
    alone: int
    examples: list[DroppedShape]


class FilterShape(Shape):
    """What `ragkit data filter --json` prints; `judged` texts have a perplexity."""

    written: str | None
    lines: LinesShape
    languages: Mapping[str, int]
    rules: list[RuleDropsShape]
    judged: int
    unjudged: int
    seconds: float


class BinShape(Shape):
    low: int
    below: int
    texts: int


class FileStatisticsShape(Shape):
    path: str
    lines: LinesShape
    texts: int
    empty: int
    words: int
    characters: int
    percentiles: Mapping[str, int]
    lengths: list[BinShape]
    languages: Mapping[str, int]
    mix: Mapping[str, int]
    same: int
    alike: int


class SharedRunShape(Shape):
    one_line: int
    other_line: int
    run: str


class LeakShape(Shape):
    """What two files share: counts are texts of the one, and of the other."""

    one: str
    other: str
    same: tuple[int, int]
    alike: tuple[int, int]
    runs: tuple[int, int]
    examples: list[SharedRunShape]


class StatsShape(Shape):
    """What `ragkit data stats --json` prints."""

    files: list[FileStatisticsShape]
    leaks: list[LeakShape]
    threshold: float
    run_words: int


def dedup_shape(
    done: Deduplicated, by: str, written: Path | None, aliases: Path | None, unread: int
) -> DedupShape:
    """What became of copies."""
    return DedupShape(
        by=by,
        written=_path(written),
        aliases=_path(aliases),
        lines=_lines(done.lines),
        same=done.same,
        alike=done.alike,
        clusters=done.clusters,
        cut=done.cut,
        unread=unread,
        examples=[CopyExampleShape(**asdict(one)) for one in done.examples],
        seconds=round(done.seconds, 3),
    )


def clean_shape(done: Cleaned, written: Path | None) -> CleanShape:
    """What each rule did."""
    return CleanShape(
        written=_path(written),
        lines=_lines(done.lines),
        rules=[RuleShape.model_validate(asdict(rule)) for rule in done.rules],
        changed=done.changed,
        emptied=done.emptied,
        seconds=round(done.seconds, 3),
    )


def filter_shape(done: Filtered, written: Path | None) -> FilterShape:
    """What each rule dropped."""
    rules = [
        RuleDropsShape(
            rule=rule.rule,
            limits=sorted(rule.limits),
            texts=rule.texts,
            alone=rule.alone,
            examples=[
                DroppedShape(line=line, value=why.value, limit=why.limit, origin=why.origin, text=text)
                for line, why, text in rule.examples
            ],
        )
        for rule in done.rules
    ]
    return FilterShape(
        written=_path(written),
        lines=_lines(done.lines),
        languages=done.languages,
        rules=rules,
        judged=done.judged,
        unjudged=done.unjudged,
        seconds=round(done.seconds, 3),
    )


def stats_shape(found: Statistics) -> StatsShape:
    """What files hold and share."""
    return StatsShape(
        files=list(map(_file, found.files)),
        leaks=list(map(_leak, found.leaks)),
        threshold=found.threshold,
        run_words=found.run_words,
    )


def _file(file: FileStatistics) -> FileStatisticsShape:
    from ragkit.data.statistics.collecting import mixes

    return FileStatisticsShape(
        path=str(file.path),
        lines=_lines(file.lines),
        texts=file.texts,
        empty=file.empty,
        words=file.words,
        characters=file.characters,
        percentiles={str(share): file.percentile(share / 100) for share in (1, 5, 25, 50, 75, 95, 99, 100)},
        lengths=[BinShape(low=low, below=below, texts=texts) for low, below, texts in file.bins()],
        languages=dict(file.languages.most_common()),
        mix=mixes(file),
        same=file.same,
        alike=file.alike,
    )


def _leak(leak: Leak) -> LeakShape:
    return LeakShape(
        one=str(leak.one),
        other=str(leak.other),
        same=leak.same,
        alike=leak.alike,
        runs=(leak.runs.one, leak.runs.other),
        examples=[SharedRunShape(**asdict(one)) for one in leak.runs.examples],
    )


def _lines(lines: Lines) -> LinesShape:
    reasons: Sequence[BadLineShape] = [
        BadLineShape(line=error.line, reason=error.reason) for error in lines.reasons
    ]
    return LinesShape(read=lines.read, written=lines.written, bad=lines.bad, reasons=list(reasons))


def _path(path: Path | None) -> str | None:
    return str(path) if path else None
