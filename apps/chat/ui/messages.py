"""Turns of a talk as the chat shows them: sentences with their citations and verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from markupsafe import Markup

from apps.chat.ui.markdown import marked
from apps.chat.ui.words import Words
from ragkit import Citation, Passage, Place, SavedTurn, Sentence

_MARKS = {"supported": "✓", "weak": "≈", "unsupported": "!", "unchecked": ""}
_NEAREST = 3
_UNDERSTOOD = "understood as:"

Places = Callable[[Passage], Place | None]
"""Where a passage stands, None for one whose document is gone."""


def turn_values(turn: SavedTurn, number: int, words: Words, places: Places) -> dict[str, object]:
    """What the template shows of the turn with this number, from 0."""
    return {
        "question": turn.question,
        "understood": turn.standalone if turn.standalone != turn.question else "",
        "abstained": turn.abstained,
        "reason": turn.reason,
        "body": _body(turn, number, words),
        "sources": (_nearest if turn.abstained else _sources)(turn, number, words, places),
        "notices": _notices(turn, words),
    }


def _notices(turn: SavedTurn, words: Words) -> list[str]:
    """What people should know of it; how it was understood is shown by itself."""
    dropped = [words.count("dropped", turn.dropped)] if turn.dropped else []
    return [*(one for one in turn.notices if not one.startswith(_UNDERSTOOD)), *dropped]


def page_words(page_index: int, label: str, words: Words) -> str:
    """The page as people name it."""
    return words("page", number=label or page_index + 1)


def _body(turn: SavedTurn, number: int, words: Words) -> Markup:
    """Quoted sentences as they are; what a model wrote as Markdown without HTML, links and pictures."""
    marks = [_marks(one, turn.citations, number, words) for one in turn.sentences]
    if turn.written:
        ends = [0, *(one.end for one in turn.sentences)]
        texts = [turn.answer[start:end] for start, end in pairwise(ends)]
        return marked(texts, marks)
    sentences = [
        Markup('<span class="sentence {}">{}{}</span>').format(
            one.verdict, turn.answer[one.start : one.end].strip(), mark
        )
        for one, mark in zip(turn.sentences, marks, strict=True)
    ]
    return Markup("<p>{}</p>").format(Markup(" ").join(sentences))


def _marks(sentence: Sentence, citations: Sequence[Citation], number: int, words: Words) -> Markup:
    """The chips of its citations, and quietly what the check found."""
    chips = [_chip_of(one, citations.index(one), number, words) for one in sentence.citations]
    verdict = words(sentence.verdict)
    mark = Markup('<span class="verdict {}" role="img" title="{}" aria-label="{}">{}</span>')
    return Markup("").join(
        [*chips, mark.format(sentence.verdict, verdict, verdict, _MARKS[sentence.verdict])]
    )


def _sources(turn: SavedTurn, number: int, words: Words, places: Places) -> list[dict[str, object]]:
    """Everything that is cited, by its number."""
    return [
        {
            "chip": _chip_of(one, place, number, words),
            "name": Path(one.source).name,
            "page": page_words(one.page_index, one.page_label, words),
        }
        for place, one in enumerate(turn.citations)
    ]


def _nearest(turn: SavedTurn, number: int, words: Words, places: Places) -> list[dict[str, object]]:
    """The first documents that were found, each once."""
    nearest: dict[str, tuple[int, Place]] = {}
    for passage, place in enumerate(map(places, turn.passages)):
        if place:
            nearest.setdefault(place.source, (passage, place))
    rows: list[dict[str, object]] = []
    for shown, (passage, place) in enumerate(list(nearest.values())[:_NEAREST], start=1):
        name, at = Path(place.source).name, page_words(place.page_index, place.page_label, words)
        chip = _chip(f"passage-{number}-{passage}", shown, name, at, words)
        rows.append({"chip": chip, "name": name, "page": at})
    return rows


def _chip_of(citation: Citation, place: int, number: int, words: Words) -> Markup:
    at = page_words(citation.page_index, citation.page_label, words)
    return _chip(f"cite-{number}-{place}", place + 1, Path(citation.source).name, at, words)


def _chip(target: str, shown: int, name: str, at: str, words: Words) -> Markup:
    label = words("source_label", number=shown, name=name, page=at)
    return Markup('<a class="cite" href="#{}" title="{}" aria-label="{}">{}</a>').format(
        target, f"{name}, {at}", label, shown
    )
