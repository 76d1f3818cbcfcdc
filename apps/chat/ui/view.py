"""What one browser page shows at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.chat.errors import AppError, NotFound
from apps.chat.service import Service
from apps.chat.storage import Collection, Library, Person
from apps.chat.talks import Talks
from apps.chat.ui.words import Words
from ragkit import Chain, RagkitError

if TYPE_CHECKING:
    import gradio as gr

_MOST_DIGITS = 9


class Stale(AppError):
    """What a page shows is not there any more: it begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The page that is shown beside the chat: of a file, or the passage of the file from `start` to `end`."""

    file: str
    page: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Ids of what is shown; none of them gives any right: each is looked up among the person's own.

    `scope` are the files that are asked, all where there are none; `turn` counts from 0, -1 for none;
    `asking` is the question that is being answered, in the place of the turn `at` if there is one; `note`
    names the words that confirm what was done, `find` is what the names of listed files hold.
    """

    person: int = 0
    collection: str = ""
    talk: str = ""
    scope: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    turn: int = -1
    evidence: Evidence | None = None
    rating: bool = False
    asking: str = ""
    at: int | None = None
    note: str = ""
    find: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One person's library and talks, and the words they read."""

    service: Service
    person: Person
    words: Words

    @property
    def library(self) -> Library:
        """Their collections and files."""
        return self.service.library(self.person)

    @property
    def talks(self) -> Talks:
        """Their conversations."""
        return self.service.talks(self.person)

    def collection(self, view: View) -> Collection:
        """The collection that is shown. Raises `NotFound` for one that is gone, or no longer shared."""
        return self.library.collection(view.collection)

    def chain(self, view: View) -> Chain | None:
        """Its chain; None where that cannot be opened: why is told to who asks it."""
        try:
            return self.service.chains.of(self.collection(view))
        except RagkitError:
            return None

    def first(self) -> View:
        """An empty conversation with their first collection, which is made where there is none."""
        mine = self.library.collections()
        collection = mine[0] if mine else self.library.create(self.words("first_collection"))
        return View(person=self.person.id, collection=collection.id)


def number_of(event: Mapping[str, object]) -> int | None:
    """The number that a button sends as its id, 0 where it sends none; None for what is no such number."""
    sent = str(event.get("id") or "0")
    return int(sent) if sent.isdecimal() and len(sent) <= _MOST_DIGITS else None


def desk(service: Service, words: Words, request: gr.Request) -> Desk:
    """The desk of the person whom the server has identified. Raises `NotFound` where the account is gone."""
    return Desk(service=service, person=service.accounts.with_id(int(request.username or 0)), words=words)


def owned(view: View, mine: Desk) -> View:
    """The view of a page of this person. Raises `Stale` for another's, or of a collection that is gone."""
    if view.person != mine.person.id:  # the server was started anew, or somebody else logged in
        raise Stale("page_is_old")
    try:
        mine.collection(view)
    except NotFound as error:
        raise Stale("collection_is_gone") from error
    return view
