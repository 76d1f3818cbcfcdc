"""`ragkit eval check` and `import`: golden sets that fit their documents, and judged sets of others."""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.evaluating import DEMO, ChainOption, GoldenOption
from ragkit.cli.options import IndexOption, JsonOption, open_to_read, shown
from ragkit.cli.output import counting, notice, out, print_json
from ragkit.counting import counted

if TYPE_CHECKING:
    from rich.console import Console

    from ragkit.evaluation.checking import CheckedGolden, GoldenProblem
    from ragkit.evaluation.importing import Imported

_SOME_FAILED = 3
_MOST_NAMED = 10
_SHOWN_TEXT = 200


def check(
    golden: GoldenOption = DEMO,
    index: IndexOption = None,
    chain: ChainOption = None,
    json: JsonOption = False,
) -> None:
    """Look every quote of a golden set up in the documents, on the page that is named.

    For what is missing it names the nearest thing: another page, another document, similar words, similar
    names. Questions that stand there twice, and answers that stand nowhere near their evidence, are noted.

    Exit code 1: evidence is missing, so that no chain could find it.

    Examples:

        ragkit eval check

        ragkit eval check --golden contracts.jsonl --index contracts
    """
    from ragkit.evaluation import read_golden
    from ragkit.evaluation.checking import check_golden

    questions = read_golden(golden)
    with open_to_read(chain, index) as opened, counting("checking") as progress:
        checked = check_golden(opened, questions, progress=progress)
    if json:
        from ragkit.cli.golden_shapes import check_shape

        print_json(check_shape(checked))
    else:
        _print_checked(checked)
    if checked.missing:
        raise typer.Exit(1)


def _print_checked(checked: CheckedGolden) -> None:
    console = out()
    for problem in checked.problems:
        _print_problem(console, problem)
    missing, notes = len(checked.missing), len(checked.problems) - len(checked.missing)
    found = f"{missing} missing" if missing else "all found"
    noted = f", {counted(notes, 'note')}" if notes else ""
    counts = f"{counted(checked.questions, 'question')}, {counted(checked.evidence, 'piece')} of evidence"
    console.print(f"{counts}: {found}{noted}", markup=False)


def _print_problem(console: Console, problem: GoldenProblem) -> None:
    place = "" if problem.evidence is None else f", evidence {problem.evidence + 1}"
    mark = "missing" if problem.is_missing else "note"
    console.print(f"{problem.question}{place}: {mark}: {problem.said}", markup=False)
    for near in problem.nearest:
        page = f", page {near.page}" if near.page else ""
        like = f" ({near.ratio:.0%} alike)" if near.ratio < 1.0 else ""
        text = " ".join(near.text.split())
        said = f": {text[:_SHOWN_TEXT]}{'…' * (len(text) > _SHOWN_TEXT)}" if text else ""
        console.print(f"    nearest: {shown(near.source)}{page}{like}{said}", markup=False)


def import_set(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE", help="A BEIR-style folder, SQuAD-style .json or .jsonl, or a .csv of questions."
        ),
    ],
    folder: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the two files are written.")
    ],
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of a BEIR-style folder: qrels/NAME.tsv. Default: test."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the files if they are there.")] = False,
    json: JsonOption = False,
) -> None:
    """Turn a judged set into corpus.jsonl, which `ragkit index` reads, and golden.jsonl.

    BEIR: corpus.jsonl, queries.jsonl and qrels; evidence is whole documents. SQuAD 1.1 and 2.0, XQuAD, CMRC,
    DRCD: contexts become documents, the sentences of answers become quotes. A .csv or .tsv has columns such
    as question, answer, source, page, quote (or 问题, 答案, 来源, 页码, 原文) about documents of your own.

    Exit code 3: some rows cannot be used; each is named.

    Examples:

        ragkit eval import beir/scifact --out sets/scifact

        ragkit eval import dev-v2.0.json --out sets/squad

        ragkit eval import questions.csv --out sets/contracts
    """
    from rich.console import Console

    from ragkit.evaluation.importing import import_golden

    console = Console(stderr=True)
    status = console.status(f"reading {source}")
    with status if console.is_terminal else nullcontext():
        imported = import_golden(
            source,
            folder,
            split=split,
            overwrite=force,
            told=lambda documents: status.update(f"{documents:,} documents"),
        )
    for one in imported.reasons[:_MOST_NAMED]:
        notice(f"left out  {one}")
    if imported.unusable > _MOST_NAMED:
        notice(f"left out  {imported.unusable - _MOST_NAMED:,} more (--json names them)")
    if json:
        from ragkit.cli.golden_shapes import import_shape

        print_json(import_shape(imported))
    else:
        _print_imported(imported)
    if imported.unusable:
        raise typer.Exit(_SOME_FAILED)


def _print_imported(imported: Imported) -> None:
    console = out()
    if imported.corpus:
        console.print(f"{counted(imported.documents, 'document')}: {imported.corpus}", markup=False)
    without = f", {imported.unanswerable:,} of them not answered" if imported.unanswerable else ""
    console.print(f"{counted(imported.questions, 'question')}{without}: {imported.golden}", markup=False)
    name = imported.golden.absolute().parent.name
    golden = ["--golden", str(imported.golden), "--index", name]
    index = ["ragkit", "index", str(imported.corpus or "YOUR-DOCUMENTS"), "--index", name]
    console.print("Next:")
    for words in (index, ["ragkit", "eval", "check", *golden], ["ragkit", "eval", *golden]):
        console.print(f"    {shlex.join(words)}", markup=False)
