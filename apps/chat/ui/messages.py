"""Turns of a talk as the chat shows them: sentences with their citations and verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from markupsafe import Markup

from apps.chat.reasons import Reason
from apps.chat.storage.files import has_pages
from apps.chat.ui.markdown import marked
from apps.chat.ui.words import Words
from ragkit import Citation, Passage, Place, SavedTurn, Sentence

_MARKS = {"supported": "✓", "weak": "≈", "unsupported": "!", "unchecked": ""}
_NEAREST = 3
_UNDERSTOOD = "understood as:"

Places = Callable[[Passage], Place | None]
"""Where a passage stands, None for one whose document is gone."""


def turn_values(
    turn: SavedTurn, number: int, words: Words, places: Places, *, good: bool | None = None
) -> dict[str, object]:
    """What the template shows of the turn with this number, from 0, and of what somebody thinks of it."""
    return {
        "question": turn.question,
        "understood": turn.standalone if turn.standalone != turn.question else "",
        "abstained": turn.abstained,
        "reason": turn.reason,
        "body": _body(turn, number, words),
        "sources": (_nearest if turn.abstained else _sources)(turn, number, words, places),
        "notices": _notices(turn, words),
        "good": good,
    }


def _notices(turn: SavedTurn, words: Words) -> list[str]:
    """What people should know of it; how it was understood is shown by itself."""
    dropped = [words.count("dropped", turn.dropped)] if turn.dropped else []
    said = [one for one in turn.notices if not one.startswith(_UNDERSTOOD)]
    return [*(Reason(one).said(words.language) for one in said), *dropped]


def place_words(place: Place | Citation, words: Words) -> str:
    """The file, and the page as people name it where the file has pages."""
    name = Path(place.source).name
    page = words("page", number=place.page_label or place.page_index + 1)
    return f"{name}, {page}" if has_pages(name) else name


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
    chips = [_chip(one, citations.index(one), number, words) for one in sentence.citations]
    verdict = words(sentence.verdict)
    mark = Markup('<span class="verdict {}" role="img" title="{}" aria-label="{}">{}</span>')
    return Markup("").join(
        [*chips, mark.format(sentence.verdict, verdict, verdict, _MARKS[sentence.verdict])]
    )


def _sources(turn: SavedTurn, number: int, words: Words, places: Places) -> list[dict[str, str]]:
    """Everything that is cited, by its number."""
    return [
        _source(f"cite-{number}-{place}", place + 1, place_words(one, words), words)
        for place, one in enumerate(turn.citations)
    ]


def _nearest(turn: SavedTurn, number: int, words: Words, places: Places) -> list[dict[str, str]]:
    """The first documents that were found, each once."""
    nearest: dict[str, tuple[int, Place]] = {}
    for passage, place in enumerate(map(places, turn.passages)):
        if place:
            nearest.setdefault(place.source, (passage, place))
    return [
        _source(f"passage-{number}-{passage}", shown, place_words(place, words), words)
        for shown, (passage, place) in enumerate(list(nearest.values())[:_NEAREST], start=1)
    ]


def _source(target: str, shown: int, place: str, words: Words) -> dict[str, str]:
    label = words("source_label", number=shown, place=place)
    return {"target": target, "number": str(shown), "place": place, "label": label}


def _chip(citation: Citation, place: int, number: int, words: Words) -> Markup:
    """The number behind a sentence that opens its evidence."""
    of = _source(f"cite-{number}-{place}", place + 1, place_words(citation, words), words)
    return Markup(
        '<a class="cite" href="#{target}" title="{place}" aria-label="{label}">{number}</a>'
    ).format_map(of)
