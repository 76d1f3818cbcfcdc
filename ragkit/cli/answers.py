"""Answers on the terminal: sentences with the numbers of their citations, then the places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.cli.options import page_name, shown
from ragkit.cli.output import notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ragkit.stages import Documents
    from ragkit.types import Answer, Citation, Usage


_NEAREST = 3


def print_answer(console: Console, answer: Answer, documents: Documents) -> None:
    """The sentences and, below them, what they cite; of a refusal the reason, on stderr, and what is near."""
    from rich.markup import escape

    if answer.abstained:
        console.print("[yellow]The documents do not answer this.[/yellow]")
        notice(answer.reason)
        _print_nearest(console, answer, documents)
        return
    citations = list(dict.fromkeys(c for sentence in answer.sentences for c in sentence.citations))
    for sentence in answer.sentences:
        marks = "".join(f"\\[{citations.index(c) + 1}]" for c in sentence.citations)
        flag = "" if sentence.verdict == "supported" else f" [yellow]({sentence.verdict})[/yellow]"
        console.print(f"{escape(answer.text[sentence.start : sentence.end])} [cyan]{marks}[/cyan]{flag}")
    console.print()
    for number, citation in enumerate(citations, start=1):
        console.print(f"[cyan]\\[{number}][/cyan] {escape(cited_place(citation))}")
    if answer.dropped:
        notice(f"{answer.dropped} citations were left out: they do not stand in the documents as quoted")


def _print_nearest(console: Console, answer: Answer, documents: Documents) -> None:
    """The first places that were found, each document once."""
    nearest: dict[str, int] = {}
    for hit in answer.hits:
        nearest.setdefault(hit.chunk.document_id, hit.chunk.start)
    places = [documents.place(*place) for place in list(nearest.items())[:_NEAREST]]
    if places:
        console.print("Nearest to it:", style="dim")
    for place in places:
        name = f"  {shown(place.source)}, {page_name(place.page_index, place.page_label)}"
        console.print(name, style="dim", markup=False)


def print_usage(console: Console, usage: Usage) -> None:
    """The tokens that a language model read and wrote, and what they cost where that is known."""
    cost = "" if usage.cost is None else f", ${usage.cost:.{4 if usage.cost >= 0.001 else 6}f}"
    text = f"{usage.model}: {usage.prompt_tokens} + {usage.completion_tokens} tokens{cost}"
    console.print(text, style="dim", markup=False)


def notify(notices: Sequence[str]) -> None:
    """What people should know of an answer, on stderr."""
    for line in notices:
        notice(line)


def cited_place(citation: Citation) -> str:
    """The file and the page of a citation."""
    return f"{shown(citation.source)}, {page_name(citation.page_index, citation.page_label)}"
