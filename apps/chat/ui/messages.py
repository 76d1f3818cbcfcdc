"""Turns of a talk as the chat shows them: sentences with their citations and verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from markupsafe import Markup

from apps.chat.ui.pages import page
from apps.chat.ui.words import Words
from ragkit import Citation, Passage, Place, SavedTurn, Sentence

_MARKS = {"supported": "✓", "weak": "≈", "unsupported": "!", "unchecked": ""}
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MARKUP = re.compile(r"[&<>\[\]!$|]|(?<=\w)@(?=\w)|(?<=:)//|\bwww(?=\.)")
_SPECIAL = re.compile(r"[\\`*_<>&\[\]#|~$!@{}]|(?<=:)//|\bwww(?=\.)|^\s*(?:[-+]|\d+[.)])(?= )", re.MULTILINE)
_NEAREST = 3

Message = dict[str, object]
Places = Callable[[Passage], Place | None]
"""Where a passage stands, None for one whose document is gone."""


def conversation(turns: Sequence[SavedTurn], words: Words, places: Places) -> list[Message]:
    """Every turn as two messages: the question, and its answer or refusal."""
    messages = []
    for number, turn in enumerate(turns):
        shown = refused(turn, number, words, places) if turn.abstained else answered(turn, number, words)
        messages += [asked(turn.question), said(shown)]
    return messages


def asked(question: str) -> Message:
    """A question as it was typed; nothing in it is markup."""
    return {"role": "user", "content": plain(question)}


def said(content: str) -> Message:
    """What the assistant says, in Markdown and HTML."""
    return {"role": "assistant", "content": content}


def answered(turn: SavedTurn, number: int, words: Words) -> str:
    """Each sentence with the chips of its citations and its verdict, then the sources."""
    return page(
        "answer.html",
        words,
        understood=_understood(turn),
        body=_body(turn, number, words),
        sources=_sources(turn.citations, number, words),
        notices=_notices(turn),
    )


def refused(turn: SavedTurn, number: int, words: Words, places: Places) -> str:
    """What was not found, and what is nearest to it."""
    sources = []
    for shown, (passage, name, label) in enumerate(_nearest(turn, places), start=1):
        at = words("page", number=label)
        chip = _chip(f"passage-{number}-{passage}", shown, name, at, words)
        sources.append({"chip": chip, "name": name, "page": at})
    return page(
        "refusal.html",
        words,
        understood=_understood(turn),
        reason=plain_line(turn.reason),
        sources=sources,
        notices=_notices(turn),
    )


def plain(text: str) -> str:
    """Text in which the chat finds no markup: what would be obeyed is spelt as HTML entities."""
    return _SPECIAL.sub(lambda found: "".join(f"&#{ord(letter)};" for letter in found[0]), _visible(text))


def plain_line(text: str) -> str:
    """Text for a template, on one line."""
    return " ".join(_visible(text).split())


def page_words(page_index: int, label: str, words: Words) -> str:
    """The page as people name it."""
    return words("page", number=label or page_index + 1)


def _visible(text: str) -> str:
    return _OBEYED.sub("", text)


def _notices(turn: SavedTurn) -> list[str]:
    """What people should know of it; how it was understood is shown by itself."""
    return [plain_line(notice) for notice in turn.notices if not notice.startswith("understood as:")]


def _understood(turn: SavedTurn) -> str:
    return plain_line(turn.standalone) if turn.standalone != turn.question else ""


def _body(turn: SavedTurn, number: int, words: Words) -> Markup:
    """Quoted sentences as HTML; what a model wrote as Markdown, its HTML, links and pictures as text."""
    citations = turn.citations
    if turn.written:
        parts = [
            _safe_markdown(turn.answer[before : one.end]) + _marks(one, citations, number, words)
            for before, one in _with_gaps(turn.sentences)
        ]
        return Markup("\n\n" + "".join(parts) + "\n\n")  # noqa: S704  # every part is escaped
    sentences = [
        Markup('<span class="sentence {}">{}{}</span>').format(
            one.verdict, plain_line(turn.answer[one.start : one.end]), _marks(one, citations, number, words)
        )
        for one in turn.sentences
    ]
    return Markup('<p class="said">') + Markup(" ").join(sentences) + Markup("</p>")


def _with_gaps(sentences: Sequence[Sentence]) -> list[tuple[int, Sentence]]:
    """Each sentence with where the one before it ended, so that line breaks between them stay."""
    ends = [0, *(one.end for one in sentences)]
    return list(zip(ends, sentences, strict=False))


def _safe_markdown(text: str) -> str:
    return _MARKUP.sub(lambda found: "".join(f"&#{ord(letter)};" for letter in found[0]), _visible(text))


def _marks(sentence: Sentence, citations: Sequence[Citation], number: int, words: Words) -> Markup:
    """The chips of its citations, and quietly what the check found."""
    chips = [
        _chip(
            f"cite-{number}-{citations.index(one)}",
            citations.index(one) + 1,
            Path(one.source).name,
            page_words(one.page_index, one.page_label, words),
            words,
        )
        for one in sentence.citations
    ]
    verdict = words(sentence.verdict)
    mark = Markup('<span class="verdict {}" role="img" title="{}" aria-label="{}">{}</span>').format(
        sentence.verdict, verdict, verdict, _MARKS[sentence.verdict]
    )
    return Markup("").join([*chips, mark])


def _chip(target: str, shown: int, name: str, at: str, words: Words) -> Markup:
    label = words("source_label", number=shown, name=name, page=at)
    return Markup('<a class="cite" href="#{}" title="{}" aria-label="{}">{}</a>').format(
        target, f"{name}, {at}", label, shown
    )


def _sources(citations: Sequence[Citation], number: int, words: Words) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for place, one in enumerate(citations):
        name, at = Path(one.source).name, page_words(one.page_index, one.page_label, words)
        chip = _chip(f"cite-{number}-{place}", place + 1, name, at, words)
        rows.append({"chip": chip, "name": name, "page": at})
    return rows


def _nearest(turn: SavedTurn, places: Places) -> list[tuple[int, str, str | int]]:
    """(number of the passage, file, page) of the first documents that were found, each once."""
    nearest: dict[str, tuple[int, Place]] = {}
    for number, passage in enumerate(turn.passages):
        place = places(passage)
        if place:
            nearest.setdefault(place.source, (number, place))
    found = list(nearest.values())[:_NEAREST]
    return [(number, Path(one.source).name, one.page_label or one.page_index + 1) for number, one in found]
