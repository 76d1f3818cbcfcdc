"""The border between a chain and its generator, which may be anybody's: what crosses it has its shape."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from ragkit import stages
from ragkit.stages import Writing
from ragkit.types import Draft, Hit, Turn

_WANTED = "`yield` the text piece by piece, then `return Draft(text=..., sentences=...)`"


def written_by(
    generator: stages.Generator, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()
) -> Writing:
    """Yields what the generator does and returns its draft. Raises `TypeError` for anything else."""
    writing: object = generator.generate(query, hits, history)
    if not isinstance(writing, Generator):
        raise _misshapen(generator, f"returned {_named(writing)}")
    draft = yield from writing
    if not isinstance(draft, Draft):
        raise _misshapen(generator, f"ended by returning {_named(draft)}")
    return draft


def _named(made: object) -> str:
    return "nothing" if made is None else f"{made!r:.60} ({type(made).__name__})"


def _misshapen(generator: stages.Generator, did: str) -> TypeError:
    name = f"{type(generator).__module__}.{type(generator).__qualname__}.generate"
    return TypeError(f"{name} {did}. It must {_WANTED}, as ragkit.stages.Generator promises.")
