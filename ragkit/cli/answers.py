"""Answers on the terminal: sentences with the numbers of their citations, then the places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.cli.output import notice
from ragkit.cli.words import Words, words_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ragkit.config import Config
    from ragkit.stages import Documents
    from ragkit.types import Answer, Judgement, Usage


_NEAREST = 3


def print_answer(console: Console, answer: Answer, documents: Documents) -> None:
    """The sentences and, below them, what they cite; of a refusal the reason, on stderr, and what is near."""
    from rich.markup import escape

    words = words_for(answer.query.text)
    if answer.abstained:
        console.print(words.refused, style="yellow")
        notice(answer.reason)
        _print_nearest(console, answer, documents, words)
        return
    citations = list(dict.fromkeys(c for sentence in answer.sentences for c in sentence.citations))
    for sentence in answer.sentences:
        marks = "".join(f"\\[{citations.index(c) + 1}]" for c in sentence.citations)
        flag = f"[yellow]{words.mark(sentence.verdict)}[/yellow]"
        console.print(f"{escape(answer.text[sentence.start : sentence.end])} [cyan]{marks}[/cyan]{flag}")
    console.print()
    for number, cited in enumerate(citations, start=1):
        place = words.place(cited.source, cited.page_index, cited.page_label)
        console.print(f"[cyan]\\[{number}][/cyan] {escape(place)}")
    if answer.dropped:
        notice(f"{answer.dropped} citations were left out: they do not stand in the documents as quoted")


def _print_nearest(console: Console, answer: Answer, documents: Documents, words: Words) -> None:
    """The first places that were found, each document once."""
    nearest: dict[str, int] = {}
    for hit in answer.hits:
        nearest.setdefault(hit.chunk.document_id, hit.chunk.start)
    places = [documents.place(*place) for place in list(nearest.items())[:_NEAREST]]
    if places:
        console.print(words.nearest, style="dim")
    for place in places:
        name = words.place(place.source, place.page_index, place.page_label)
        console.print(f"  {name}", style="dim", markup=False)


def print_judgement(console: Console, judgement: Judgement) -> None:
    """How likely the passages answer, and from when on they are taken to; nothing where nobody judged."""
    if judgement.threshold:
        likely = f"likelihood that the passages answer {judgement.score:.2f}"
        console.print(f"{likely}; a question is refused below {judgement.threshold:.2f}", style="dim")


def print_usage(console: Console, usage: Usage) -> None:
    """The tokens that a language model read and wrote, and what they cost where that is known."""
    cost = "" if usage.cost is None else f", ${usage.cost:.{4 if usage.cost >= 0.001 else 6}f}"
    text = f"{usage.model}: {usage.prompt_tokens} + {usage.completion_tokens} tokens{cost}"
    console.print(text, style="dim", markup=False)


def print_prompt(answer: Answer) -> None:
    """What a language model was asked for an answer, on stderr; why there is nothing, if none was."""
    if not answer.prompt:
        refused = "the question was refused before" if answer.abstained else "the generator quotes sentences"
        notice(f"no language model was asked: {refused}")
    for turn in answer.prompt:
        notice(f"--- {turn.role}\n{turn.content}\n", as_is=True)


def tell_where_it_goes(settings: Config) -> str:
    """Says on stderr, before anything is sent, to which host passages go; the line, "" where to none."""
    from ragkit.models import is_offline
    from ragkit.models.remote_settings import RemoteSettings

    if not isinstance(settings.generator, RemoteSettings) or is_offline():
        return ""
    line = settings.generator.server().notice
    notify([line] if line else [])
    return line


def notify(notices: Sequence[str], *, told: str = "") -> None:
    """What people should know of an answer, on stderr, except a line that they were told before."""
    for line in notices:
        if line != told:
            notice(line)
