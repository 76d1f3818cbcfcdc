"""Commands that ask: `search` and `ask`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.adapting import AdapterOption, with_adapter
from ragkit.cli.answers import (
    notify,
    print_answer,
    print_judgement,
    print_prompt,
    print_usage,
    tell_where_it_goes,
)
from ragkit.cli.mending import mending
from ragkit.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    LiteralOption,
    ShowPromptOption,
    read_config,
)
from ragkit.cli.output import drafting, out, print_json, shown_while_written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from ragkit.chain import Chain
    from ragkit.config import Config

_ABSTAINED = 4
_PASSAGES = 5
_BATCH_DEPTH = 100

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
    query: Annotated[
        str | None, typer.Argument(metavar="QUESTION", help="The question.", show_default=False)
    ] = None,
    index: IndexOption = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", "-n", "-k", min=1, help="How many passages (5), or documents of a batch (100)."
        ),
    ] = None,
    explain: Explain = False,
    literal: LiteralOption = False,
    queries: Annotated[
        Path | None,
        typer.Option(
            help="Many questions: .jsonl or .csv with id and text, or lines of id, tab, text.",
            show_default=False,
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(help="Where the TREC run of --queries goes; - is stdout.", show_default=False),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Find the passages that fit a question, or the documents for each of many.

    With --queries, each document counts once, by its best passage. Its name is the id of its row
    (of a .jsonl, .csv or .tsv file), else its path.

    Examples:

        ragkit search "strategic goals for 2022"

        ragkit search "软件包 许可证" --json

        ragkit search --queries queries.jsonl --run out.trec -k 100
    """
    if files := _batch(query, queries, run, explain=explain, json=json):
        from ragkit.cli.batching import search_batch

        search_batch(read_config(config, index), *files, limit=limit or _BATCH_DEPTH, json=json)
        return
    from ragkit.models.scripts import whole

    query = whole(query or "")
    settings = read_config(config, index)
    chain = _chain(query, settings, config)
    found = chain.find(query, limit=limit or _PASSAGES, literal=literal)
    notify(found.notices)
    if json:
        from ragkit.cli.answer_shapes import SearchShape, hit_shape

        hits = [hit_shape(hit, chain.documents) for hit in found.hits]
        print_json(SearchShape(hits=hits, notices=list(found.notices)))
        return
    from ragkit.cli.passages import print_hits, print_stages

    console = out()
    print_hits(console, found, chain.documents, settings.analyzer.build())
    if explain:
        print_stages(console, found.hits, chain.documents)
        _print_timings(console, found.timings)


def _batch(
    query: str | None, queries: Path | None, run: Path | None, *, explain: bool, json: bool
) -> tuple[Path, Path] | None:
    """The questions' file and the run's, or None for one question; else a usage error."""
    if queries is None and run is None:
        if query is None:
            raise typer.BadParameter("a question is wanted, or --queries FILE --run FILE for many")
        return None
    if queries is None or run is None:
        raise typer.BadParameter("--queries FILE and --run FILE belong together (--run - for stdout)")
    if query is not None:
        raise typer.BadParameter(f"a question ({query!r:.40}) and --queries {queries}: give one of the two")
    if not queries.exists():
        raise typer.BadParameter(f"path {str(queries)!r} does not exist", param_hint="--queries")
    if explain or (json and str(run) == "-"):
        raise typer.BadParameter("--explain is for one question, and --json for a run that goes to a file")
    return queries, run


def ask(
    query: Query,
    index: IndexOption = None,
    explain: Explain = False,
    literal: LiteralOption = False,
    password: Annotated[
        str | None, typer.Option(help="Password of encrypted PDFs: --json then has the boxes of quotes.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 4 when the documents do not answer.")
    ] = False,
    show_prompt: ShowPromptOption = False,
    trace: Annotated[
        bool,
        typer.Option("--trace", help="Show how likely each written token was, and which passage it is from."),
    ] = False,
    adapter: AdapterOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Answer a question from the documents; every statement names its file and page.

    Examples:

        ragkit ask "What caused the wheels-up landing at Muscle Shoals?"

        ragkit ask "赛里木湖的鱼是什么时候引进的？" --json

        ragkit ask "What caused the wheels-up landing at Muscle Shoals?" --config local --show-prompt

        ragkit ask "What caused the wheels-up landing at Muscle Shoals?" --config local --trace
    """
    from ragkit.highlight import with_boxes
    from ragkit.models.scripts import whole

    query = whole(query)
    settings = with_adapter(read_config(config, index), adapter)
    if trace:
        from ragkit.cli.tracing import print_trace, with_trace

        settings = with_trace(settings)
    chain = _chain(query, settings, config)
    told = tell_where_it_goes(settings)
    with drafting() as show:
        answer = shown_while_written(chain.stream(query, literal=literal), show)
    if show_prompt:
        print_prompt(answer)
    notify(answer.notices, told=told)
    if json:
        from ragkit.cli.answer_shapes import ask_shape

        print_json(ask_shape(with_boxes(answer, chain.documents, password=password), chain.documents))
    else:
        console = out()
        print_answer(console, answer, chain.documents)
        if answer.usage:
            print_usage(console, answer.usage)
        if trace:
            print_trace(console, answer.trace, answer.prompt)
        if explain:
            from ragkit.cli.passages import print_stages

            print_judgement(console, answer.judgement)
            print_stages(console, answer.hits, chain.documents)
            _print_timings(console, answer.timings)
    if strict and answer.abstained:
        raise typer.Exit(_ABSTAINED)


def _print_timings(console: Console, timings: Mapping[str, float]) -> None:
    console.print("  ".join(f"{stage} {ms:.1f} ms" for stage, ms in timings.items()), style="dim")


def _chain(query: str, settings: Config, config: str | None) -> Chain:
    if not query.strip():
        raise typer.BadParameter("the question is empty")
    with mending(settings, config):
        return settings.build(soon=query)
