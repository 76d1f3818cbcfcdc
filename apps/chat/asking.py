"""One question to the documents of a collection, answered and kept."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from apps.chat.errors import NotFound
from apps.chat.storage import Collection, Library
from apps.chat.talks import Talks
from ragkit import EVERYTHING, Chain, Filter, recall, saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question in a talk ("" for a new one) to some `files` of a collection, or to all of them.

    Its answer takes the place of the turn `at` and of all after it; where that is None it follows the last.
    `notice` is kept with a refusal.
    """

    collection: Collection
    talk: str
    question: str
    files: tuple[str, ...] = ()
    at: int | None = None
    notice: str = ""


def answer(asking: Asking, chain: Chain, library: Library, talks: Talks) -> Generator[str, None, str]:
    """Yields the text while it is written; returns the name of the talk that the checked answer is kept in.

    Nothing is kept of an answer that is closed before its end, and nothing is forgotten for it. Raises as
    `Chain.stream` does, and `NotFound` for files that are not there.
    """
    among = _among(asking, library)
    history = recall(talks.turns(asking.talk)[: asking.at], chain.documents).turns
    made = yield from chain.stream(asking.question, history=history, among=among)
    name = asking.talk or talks.named_after(asking.question)
    turn = saved(asking.question, made)
    if turn.abstained and asking.notice:
        turn = replace(turn, notices=(*turn.notices, asking.notice))
    if asking.at is not None:
        talks.cut(name, asking.at)
    talks.add(name, turn, collection=asking.collection.id)
    return name


def _among(asking: Asking, library: Library) -> Filter:
    """The chosen files; all that are not removed while the removal of one can still be taken back."""
    files = library.files(asking.collection.id)
    chosen: Sequence[str] = [str(file.path) for file in files if file.id in asking.files]
    if asking.files and not chosen:
        raise NotFound("scope_gone")
    if chosen:
        return Filter(paths=tuple(chosen))
    if library.has_removed(asking.collection.id):
        return Filter(paths=tuple(str(file.path) for file in files))
    return EVERYTHING
