"""Commands that ask: `search` and `ask`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.options import ConfigOption, IndexOption, JsonOption, read_config, shown
from ragkit.cli.output import notice, out, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ragkit.chain import Chain
    from ragkit.types import Answer, Citation, Hit

_ABSTAINED = 4
_PREVIEW = 240
_STAGES = ("bm25", "dense", "fused", "rerank")

Query = Annotated[
    str,
    typer.Argument(
        metavar="QUESTION", help="The question, in the language of the documents.", show_default=False
    ),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Show each stage's rank and score, and its milliseconds.")
]


def search(
    query: Query,
    index: IndexOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many passages.")] = 5,
    explain: Explain = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Find the passages that fit a question.

    Examples:

        ragkit search "strategic goals for 2022"

        ragkit search "软件包 许可证" --json
    """
    chain = _chain(query, config, index)
    hits = chain.search(query, limit=limit)
    if json:
        from ragkit.cli.shapes import SearchShape, hit_shape

        print_json(SearchShape(hits=[hit_shape(hit, chain.documents) for hit in hits]))
        return
    console = out()
    _print_hits(console, hits, chain)
    if explain:
        _print_stages(console, hits, chain)


def ask(
    query: Query,
    index: IndexOption = None,
    explain: Explain = False,
    password: Annotated[
        str | None, typer.Option(help="Password of encrypted PDFs: --json then has the boxes of quotes.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 4 when the documents do not answer.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Answer a question from the documents; every statement names its file and page.

    Examples:

        ragkit ask "What caused the accident in Hoisington?"

        ragkit ask "维护者如何提交软件包?" --json
    """
    from ragkit.highlight import with_boxes

    chain = _chain(query, config, index)
    answer = chain.ask(query)
    if json:
        from ragkit.cli.shapes import ask_shape

        print_json(ask_shape(with_boxes(answer, chain.documents, password=password), chain.documents))
    else:
        console = out()
        _print_answer(console, answer)
        if explain:
            _print_stages(console, answer.hits, chain)
            console.print(
                "  ".join(f"{stage} {ms:.1f} ms" for stage, ms in answer.timings.items()), style="dim"
            )
    if strict and answer.abstained:
        raise typer.Exit(_ABSTAINED)


def _chain(query: str, config: str | None, index: str | None) -> Chain:
    if not query.strip():
        raise typer.BadParameter("the question is empty")
    return read_config(config, index).build()


def _print_answer(console: Console, answer: Answer) -> None:
    from rich.markup import escape

    if answer.abstained:
        console.print("[yellow]The documents do not answer this.[/yellow]")
        notice(answer.reason)
        return
    citations = list(dict.fromkeys(c for sentence in answer.sentences for c in sentence.citations))
    for sentence in answer.sentences:
        marks = "".join(f"\\[{citations.index(c) + 1}]" for c in sentence.citations)
        flag = "" if sentence.verdict == "supported" else f" [yellow]({sentence.verdict})[/yellow]"
        console.print(f"{escape(answer.text[sentence.start : sentence.end])} [cyan]{marks}[/cyan]{flag}")
    console.print()
    for number, citation in enumerate(citations, start=1):
        console.print(f"[cyan]\\[{number}][/cyan] {escape(_place(citation))}")


def _place(citation: Citation) -> str:
    return f"{shown(citation.source)}, {_page(citation.page_index, citation.page_label)}"


def _page(index: int, label: str) -> str:
    """ "page 7", or "page 1 (7 of the file)" where the document numbers its pages otherwise."""
    number = str(index + 1)
    return f"page {label} ({number} of the file)" if label and label != number else f"page {number}"


def _print_hits(console: Console, hits: Sequence[Hit], chain: Chain) -> None:
    from rich.markup import escape

    if not hits:
        console.print("[yellow]No passage fits.[/yellow]")
    for number, hit in enumerate(hits, start=1):
        place = chain.documents.place(hit.chunk.document_id, hit.chunk.start)
        head = f"{shown(place.source)}, {_page(place.page_index, place.page_label)}"
        console.print(f"[bold]{number}. {escape(head)}[/bold]  [dim]{hit.score:.3f}[/dim]")
        text = " ".join(hit.chunk.text.split())
        console.print(escape(text[:_PREVIEW] + ("…" if len(text) > _PREVIEW else "")))
        console.print()


def _print_stages(console: Console, hits: Sequence[Hit], chain: Chain) -> None:
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
        place = chain.documents.place(hit.chunk.document_id, hit.chunk.start)
        cells = [cell for name in stages for cell in _cells(hit, name)]
        table.add_row(str(number), escape(f"{shown(place.source)}, p. {place.page_index + 1}"), *cells)
    console.print(table)


def _cells(hit: Hit, stage: str) -> tuple[str, str]:
    score = hit.stages.get(stage)
    return (str(score.rank), f"{score.score:.3f}") if score else ("-", "-")
