"""What is asked and found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ragkit.types.documents import Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which passages a search may return: every condition that is given must hold.

    Of `sources`, `titles` and each entry of `metadata`, any one must fit: it stands in the value, case
    ignored, or is a pattern with * and ? for all of it. The value of a source is its file name, or its path
    from any folder on where the condition has a "/". `pages` are (first, last) ranges, counted
    from 1, any of which the passage must touch. `since` and `until` (inclusive) are the beginnings of ISO
    dates, compared with the document's metadata "date", else "modified", else "created". Of `phrases`, all
    must stand in the passage, word for word (case, width and spacing ignored); none of `without` may, in no
    form, or as it is written where it has quotation marks. `paths` are exact, that of a file of rows meant
    for each of them; one of the document's must be among them. `within` is another filter that must be
    passed too.
    """

    sources: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()
    metadata: tuple[tuple[str, tuple[str, ...]], ...] = ()
    since: str = ""
    until: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    within: Filter | None = None


EVERYTHING = Filter()
"""The filter that every passage passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question as it was understood.

    Passages are ranked by `text` and looked for `among` some of them, by each of the `variants` (by `text`
    alone where there are none). `notices` tell people what was changed.
    """

    text: str
    among: Filter = EVERYTHING
    variants: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StageScore:
    """The place (from 1) and the score that one stage gave to a hit."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A chunk that answers a query, with the scores of every stage that ranked it.

    `alike` are chunks that were found too, and left out because they say the same.
    """

    chunk: Chunk
    score: float
    stages: Mapping[str, StageScore] = field(default_factory=dict)
    alike: tuple[Chunk, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a search found, the best first, and what people should know of it. `timings`: ms per stage."""

    query: Query
    hits: tuple[Hit, ...]
    notices: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
