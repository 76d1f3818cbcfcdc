"""The one way in which cleaners change a document: edits that keep pages and source runs true."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ragkit.types import Document, Page, SourceRun


@dataclass(frozen=True, slots=True)
class Edit:
    """`text[start:end]` becomes `replacement`.

    Its first characters stand for the first characters that they replace (one for one, as far as
    both go), so they keep their source; what is longer comes from nowhere.
    """

    start: int
    end: int
    replacement: str = ""


def apply_edits(document: Document, edits: Sequence[Edit]) -> Document:
    """The document with all edits made. Raises `ValueError` unless they ascend without overlap."""
    _check(edits, len(document.text))
    edits = [edit for edit in edits if document.text[edit.start : edit.end] != edit.replacement]
    if not edits:
        return document
    moves = _Moves(edits)
    return replace(
        document,
        text="".join(_pieces(document.text, edits)),
        pages=tuple(_page(page, moves) for page in document.pages),
    )


def _check(edits: Sequence[Edit], length: int) -> None:
    done = 0
    for edit in edits:
        if not done <= edit.start <= edit.end <= length:
            raise ValueError(f"{edit} overlaps the edit before it or leaves the text (0 to {length})")
        done = edit.end


def _pieces(text: str, edits: Iterable[Edit]) -> Iterator[str]:
    done = 0
    for edit in edits:
        yield text[done : edit.start]
        yield edit.replacement
        done = edit.end
    yield text[done:]


class _Moves:
    """Where every place of the old text lies in the new one."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.edits = edits
        self.starts = [edit.start for edit in edits]
        self.ends = [edit.end for edit in edits]
        self.shifts = [0]
        for edit in edits:
            self.shifts.append(self.shifts[-1] + len(edit.replacement) - (edit.end - edit.start))

    def first(self, place: int) -> int:
        """Where what begins at `place` begins: after anything that is put in there."""
        return self._place(place, bisect_right(self.ends, place))

    def last(self, place: int) -> int:
        """Where what ends at `place` ends: before anything that is put in there."""
        return self._place(place, bisect_left(self.ends, place))

    def _place(self, place: int, passed: int) -> int:
        if passed < len(self.edits) and self.starts[passed] < place:
            edit = self.edits[passed]
            return edit.start + self.shifts[passed] + min(place - edit.start, len(edit.replacement))
        return place + self.shifts[passed]

    def kept(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """(old place, new place, length) of what is left of the characters from `start` to `end`."""
        place = start
        i = bisect_right(self.ends, start)
        while i < len(self.edits) and self.starts[i] < end:
            edit = self.edits[i]
            if place < edit.start:
                yield place, place + self.shifts[i], edit.start - place
                place = edit.start
            stop = min(end, edit.end, edit.start + len(edit.replacement))
            if place < stop:
                yield place, place + self.shifts[i], stop - place
            place = edit.end
            i += 1
        if place < end:
            yield place, place + self.shifts[i], end - place


def _page(page: Page, moves: _Moves) -> Page:
    start = moves.first(page.start)
    return replace(
        page, start=start, end=max(start, moves.last(page.end)), runs=tuple(_runs(page.runs, moves))
    )


def _runs(runs: Iterable[SourceRun], moves: _Moves) -> Iterator[SourceRun]:
    """The moved runs, with neighbours joined where both text and source go on."""
    open_run: SourceRun | None = None
    for run in runs:
        for old, new, length in moves.kept(run.start, run.start + run.length):
            char = run.char + old - run.start
            if open_run and _continues(open_run, new, char):
                open_run = replace(open_run, length=open_run.length + length)
                continue
            if open_run:
                yield open_run
            open_run = SourceRun(start=new, length=length, char=char)
    if open_run:
        yield open_run


def _continues(run: SourceRun, start: int, char: int) -> bool:
    return run.start + run.length == start and run.char + run.length == char
