"""Commands that look at an index: `list`, `show`, `stats`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.options import ConfigOption, IndexOption, JsonOption, find_document, open_to_read, shown
from ragkit.cli.output import counting, out, print_json, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.types import Chunk, Document, DocumentSummary


def list_documents(index: IndexOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the documents of an index.

    Example:

        ragkit list --index contracts
    """
    with open_to_read(config, index) as opened:
        documents = opened.documents()
    if json:
        from ragkit.cli.shapes import ListShape, document_shape

        print_json(ListShape(documents=[document_shape(document) for document in documents]))
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, side in (
        ("id", "left"),
        ("pages", "right"),
        ("chunks", "right"),
        ("lang", "left"),
        ("document", "left"),
    ):
        table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]  # a literal of rich
    for document in documents:
        also = "".join(f"\n= {shown(source)}" for source in document.sources[1:])
        name = escape(shown(document.sources[0]) + also)
        table.add_row(document.id[:12], str(document.pages), str(document.chunks), document.language, name)
    out().print(table)


def show(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="Path, end of a path, or id.")],
    index: IndexOption = None,
    page: Annotated[int | None, typer.Option(min=1, help="Print this page's text, counted from 1.")] = None,
    chunks: Annotated[
        bool, typer.Option("--chunks", help="Print the passages as they are searched.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what an index knows of a document.

    Examples:

        ragkit show GSA2022.pdf

        ragkit show GSA2022.pdf --page 3 --json
    """
    with open_to_read(config, index) as opened:
        summary = find_document(opened, document)
        whole = opened.document(summary.id)
        passages = opened.chunks(summary.id) if chunks else []
    if page is not None and page > len(whole.pages):
        raise typer.BadParameter(f"page {page}: the document has {len(whole.pages)} pages")
    if page is not None:
        _show_page(whole, page - 1, json=json)
    elif chunks:
        _show_chunks(passages, json=json)
    else:
        _show_summary(summary, whole.metadata, json=json)


def _show_page(document: Document, index: int, *, json: bool) -> None:
    from ragkit.cli.shapes import page_shape

    shape = page_shape(document, index)
    if json:
        print_json(shape)
    else:
        say(shape.page.text)


def _show_chunks(chunks: Sequence[Chunk], *, json: bool) -> None:
    from rich.markup import escape

    if json:
        from ragkit.cli.shapes import chunks_shape

        print_json(chunks_shape(chunks))
        return
    console = out()
    for chunk in chunks:
        console.print(f"[bold]{chunk.start}-{chunk.end}[/bold] [dim]{escape(chunk.heading)}[/dim]")
        console.print(chunk.text.strip() + "\n", markup=False)


def _show_summary(summary: DocumentSummary, metadata: Mapping[str, str], *, json: bool) -> None:
    from rich.markup import escape

    if json:
        from ragkit.cli.shapes import document_shape

        print_json(document_shape(summary))
        return
    console = out()
    facts = {
        "id": summary.id,
        "paths": "\n       ".join(shown(source) for source in summary.sources),
        "title": summary.title or "-",
        "lang": summary.language or "-",
        "size": f"{summary.pages} pages, {summary.characters:,} characters, {summary.chunks} chunks",
        **metadata,
    }
    for name, value in facts.items():
        console.print(f"[bold]{escape(name)}[/bold]  {escape(value)}")
    for warning in summary.warnings:
        console.print(f"[yellow]warning[/yellow]  {escape(warning)}")


def stats(
    index: IndexOption = None,
    recall: Annotated[
        bool,
        typer.Option("--recall", help="Measure how many of the 10 nearest vectors the dense search finds."),
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Print the sizes and settings of an index.

    With --recall, the 10 nearest of 100 stored vectors are looked for by reading every vector, and by
    the search: the share of them that the search finds is printed.

    Examples:

        ragkit stats

        ragkit stats --recall --index contracts
    """
    import json as json_module

    with open_to_read(config, index) as opened:
        facts = {"index": shown(str(opened.path.absolute()))} | asdict(opened.statistics())
        facts["dense_kind"] = opened.dense_kind
        facts["settings"] = asdict(opened.settings)
        if recall:
            with counting("measuring recall") as progress:
                facts["recall_at_10"] = round(opened.recall(progress=progress), 4)
    if json:
        say(json_module.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        shown_value = f"{value / 1e6:.1f} MB" if name.endswith("_bytes") else value
        if isinstance(value, dict):
            shown_value = "\n" + "\n".join(f"    {key}: {item}" for key, item in value.items())
        say(f"{name.replace('_bytes', ' size')}: {shown_value}")
