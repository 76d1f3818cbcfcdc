"""`ragkit data stats`: what files of texts hold, and what they share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.data_told import (
    FieldOption,
    exit_if_bad,
    interruptible,
    tell_bad,
    telling,
)
from ragkit.cli.options import JsonOption
from ragkit.cli.output import notice, out, print_json
from ragkit.counting import counted

if TYPE_CHECKING:
    from rich.console import Console

    from ragkit.data.statistics import FileStatistics, Leak, Statistics

_BAR = 30  # columns


def stats(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="INPUT...", help="Files as of `ragkit data clean`; several are compared."),
    ],
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Count the values of this field.")] = None,
    field: FieldOption = "text",
    threshold: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Likeness from which on texts are alike.")
    ] = 0.8,
    run: Annotated[int, typer.Option(min=3, help="Words of a run that no two files should share.")] = 13,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="A page with charts, .html.")] = None,
    fail_on_leak: Annotated[
        bool, typer.Option("--fail-on-leak", help="Exit with 1 where two files share texts or runs.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Count texts, words, languages and copies; of several files, what every two share (leakage).

    Two files leak where they hold the same texts, nearly the same ones, or runs of 13 words in common (Brown
    et al. 2020; twice as many characters of Chinese).

    Exit code 3: some lines cannot be read; each is named and left out.

    Examples:

        ragkit data stats corpus.jsonl --by source --report corpus.html

        ragkit data stats train.jsonl test.jsonl --fail-on-leak
    """
    from ragkit.data.records import TextSource
    from ragkit.data.statistics import collect, statistics_page

    opened = [TextSource.open(path, field=field) for path in sources]
    if report and (
        report.suffix.lower() != ".html" or report.resolve() in {s.path.resolve() for s in opened}
    ):
        raise typer.BadParameter(f"{report}: the page must be an .html of its own", param_hint="--report")
    with interruptible(), telling(passes=2.0 + len(opened) * (len(opened) - 1), quiet=json) as told:
        found = collect(opened, by=by, threshold=threshold, run_words=run, told=told)
    for file in found.files:
        tell_bad(file.lines)
    if report:
        from ragkit.data.writing import line_file

        with line_file(report) as page:
            page.write(statistics_page(found))
        notice(f"written: {report}")
    if json:
        from ragkit.cli.data_shapes import stats_shape

        print_json(stats_shape(found))
    else:
        _print(found)
    if fail_on_leak and any(leak.is_there for leak in found.leaks):
        raise typer.Exit(1)
    for file in found.files:
        exit_if_bad(file.lines)


def _print(found: Statistics) -> None:
    console = out()
    for file in found.files:
        _print_file(console, file)
    for leak in found.leaks:
        _print_leak(console, leak, found.run_words)


def _print_file(console: Console, file: FileStatistics) -> None:
    from ragkit.data.statistics.collecting import mixes

    console.print(str(file.path), style="bold", markup=False)
    lengths = ", ".join(
        f"{name} {file.percentile(share):,}"
        for name, share in (("5 %", 0.05), ("median", 0.5), ("95 %", 0.95), ("longest", 1.0))
    )
    console.print(
        f"  {counted(file.texts, 'text')}, {file.empty:,} empty; {file.words:,} words, "
        f"{file.characters:,} characters",
        markup=False,
    )
    console.print(f"  words of a text: {lengths}", markup=False)
    most = max((texts for *_, texts in file.bins()), default=0)
    for low, high, texts in file.bins():
        bar = "█" * round(_BAR * texts / most) if most else ""
        name = f"{low:,}" if high - low <= 1 else f"{low:,}-{high - 1:,}"
        console.print(f"    {name:>17} {bar:{_BAR}} {texts:,}", markup=False)
    console.print(f"  languages: {_shares(dict(file.languages.most_common(8)), file.texts)}", markup=False)
    if mix := mixes(file):
        console.print(f"  mix: {_shares(mix, file.texts)}", markup=False)
    console.print(f"  copies: {file.same:,} the same, {file.alike:,} nearly so", markup=False)


def _shares(counts: dict[str, int] | object, whole: int) -> str:
    assert isinstance(counts, dict)
    return ", ".join(
        f"{name or 'none'} {count:,} ({count / max(1, whole):.1%})" for name, count in counts.items()
    )


def _print_leak(console: Console, leak: Leak, run_words: int) -> None:
    console.print(f"{leak.one} and {leak.other}", style="bold red" if leak.is_there else "bold", markup=False)
    for name, pair in (
        ("the same", leak.same),
        ("the same or nearly so", leak.alike),
        (f"with runs of {run_words} words in common", (leak.runs.one, leak.runs.other)),
    ):
        console.print(
            f"  {name}: {counted(pair[0], 'text')} of the one, {pair[1]:,} of the other", markup=False
        )
    for one in leak.runs.examples:
        console.print(f"    line {one.one_line} and line {one.other_line}: {one.run}", markup=False)
