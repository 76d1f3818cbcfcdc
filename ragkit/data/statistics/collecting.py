"""Counts of each file, and what every two files share, in three readings."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.data.records import Record, TextSource, beginning
from ragkit.data.statistics.leakage import Leak, RunFinder, Shared
from ragkit.data.writing import Lines
from ragkit.duplicates import Digests, NearFinder, Shingler
from ragkit.language import detect_language
from ragkit.language.tokens import PIECE
from ragkit.loaders.row_lines import RowError

_BATCH = 2048
_MOST_VALUES = 10_000  # of a field, that are counted apart
OTHERS = "(others)"

Told = Callable[[str, int, int], None]


@dataclass(slots=True, kw_only=True)
class FileStatistics:
    """One file. `lengths` are words (characters of Chinese) of each text; `values` those of the field `by`.

    `same` texts are equal to an earlier one of the file but for white space, `alike` ones nearly.
    """

    path: Path
    lines: Lines
    lengths: array[int] = field(default_factory=lambda: array("I"))
    characters: int = 0
    empty: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    same: int = 0
    alike: int = 0

    @property
    def texts(self) -> int:
        """Texts that could be read."""
        return len(self.lengths)

    @property
    def words(self) -> int:
        """Words of all texts."""
        return int(self._array.sum())

    @property
    def _array(self) -> NDArray[np.uint32]:
        return np.frombuffer(self.lengths, np.uint32) if self.lengths else np.zeros(0, np.uint32)

    def percentile(self, share: float) -> int:
        """The least length that this share of the texts does not exceed."""
        if not self.lengths:
            return 0
        return int(np.percentile(self._array, 100 * share, method="inverted_cdf"))

    def bins(self) -> Sequence[tuple[int, int, int]]:
        """(from, below, texts) of lengths that double: 0, 1, 2 to 3, 4 to 7, ..."""
        powers = np.frexp(self._array.astype(np.float64))[1]
        return [
            (0 if power == 0 else 1 << (power - 1), 1 << power, int(texts))
            for power, texts in enumerate(np.bincount(powers))
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """All files, and what every two of them share."""

    files: tuple[FileStatistics, ...]
    leaks: tuple[Leak, ...]
    threshold: float
    run_words: int


def collect(
    sources: Sequence[TextSource],
    *,
    by: str | None = None,
    threshold: float = 0.8,
    run_words: int = 13,
    told: Told | None = None,
) -> Statistics:
    """Reads every file, and for each pair both once more.

    Near-duplicates are those of `NearFinder`; shared runs have `run_words` words (Brown et al. 2020, GPT-3,
    take 13) or twice as many characters of Chinese, which is ours. Memory: some 200 bytes a text, and 30
    bytes a word of the smaller file of a pair. Raises `LoadError`, `StorageError`.
    """
    files = tuple(FileStatistics(path=source.path, lines=Lines()) for source in sources)
    digests = Digests()
    with NearFinder(threshold=threshold) as finder:
        for source, file in zip(sources, files, strict=True):
            for batch in _batches(source, file, told):
                for record in batch:
                    _count(file, record, by)
                    digests.append(record.text)
                finder.add([record.text for record in batch])
        near = finder.copies((lambda done, total: told("comparing", done, total)) if told else None)
    groups = (digests.copies().kept_as, near.kept_as)
    parts = _parts(files)
    for file, part in zip(files, parts, strict=True):
        file.same = file.texts - len(np.unique(groups[0][part]))
        file.alike = file.texts - len(np.unique(groups[1][part])) - file.same
    leaks = [
        Leak(
            one=files[a].path,
            other=files[b].path,
            same=_shared(groups[0][parts[a]], groups[0][parts[b]]),
            alike=_shared(groups[1][parts[a]], groups[1][parts[b]]),
            runs=shared_runs(sources[a], sources[b], files[a].words <= files[b].words, run_words, told),
        )
        for a, b in combinations(range(len(sources)), 2)
    ]
    return Statistics(files=files, leaks=tuple(leaks), threshold=threshold, run_words=run_words)


def shared_runs(
    one: TextSource, other: TextSource, one_is_smaller: bool, run_words: int, told: Told | None
) -> Shared:
    """How many texts of two files hold a long run that the other has, too."""
    smaller, larger = (one, other) if one_is_smaller else (other, one)
    shingler = Shingler(words=run_words, characters=2 * run_words, short=False)
    finder = RunFinder(shingler, run_words)
    ignored = FileStatistics(path=smaller.path, lines=Lines())
    for batch in _batches(smaller, ignored, told):
        finder.know(batch)
    for batch in _batches(larger, ignored, told):
        finder.look(batch)
    found = finder.shared()
    return found if one_is_smaller else found.turned()


def _count(file: FileStatistics, record: Record, by: str | None) -> None:
    file.lengths.append(sum(1 for _ in PIECE.finditer(record.text)))
    file.characters += len(record.text)
    file.empty += not record.text.strip()
    file.languages[detect_language(record.text)] += 1
    if by is not None:
        value = (record.values or {}).get(by)
        name = "(none)" if value is None else beginning(str(value), 100)
        known = name in file.values or len(file.values) < _MOST_VALUES
        file.values[name if known else OTHERS] += 1


def _batches(source: TextSource, file: FileStatistics, told: Told | None) -> Iterator[list[Record]]:
    rest = _good(source, file.lines, told)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _good(source: TextSource, lines: Lines, told: Told | None) -> Iterator[Record]:
    for record in source.read((lambda done, total: told("reading", done, total)) if told else None):
        if isinstance(record, RowError):
            lines.fail(record)
        else:
            lines.read += 1
            yield record


def _parts(files: Sequence[FileStatistics]) -> list[slice]:
    ends = np.cumsum([0, *(file.texts for file in files)]).tolist()
    return [slice(begin, end) for begin, end in pairwise(ends)]


def _shared(one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[int, int]:
    """How many members of either have a group that the other has, too."""
    return int(np.isin(one, other).sum()), int(np.isin(other, one).sum())


def mixes(file: FileStatistics, most: int = 12) -> Mapping[str, int]:
    """The commonest values of the field, and the others together."""
    common = dict(file.values.most_common(most))
    rest = file.values.total() - sum(common.values())
    return {**common, OTHERS: common.get(OTHERS, 0) + rest} if rest else common
