"""`ragkit eval ragas`: answers judged by a language model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.answers import notify, tell_where_it_goes
from ragkit.cli.evaluating import DEMO, ChainOption, GoldenOption, sampled
from ragkit.cli.mending import mending
from ragkit.cli.options import IndexOption, JsonOption, option, read_config
from ragkit.cli.output import counting, notice, out, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.config import Config
    from ragkit.evaluation import Question
    from ragkit.evaluation.judges import Case, Judged, Judging
    from ragkit.models.remote_settings import Server

_NONE_JUDGED, _SOME_FAILED, _INTERRUPTED = 1, 3, 130
MetricOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        "-m",
        metavar="NAME",
        help="faithfulness, answer_relevancy, context_precision, context_recall. Repeatable.",
    ),
]


def judge_by_ragas(
    golden: GoldenOption = DEMO,
    judge: Annotated[
        str, typer.Option(metavar="NAME", help="chain (its own model), a preset, or YAML of a generator.")
    ] = "chain",
    metrics: MetricOption = None,
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only N of the questions, always the same.")
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="From where on an answer counts as faithful.")
    ] = 0.5,
    judge_tokens: Annotated[
        int, typer.Option(min=64, metavar="N", help="The most tokens of one reply of the judge.")
    ] = 1024,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Store all of it as JSON, passages too.")
    ] = None,
    show: Annotated[int, typer.Option(min=0, metavar="N", help="List so many failures.")] = 10,
    index: IndexOption = None,
    chain: ChainOption = None,
    json: JsonOption = False,
) -> None:
    """Ask golden questions, and have a language model judge answers and passages by the metrics of ragas.

    What cannot be judged is listed with its reason, and is in no mean. The judge's faithfulness is held
    against the verdicts of the chain's verifier. Exit code 3: some could not be judged; 1: nothing was.

    Examples:

        ragkit eval ragas --chain openai --sample 20

        ragkit eval ragas --judge judge.yaml --metric faithfulness --metric context_recall --save judged.json
    """
    from ragkit.evaluation import read_golden
    from ragkit.evaluation.files import check_place
    from ragkit.evaluation.judges import judge_config, judging_by, require_ragas, write_judged

    settings = read_config(chain, index)
    questions = sampled(read_golden(golden), sample)
    judges = judge_config(judge, settings)
    with option("--metric"):
        judging = judging_by(judges, metrics=metrics, most_tokens=judge_tokens, threshold=threshold)
    if save:
        with option("--save"):
            check_place(save)
    require_ragas()
    _announce(settings, judges, judging, questions)
    cases = _cases(settings, chain, questions)
    with counting("judging") as progress:
        judged = judging.judge(cases, config=_noted(settings, judges), golden=str(golden), progress=progress)
    if save:
        write_judged(judged, save)
    _tell(judged, save, show=show, json=json)


def _announce(settings: Config, judges: Config, judging: Judging, questions: Sequence[Question]) -> None:
    """Where texts go, and how often the judge will be asked, before anything is sent."""
    from ragkit.evaluation.judges import prompts_in

    told, server = tell_where_it_goes(settings), _server(judges)
    notify([server.notice] if server and server.notice else [], told=told)
    most = sum(
        judging.most_requests(referred=bool(one.answers or one.evidence), passages=settings.limit)
        for one in questions
    )
    name = f"{judging.replies.name}{f' at {server.host}' if server else ''}"
    notice(
        f"{name} judges {len(questions)} questions with their answers, accepted answers and passages: up to "
        f"{most} requests, more where a reply does not fit"
    )
    for language, prompts in prompts_in(one.language for one in questions).items():
        notice(f"prompts for {language}: {prompts}")


def _server(judges: Config) -> Server | None:
    from ragkit.models.remote_settings import RemoteSettings

    return judges.generator.server() if isinstance(judges.generator, RemoteSettings) else None


def _cases(settings: Config, chain: str | None, questions: Sequence[Question]) -> list[Case]:
    from ragkit.evaluation.judges import ask_cases

    with mending(settings, chain):
        built = settings.build()
    with counting("asking") as progress:
        return ask_cases(built, questions, orders=settings.orders, progress=progress)


def _noted(settings: Config, judges: Config) -> Mapping[str, object]:
    """The settings of both, as JSON."""
    return {
        "chain": settings.model_dump(mode="json"),
        "judge": judges.generator.model_dump(mode="json"),
    }


def _tell(judged: Judged, save: Path | None, *, show: int, json: bool) -> None:
    from ragkit.cli.judging_told import judged_shape, print_judged

    for line in judged.notices:
        notice(line)
    if json:
        print_json(judged_shape(judged))
    else:
        print_judged(out(), judged, most=show)
    if save:
        notice(f"stored: {save}")
    if judged.stopped:
        notice("Interrupted: the rest was not judged.")
        raise typer.Exit(_INTERRUPTED)
    if not judged.values:
        notice("nothing was judged")
        raise typer.Exit(_NONE_JUDGED)
    if judged.failures:
        raise typer.Exit(_SOME_FAILED)
