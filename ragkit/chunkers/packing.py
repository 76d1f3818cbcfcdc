"""What all chunkers share: counting tokens, cutting what is too long, packing what is short."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from ragkit.language.graphemes import is_boundary, snap
from ragkit.language.script import is_cjk

Span = tuple[int, int]
TokenSpans = Callable[[str], list[Span]]
"""An embedder's `token_spans`: (start, end) of each token of a text."""

_PIECE = 50_000


class Tokenized:
    """A text that knows how many tokens any part of it has, after one pass of the tokenizer.

    A token counts where it begins. A part that is tokenized by itself may have a few tokens more.
    """

    def __init__(self, text: str, tokens: TokenSpans) -> None:
        self.text = text
        self.starts = array("q")
        for start, end in _pieces(text):
            self.starts.extend(start + token for token, _ in tokens(text[start:end]))

    def index(self, position: int) -> int:
        """How many tokens begin before `position`."""
        return bisect_left(self.starts, position)

    def count(self, start: int, end: int) -> int:
        """How many tokens begin in `text[start:end]`."""
        return bisect_left(self.starts, end) - bisect_left(self.starts, start)


def cut(source: Tokenized, span: Span, *, size: int, overlap: int = 0) -> list[Span]:
    """Cuts `span` into parts of at most `size` tokens at the ends of words.

    Each part begins about `overlap` tokens before the end of the one before. A part is longer only where
    one character has more than `size` tokens.
    """
    start, end = span
    reached = start
    parts: list[Span] = []
    while source.count(start, end) > size:
        reached = _cut_position(source, start=start, low=reached, high=end, size=size)
        parts.append((start, reached))
        start = _back(source, start, reached, overlap) if reached < end else end
    if reached < end:
        parts.append((start, end))
    return parts


def cut_all(source: Tokenized, spans: Iterable[Span], *, size: int) -> list[Span]:
    """`spans` with those of more than `size` tokens cut into parts of about the same size."""
    return [part for span in spans for part in cut(source, span, size=_even(source.count(*span), size))]


def pack(
    source: Tokenized, atoms: Sequence[Span], *, size: int, ceiling: int, overlap: int = 0
) -> list[Span]:
    """Joins neighbouring atoms into passages of at most `size` tokens, if possible up to a paragraph's end.

    Each passage repeats the last `overlap` atoms of the one before, as long as they are a fifth of `size`
    at most. Less than an eighth of `size` joins its neighbour if both have at most `ceiling` tokens.
    """
    passages: list[Span] = []
    first = reached = 0
    while reached < len(atoms):
        last = _fill(source, atoms, first, size=size, ceiling=ceiling)
        if last < len(atoms):
            last = _paragraph_end(source, atoms, range(max(first, reached) + 1, last + 1), first, size)
        passages.append((atoms[first][0], atoms[last - 1][1]))
        reached = last
        first = _overlapping(source, atoms, first, last, size=size, overlap=overlap)
    return merge_remainder(source, passages, size=size, ceiling=ceiling)


def merge_remainder(source: Tokenized, passages: list[Span], *, size: int, ceiling: int) -> list[Span]:
    """`passages` with the last one joined to the one before if it adds less than an eighth of `size`."""
    if len(passages) < 2:
        return passages
    (start, reached), (_, end) = passages[-2:]
    if 8 * source.count(reached, end) >= size or source.count(start, end) > ceiling:
        return passages
    return [*passages[:-2], (start, end)]


def room(tokens: TokenSpans, heading: str, window: int) -> int:
    """How many tokens of text fit the window under `heading`; at least one."""
    return max(1, window - len(tokens(heading)))


def middle(text: str, start: int, end: int) -> int:
    """A good place inside `text[start:end]` to cut it in two; the part has at least two characters."""
    centre = (start + end) // 2
    for position in range(centre, max(start, centre - 200), -1):
        if text[position - 1].isspace() and is_boundary(text, position):
            return position
    position = snap(text, centre, start, end)
    return position if position < end else centre


def _even(count: int, size: int) -> int:
    """The size of equal parts of `count` tokens, `size` at most."""
    parts = max(1, -(-count // size))
    return min(size, max(1, -(-count // parts)) + size // 8)


def _pieces(text: str) -> Iterable[Span]:
    """Parts of about 50,000 characters, cut at white space where there is any."""
    start = 0
    while len(text) - start > _PIECE:
        low, high = start + _PIECE // 2, start + _PIECE
        end = max(text.rfind("\n", low, high), text.rfind(" ", low, high)) + 1
        yield start, (end or high)
        start = end or high
    yield start, len(text)


def _cut_position(source: Tokenized, *, start: int, low: int, high: int, size: int) -> int:
    """The last good place to cut with at most `size` tokens behind `start`, always behind `low`."""
    text, starts = source.text, source.starts
    index = source.index(start) + size
    for position in starts[index : max(index - size // 2, 0) : -1]:
        if position <= low:
            break
        if _between_words(text, position):
            return _skip_space(text, position, high)
    return snap(text, starts[index], low, high)


def _between_words(text: str, position: int) -> bool:
    before, after = text[position - 1], text[position]
    if before.isspace() or after.isspace() or is_cjk(after):
        return is_boundary(text, position)
    return False


def _skip_space(text: str, position: int, high: int) -> int:
    while position < high and text[position].isspace():
        position += 1
    return position


def _back(source: Tokenized, start: int, reached: int, overlap: int) -> int:
    """Where a passage begins that repeats about `overlap` tokens before `reached`."""
    index = source.index(reached)
    for position in source.starts[max(index - overlap, 0) : index]:
        if position > start and _between_words(source.text, position):
            return position
    return reached


def _fill(source: Tokenized, atoms: Sequence[Span], first: int, *, size: int, ceiling: int) -> int:
    """Behind the last atom that fits; one more where what fits is tiny and `ceiling` allows it."""
    begin = source.index(atoms[first][0])
    last = first + 1
    while last < len(atoms) and source.index(atoms[last][1]) <= begin + size:
        last += 1
    if last < len(atoms) and 8 * (source.index(atoms[last - 1][1]) - begin) < size:
        last += source.index(atoms[last][1]) <= begin + min(ceiling, size + size // 4)
    return last


def _paragraph_end(source: Tokenized, atoms: Sequence[Span], lasts: range, first: int, size: int) -> int:
    """The last of `lasts` that ends a paragraph and leaves half of `size` at least, else the last of all."""
    for last in reversed(lasts):
        start, end = atoms[first][0], atoms[last - 1][1]
        if 2 * source.count(start, end) < size:
            break
        if _ends_paragraph(source.text, start, end):
            return last
    return lasts[-1]


def _ends_paragraph(text: str, start: int, end: int) -> bool:
    position = end
    while position > start and text[position - 1].isspace():
        position -= 1
    return text.count("\n", position, end) > 1


def _overlapping(
    source: Tokenized, atoms: Sequence[Span], first: int, last: int, *, size: int, overlap: int
) -> int:
    """The first atom of the next passage, which begins behind `first` and reaches beyond `last`."""
    if last == len(atoms):
        return last
    start = last
    for candidate in range(last - 1, max(first, last - overlap - 1), -1):
        repeated = source.count(atoms[candidate][0], atoms[last - 1][1])
        if 5 * repeated > size or source.count(atoms[candidate][0], atoms[last][1]) > size:
            break
        start = candidate
    return start
