"""Passages on the terminal, with the words that were looked for, and what each stage thought of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.cli.options import shown
from ragkit.cli.words import words_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.text import Text

    from ragkit.language import UnicodeAnalyzer
    from ragkit.stages import Documents
    from ragkit.types import Findings, Hit

_PREVIEW = 240
_LEAD = 60  # characters shown before the first word that was looked for
_STAGES = ("bm25", "dense", "fused", "rerank", "diverse")


def print_hits(console: Console, found: Findings, documents: Documents, analyzer: UnicodeAnalyzer) -> None:
    """The passages by rank, each cut to the part where the words of the question stand."""
    from rich.markup import escape

    words = words_for(found.query.text)
    if not found.hits:
        console.print(words.none_fits, style="yellow")
    for number, hit in enumerate(found.hits, start=1):
        place = documents.place(hit.chunk.document_id, hit.chunk.start)
        head = words.place(place.source, place.page_index, place.page_label)
        alike = words.alike.format(count=len(hit.alike)) if hit.alike else ""
        console.print(f"[bold]{number}. {escape(head)}[/bold]  [dim]{hit.score:.3f}{alike}[/dim]")
        console.print(_preview(hit.chunk.text, found.query.text, analyzer))
        console.print()


def _preview(text: str, query: str, analyzer: UnicodeAnalyzer) -> Text:
    from rich.text import Text

    from ragkit.language import term_spans

    line = " ".join(text.split())
    spans = term_spans(line, query, analyzer=analyzer)
    start = _start(line, spans)
    end = min(len(line), start + _PREVIEW)
    shown_text = Text(("…" if start else "") + line[start:end] + ("…" if end < len(line) else ""))
    shift = start - bool(start)
    for first, last in spans:
        if start <= first and last <= end:
            shown_text.stylize("bold green", first - shift, last - shift)
    return shown_text


def _start(line: str, spans: Sequence[tuple[int, int]]) -> int:
    """Where a preview begins: at the beginning, if the words stand there, or a little before them."""
    if len(line) <= _PREVIEW or not spans:
        return 0
    best = max(
        (first for first, _ in spans),
        key=lambda place: (sum(place <= first < place + _PREVIEW - _LEAD for first, _ in spans), -place),
    )
    if best < _PREVIEW - _LEAD:
        return 0
    start = max(0, min(best - _LEAD, len(line) - _PREVIEW))
    space = line.find(" ", start, best)
    return space + 1 if space >= 0 else start


def print_stages(console: Console, hits: Sequence[Hit], documents: Documents) -> None:
    """A table of each stage's rank and score."""
    from rich.markup import escape
    from rich.table import Table

    stages = [name for name in _STAGES if any(name in hit.stages for hit in hits)]
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("passage", overflow="fold")
    for name in stages:
        table.add_column(f"{name} rank", justify="right")
        table.add_column("score", justify="right")
    for number, hit in enumerate(hits, start=1):
        place = documents.place(hit.chunk.document_id, hit.chunk.start)
        cells = [cell for name in stages for cell in _cells(hit, name)]
        table.add_row(str(number), escape(f"{shown(place.source)}, p. {place.page_index + 1}"), *cells)
    console.print(table)


def _cells(hit: Hit, stage: str) -> tuple[str, str]:
    score = hit.stages.get(stage)
    return (str(score.rank), f"{score.score:.3f}") if score else ("-", "-")
