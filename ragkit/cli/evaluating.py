"""`ragkit eval`: golden questions through the chain, and the gate that says no to a worse one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.answers import tell_where_it_goes
from ragkit.cli.eval_told import FailUnderOption, MaxDropOption, ReportOption, Told, check_reports, read_gate
from ragkit.cli.mending import mending
from ragkit.cli.options import IndexOption, JsonOption, option, read_config
from ragkit.cli.output import counting, notice
from ragkit.counting import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.config import Config
    from ragkit.evaluation import Measure, Question, Run

eval_app = typer.Typer(invoke_without_command=True)
ChainOption = Annotated[
    str | None,
    typer.Option("--chain", "--config", "--preset", "-c", help="YAML file or preset, as for `ask`."),
]
GoldenOption = Annotated[Path, typer.Option("--golden", "-g", help="JSONL of questions with their evidence.")]
DEMO = Path("corpora/golden/demo.jsonl")
RUNS = Path("runs/eval")


@eval_app.callback()
def evaluate(
    context: typer.Context,
    golden: GoldenOption = DEMO,
    measures: Annotated[
        list[str] | None,
        typer.Option(
            "--measure", "-m", metavar="NAME", help="nDCG@10, PageR@5, SpanIoU@5, F1, ... Repeatable."
        ),
    ] = None,
    search_only: Annotated[bool, typer.Option("--search-only", help="Search, and answer nothing.")] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only N of the questions, always the same.")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="A stored run; a significant drop against it is an error."),
    ] = None,
    fail_under: FailUnderOption = None,
    max_drop: MaxDropOption = None,
    save: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Where the run is stored. Default: a file in runs/eval/."),
    ] = None,
    report: ReportOption = None,
    misses: Annotated[
        bool,
        typer.Option(
            "--misses", help="List what went wrong: no evidence in the first five, no accepted answer, ..."
        ),
    ] = False,
    index: IndexOption = None,
    chain: ChainOption = None,
    json: JsonOption = False,
) -> None:
    """Ask golden questions, measure what is found and said, and hold it against an earlier run.

    Exit code 1: the run is significantly worse than the baseline, or under a limit.

    Examples:

        ragkit eval --index demo --golden corpora/golden/demo.jsonl --misses

        ragkit eval --save runs/main.json

        ragkit eval --chain mine.yaml --baseline runs/main.json --max-drop R@5=0.02 --report pr.md
    """
    if context.invoked_subcommand:
        return
    parsed = _measures(measures, search_only=search_only)
    names = [measure.name for measure in parsed]
    gate = read_gate(fail_under, max_drop, names, add="; add --measure {}")
    if max_drop and not baseline:
        raise typer.BadParameter("needs --baseline RUN, against which it fell", param_hint="--max-drop")
    from ragkit.evaluation.records import check_run_place

    before = _baseline(baseline)
    check_reports(report or [], others={"--save": save, "--baseline": baseline, "--golden": golden})
    if save and baseline and save.resolve() == baseline.resolve():
        raise typer.BadParameter(
            "is the baseline: a worse run would take its place. Name another file", param_hint="--save"
        )
    with option("--save"):
        check_run_place(save or RUNS / "run.json")
    run = _run(golden, read_config(chain, index), parsed, chain=chain, sample=sample)
    stored = _stored(run, save)
    _tell_missing(run)
    told = Told(run=run, baseline=before, gate=gate, stored=stored)
    told.print_object() if json else told.print(misses=misses)
    told.write(report or [])
    if not json:
        notice(f"stored: {stored}")
    told.exit()


def _run(
    golden: Path, settings: Config, measures: Sequence[Measure], *, chain: str | None, sample: int | None
) -> Run:
    from ragkit.evaluation import evaluate as run
    from ragkit.evaluation import read_golden

    questions = sampled(read_golden(golden), sample)
    with mending(settings, chain):
        built = settings.build()
    tell_where_it_goes(settings)
    asked = 0

    def count(done: int, total: int) -> None:
        nonlocal asked
        asked = done
        progress(done, total)

    try:
        with counting("asking") as progress:
            return run(
                built, questions, measures=measures, config=settings, golden=str(golden), progress=count
            )
    except KeyboardInterrupt:
        notice(f"interrupted after {asked} of {counted(len(questions), 'question')}: no run is stored")
        raise


def sampled(questions: list[Question], count: int | None) -> list[Question]:
    """Some of the questions, chosen by their ids alone, in their order."""
    from hashlib import sha256

    if count is None or count >= len(questions):
        return questions
    chosen = sorted(questions, key=lambda one: sha256(one.id.encode()).digest())[:count]
    names = {one.id for one in chosen}
    return [one for one in questions if one.id in names]


def _measures(names: Sequence[str] | None, *, search_only: bool) -> list[Measure]:
    from ragkit.evaluation import DEFAULT_ANSWERS, DEFAULT_MEASURES, parse_measure
    from ragkit.evaluation.measures import needs_generator

    chosen = names or (DEFAULT_MEASURES if search_only else (*DEFAULT_MEASURES, *DEFAULT_ANSWERS))
    with option("--measure"):
        parsed = [parse_measure(name) for name in dict.fromkeys(chosen)]
    asked = [one.name for one in parsed if needs_generator([one])]
    if search_only and asked:
        raise typer.BadParameter(
            f"{', '.join(asked)}: measured on answers, and none are asked for", param_hint="--search-only"
        )
    return parsed


def _baseline(path: Path | None) -> Run | None:
    """Read before anything is asked, so that a wrong path costs no time."""
    from ragkit.evaluation import read_run

    with option("--baseline"):
        return read_run(path) if path else None


def _stored(run: Run, save: Path | None) -> Path:
    from ragkit.evaluation import write_run

    moment = run.made.created.replace(":", "").removesuffix("+0000")
    path = save or RUNS / f"{moment}-{run.made.golden_hash[:6]}.json"
    write_run(run, path)
    return path


def _tell_missing(run: Run) -> None:
    """Evidence that no chain could find."""
    missing = [one.id for one in run.questions if not all(place.known for place in one.evidence)]
    if missing:
        notice(
            f"{counted(len(missing), 'question')} with quotes that do not stand in this index "
            f"({', '.join(missing[:5])}{', ...' if len(missing) > 5 else ''}): see `ragkit eval check`"
        )
