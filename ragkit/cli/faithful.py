"""`ragkit eval faithfulness`: which sentences of answers stand in their contexts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.evaluating import ChainOption
from ragkit.cli.options import IndexOption, JsonOption, open_to_read, option, read_config
from ragkit.cli.output import counting, out, print_json
from ragkit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ragkit.evaluation import CheckedAnswer, Faithfulness, GivenAnswer
    from ragkit.stages import Verifier
    from ragkit.types import Sentence


def faithfulness(
    answers: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSONL of answer and contexts, or a run that is stored.")
    ],
    verifier: Annotated[
        str | None,
        typer.Option(metavar="TYPE", help="lexical_semantic, trained, ... Default: the chain's own."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N answers.")] = None,
    show: Annotated[
        int, typer.Option(min=0, metavar="N", help="List so many sentences that are not supported.")
    ] = 10,
    index: IndexOption = None,
    chain: ChainOption = None,
    json: JsonOption = False,
) -> None:
    """Judge every sentence of answers by what their contexts say; no language model is asked.

    A line of FILE has `answer`, `contexts` (or `context`), and if it is known `label` (1: every statement is
    supported); with labels it is told how well the verifier finds them. Of a stored run the passages are read
    from the index.

    Examples:

        ragkit eval faithfulness answers.jsonl --verifier lexical_semantic

        ragkit eval faithfulness runs/main.json --index contracts --json
    """
    from ragkit.evaluation import check_answers, summarise_faithfulness

    given = _read(answers, chain, index)[:limit]
    built = _verifier(chain, verifier)
    with counting("checking") as progress:
        checked = check_answers(given, built, progress=progress)
    summary = summarise_faithfulness(checked)
    if json:
        from ragkit.cli.eval_shapes import faithfulness_shape

        print_json(faithfulness_shape(summary, checked))
        return
    console = out()
    _print_summary(console, summary)
    _print_unsupported(console, checked, show)


def _read(path: Path, chain: str | None, index: str | None) -> Sequence[GivenAnswer]:
    from ragkit.evaluation import answers_of, read_answers, read_run

    if path.suffix != ".json":
        return read_answers(path)
    run = read_run(path)
    with open_to_read(chain, index) as opened:
        given = answers_of(run, opened)
    if not given:
        raise ConfigError(
            f"{path} holds no answer whose passages stand in this index: name the index with --index, and "
            f"store the run without --search-only"
        )
    return given


def _verifier(chain: str | None, name: str | None) -> Verifier:
    """That of the chain, or another with its own settings by default. Raises `ConfigError`."""
    from ragkit.config import parse_config

    if name is None:
        return read_config(chain, None).verifier.build()
    with option("--verifier"):
        return parse_config(f"verifier: {{type: {name}}}", name="--verifier").verifier.build()


def _print_summary(console: Console, summary: Faithfulness) -> None:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(summary.verdicts.items()))
    console.print(
        f"{summary.answers} answers, {100 * summary.faithful:.1f} % with every sentence supported",
        markup=False,
    )
    console.print(f"{summary.sentences} sentences: {counts}", markup=False)
    if found := summary.decisions:
        console.print(
            f"of {found.count} labelled answers: AUROC {found.auroc:.3f}, balanced accuracy "
            f"{found.balanced_accuracy:.3f}, precision {found.precision:.3f}, recall {found.recall:.3f}, "
            f"F1 {found.f1:.3f}",
            markup=False,
        )
        console.print(
            f"said to be faithful: {found.true_yes} rightly, {found.false_yes} wrongly; "
            f"said not to be: {found.true_no} rightly, {found.false_no} wrongly",
            markup=False,
        )


def _print_unsupported(console: Console, checked: Sequence[CheckedAnswer], most: int) -> None:
    rows = [(one, s) for one in checked for s in one.draft.sentences if s.verdict != "supported"]
    for one, sentence in rows[:most]:
        console.print()
        said = one.draft.text[sentence.start : sentence.end].strip()
        console.print(f"{one.given.id}  {sentence.verdict} ({sentence.support:.2f}): {said}", markup=False)
        console.print(f"    {_evidence(sentence)}", markup=False)
    if len(rows) > most > 0:
        console.print(f"\n... and {len(rows) - most} more: --show {len(rows)}, or --json", markup=False)


def _evidence(sentence: Sentence) -> str:
    if not sentence.citations:
        return "nothing in the contexts says it"
    first = sentence.citations[0]
    place = f"context {int(first.document_id) + 1}, characters {first.start} to {first.end}"
    return f"nearest: {place}: {first.quote}"
