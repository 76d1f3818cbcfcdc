"""What one browser page shows at the moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.chat.service import Service
from apps.chat.storage import Collection, Library, Person
from apps.chat.talks import Talks
from apps.chat.ui.words import Words

if TYPE_CHECKING:
    import gradio as gr


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
    `asking` is the question that is being answered, `note` names the words that confirm what was done,
    `find` is what the names of listed files hold.
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
        """The collection that is shown, else their first, which is made where there is none."""
        mine = self.library.collections()
        chosen = next((one for one in mine if one.id == view.collection), None)
        return chosen or (mine[0] if mine else self.library.create(self.words("first_collection")))


def desk(service: Service, words: Words, request: gr.Request) -> Desk:
    """The desk of the person whom the server has identified. Raises `NotFound` where the account is gone."""
    return Desk(service=service, person=service.accounts.with_id(int(request.username or 0)), words=words)


def owned(view: View, mine: Desk) -> View:
    """The view, if it is this person's; else an empty one."""
    return view if view.person == mine.person.id else View(person=mine.person.id)
