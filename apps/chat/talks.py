"""The conversations of one person, kept over restarts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from apps.chat.errors import AppError, NotFound
from apps.chat.storage.files import has_pages
from ragkit import Citation, SavedTurn, Sessions

FILE = "talks.sqlite"
Format = Literal["md", "json"]
_MOST_LETTERS = 72  # of a name that the app makes
_LONGEST_NAME = 80


class Talks:
    """Saved conversations in the person's own folder: nobody else's are in the file."""

    def __init__(self, folder: Path) -> None:
        self._sessions = Sessions(folder / FILE)

    def all(self, collection: str) -> list[tuple[str, int]]:
        """The name and the number of turns of each conversation about a collection, the last used first."""
        return [(talk.name, talk.turns) for talk in self._sessions.all() if talk.place == collection]

    def turns(self, name: str) -> list[SavedTurn]:
        """The turns of a conversation; none for one that is not there."""
        return self._sessions.turns(name) if name else []

    def named_after(self, question: str) -> str:
        """A name that no conversation has, from its first question."""
        shown = "".join(letter if letter.isprintable() else " " for letter in question)
        words = " ".join(shown.split())
        short = words if len(words) <= _MOST_LETTERS else words[: _MOST_LETTERS - 1].rstrip() + "…"
        taken = {talk.name for talk in self._sessions.all()}
        names = (short if number == 1 else f"{short} ({number})" for number in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)

    def add(self, name: str, turn: SavedTurn, *, collection: str) -> None:
        """Keeps one more turn; it is on disk when this returns."""
        self._sessions.add(name, turn, place=collection)

    def cut(self, name: str, number: int) -> None:
        """Forgets the turns from `number` (from 0) on, as before a question is asked again."""
        self._sessions.cut(name, number + 1)  # which counts from 1

    def rename(self, name: str, new: str) -> None:
        """Raises `AppError` for a name that is taken or not usable."""
        if not new.strip() or not new.isprintable() or len(new) > _LONGEST_NAME:
            raise AppError("talk_name", name=new, most=_LONGEST_NAME)
        if new != name and any(talk.name == new for talk in self._sessions.all()):
            raise AppError("talk_taken", name=new)
        self._sessions.rename(name, new)

    def delete(self, name: str) -> None:
        """Forgets a conversation."""
        self._sessions.delete(name)

    def export(self, name: str, form: Format) -> str:
        """The conversation as Markdown or JSON. Raises `NotFound`."""
        turns = self.turns(name)
        if not turns:
            raise NotFound("no_such_talk")
        return _markdown(name, turns) if form == "md" else _json(name, turns)


def _markdown(name: str, turns: Sequence[SavedTurn]) -> str:
    return "\n\n".join([f"# {name}", *map(_turn, turns)]) + "\n"


def _turn(turn: SavedTurn) -> str:
    """The question, the sentences with the numbers of their citations, and what these quote."""
    citations = turn.citations
    if turn.abstained:
        return f"## {turn.question}\n\n> {turn.reason}"
    said = " ".join(
        turn.answer[sentence.start : sentence.end].strip()
        + "".join(f"[{citations.index(citation) + 1}]" for citation in sentence.citations)
        + ("" if sentence.verdict == "supported" else f" ({sentence.verdict})")
        for sentence in turn.sentences
    )
    cited = [
        f"{number}. {_place(one)}: “{' '.join(one.quote.split())}”"
        for number, one in enumerate(citations, start=1)
    ]
    return "\n\n".join([f"## {turn.question}", said, "\n".join(cited)])


def _place(citation: Citation) -> str:
    name = Path(citation.source).name
    return f"{name}, page {citation.page_label or citation.page_index + 1}" if has_pages(name) else name


def _json(name: str, turns: Sequence[SavedTurn]) -> str:
    return json.dumps(
        {"name": name, "turns": [_values(turn) for turn in turns]}, ensure_ascii=False, indent=2
    )


def _values(turn: SavedTurn) -> dict[str, object]:
    return {
        "question": turn.question,
        "understood": turn.standalone,
        "answer": turn.answer,
        "abstained": turn.abstained,
        "reason": turn.reason,
        "sentences": [
            {
                "text": turn.answer[sentence.start : sentence.end],
                "verdict": sentence.verdict,
                "support": sentence.support,
                "citations": [
                    {
                        "file": Path(one.source).name,
                        "page": one.page_index + 1,
                        "page_label": one.page_label,
                        "start": one.start,
                        "end": one.end,
                        "quote": one.quote,
                    }
                    for one in sentence.citations
                ],
            }
            for sentence in turn.sentences
        ],
    }
