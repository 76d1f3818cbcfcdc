"""A sweep finds what was planted, shares what it can, goes on where it was stopped, and proves its winner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from corpus import write_old
from sweep_towns import CUT, PLANTED, swept, told, write_towns

from ragkit.config import load_config, parse_config
from ragkit.embedders import HashingConfig
from ragkit.errors import ConfigError, IndexLocked
from ragkit.evaluation import Evidence, Question, compare, parse_measure
from ragkit.evaluation.judging import Judge
from ragkit.evaluation.measures import scores
from ragkit.evaluation.sweep import (
    SweepOptions,
    chain_yaml,
    figures,
    open_sweep,
    parse_space,
    proof,
    write_best,
)


@pytest.fixture
def golden(tmp_path: Path) -> list[Question]:
    """Three questions about each of eight towns, whose files lie in the folder `files`."""
    return write_towns(tmp_path / "files")


def test_the_best_is_found_and_what_breaks_retrieval_never_wins(
    tmp_path: Path, golden: list[Question]
) -> None:
    result = swept(tmp_path, golden)
    scored = [(one.score.mean, one.settings) for one in result.trials if one.score]
    assert [dict(settings) for mean, settings in scored if mean < 0.9] == [
        {},
        {**CUT, "embedder.dimension": 2, "retriever": {"type": "dense"}},
        {**CUT, "embedder.dimension": 24, "retriever": {"type": "dense"}},
    ]
    assert result.best and result.best.score
    assert result.best.score.mean == max(mean for mean, _ in scored) > 0.9
    assert result.best.settings["retriever"] == {"type": "bm25"}
    assert result.change and result.change.verdict == "better"
    assert result.effects[0].setting == "retriever"


def test_every_figure_is_that_of_the_chain_built_by_hand(tmp_path: Path, golden: list[Question]) -> None:
    result = swept(tmp_path, golden, held_out=0.25, measure="nDCG@3")
    measure = parse_measure("nDCG@3")
    for trial in result.trials:
        chain = load_config("default").model_dump(mode="json") | {
            "index": str(tmp_path / f"by-hand-{trial.number}"),
            "chunker": trial.settings.get("chunker", {"type": "markdown"}),
            "embedder": {"type": "hashing", "dimension": trial.settings.get("embedder.dimension", 2)},
            "retriever": trial.settings.get("retriever", {"type": "dense"}),
        }
        config = parse_config(json.dumps(chain), name="by hand")
        with (ingest := config.build_ingest()).index:
            ingest.run([tmp_path / "files"])
        built = config.build()
        asked = [one for one in golden if one.id in trial.values]
        assert len(asked) == 18
        judge = Judge(built.documents)
        judged = [judge.judge(one, built.search(one.question)) for one in asked]
        expected = {id_: values["nDCG@3"] for id_, values in scores([measure], judged).items()}
        assert trial.values == expected


@pytest.mark.parametrize("stop_after", [1, 3])
def test_an_interrupted_sweep_ends_as_one_that_was_not(
    tmp_path: Path, golden: list[Question], stop_after: int
) -> None:
    with pytest.raises(KeyboardInterrupt):
        swept(tmp_path, golden, stop_after=stop_after)
    ledger = tmp_path / "sweep/trials.jsonl"
    kept = ledger.read_text(encoding="utf-8")
    assert kept.count("\n") == 1 + stop_after
    ledger.write_text(kept + '{"key": "torn by a cra', encoding="utf-8")
    resumed, whole = swept(tmp_path, golden), swept(tmp_path, golden, folder="whole")
    assert ledger.read_text(encoding="utf-8").startswith(kept)
    assert resumed.trials == swept(tmp_path, golden).trials  # not even the line after the torn one is lost
    assert told(resumed) == told(whole)
    assert resumed.best and whole.best and resumed.best.key == whole.best.key
    assert resumed.comparison and whole.comparison
    assert resumed.comparison.changes == whole.comparison.changes


def test_a_changed_space_or_golden_set_begins_anew_and_says_why(
    tmp_path: Path, golden: list[Question]
) -> None:
    where = {"folder": tmp_path / "sweep", "documents": [tmp_path / "files"]}
    space = parse_space("space: {embedder.type: [hashing], candidates: [20, 30]}", name="s")
    swept(tmp_path, golden, space)
    with open_sweep(space, golden, **where) as ready:
        assert (ready.done, len(ready.trials), ready.begun_anew) == (3, 3, ())
    with open_sweep(space, golden, **where, options=SweepOptions(budget_ms=1)) as ready:
        assert (ready.done, ready.begun_anew) == (3, ())
    with open_sweep(space, golden, **where, options=SweepOptions(fresh=True)) as ready:
        assert (ready.done, ready.begun_anew) == (0, ())
    with open_sweep(space, golden[1:], **where) as ready:
        assert (ready.done, ready.begun_anew) == (0, ("the golden questions",))
    other = parse_space("space: {embedder.type: [hashing], candidates: [20, 31]}", name="s")
    with open_sweep(other, golden[1:], **where) as ready:
        assert ready.begun_anew == ("the space",)
    write_old(tmp_path / "files/arden.md", "# Arden\n\nNothing is left of it.")
    with open_sweep(other, golden[1:], **where) as ready:
        assert ready.begun_anew == ("the documents",)
        assert ready.unknown == ["Arden-1", "Arden-2"]


def test_more_trials_go_on_from_those_of_fewer(tmp_path: Path, golden: list[Question]) -> None:
    drawn = "{chain: {embedder: {type: hashing}}, space: {retriever.dense_weight: {low: 0.0, high: 1.0}}}"
    swept(tmp_path, golden, drawn, trials=2)
    space = parse_space(drawn, name="s")
    more = SweepOptions(trials=4)
    with open_sweep(
        space, golden, folder=tmp_path / "sweep", documents=[tmp_path / "files"], options=more
    ) as ready:
        assert (ready.done, len(ready.trials)) == (3, 5)


def test_a_trial_that_fails_is_told_and_tried_again_the_next_time(
    tmp_path: Path, golden: list[Question], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    failing = (
        PLANTED + f"  reranker: [{{type: keep_order}}, {{type: cross_encoder, model: {tmp_path}/empty}}]\n"
    )
    result = swept(tmp_path, golden, failing)
    assert len(result.failed) == 4
    assert all(str(tmp_path / "empty") in one.error for one in result.failed)
    assert result.best and result.best.settings["reranker"] == {"type": "keep_order"}
    assert result.comparison is not None

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr("ragkit.evaluation.sweep.measuring.evaluate", broken)
    again = swept(tmp_path, golden, failing)
    assert len(again.failed) == 4  # the others were kept
    everything = swept(tmp_path, golden, failing, fresh=True)
    assert {one.error for one in everything.failed} >= {"ZeroDivisionError: by chance"}
    assert (len(everything.failed), everything.best, everything.effects) == (9, None, ())
    monkeypatch.undo()
    assert told(swept(tmp_path, golden, failing)) == told(result)


def test_the_search_never_sees_what_is_kept_aside(tmp_path: Path, golden: list[Question]) -> None:
    result = swept(tmp_path, golden, held_out=0.4)
    searched = {id_ for one in result.trials for id_ in one.values}
    aside = {one.id for run in result.held_out.values() for one in run.questions}
    assert searched | aside == {one.id for one in golden}
    assert not {one.split("-")[0] for one in searched} & {one.split("-")[0] for one in aside}
    assert set(result.held_out) == {"best", "start"}
    assert result.comparison == compare(result.held_out["best"], result.held_out["start"])
    assert result.change and result.change.questions == len(aside)


def test_with_nothing_kept_aside_nothing_is_proved(tmp_path: Path, golden: list[Question]) -> None:
    result = swept(tmp_path, golden, held_out=0.0)
    assert (result.held_out, result.comparison, result.change) == ({}, None, None)
    assert proof(result)[0].startswith("No questions were kept aside")


def test_the_winner_is_written_so_that_it_can_be_run(tmp_path: Path, golden: list[Question]) -> None:
    result = swept(tmp_path, golden)
    assert result.best
    chain = parse_space(PLANTED, name="s").chain
    best = chain.model_copy(
        update={
            "embedder": HashingConfig(dimension=int(str(result.best.settings["embedder.dimension"]))),
            "retriever": load_config("lexical").retriever,
        }
    )
    path = tmp_path / "best.yaml"
    write_best(path, best, figures(result, path=path, golden="g.jsonl", command="ragkit eval\nsweep"))
    assert load_config(path) == best
    comments = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert comments[1] == "# made by: ragkit eval sweep"
    assert any("questions kept aside" in line and "(p = " in line for line in comments)
    assert path.read_text(encoding="utf-8").endswith(chain_yaml(best))


def test_one_folder_has_one_sweep_at_a_time(tmp_path: Path, golden: list[Question]) -> None:
    space = parse_space(PLANTED, name="s")
    where = {"folder": tmp_path / "sweep", "documents": [tmp_path / "files"]}
    with open_sweep(space, golden, **where), pytest.raises(IndexLocked, match="choose another --folder"):
        open_sweep(space, golden, **where).__enter__()
    with open_sweep(space, golden, **where) as ready:
        assert len(ready.trials) == 5


def test_golden_questions_of_other_documents_are_refused(tmp_path: Path, golden: list[Question]) -> None:
    others = [one.model_copy(update={"evidence": (Evidence(source="x.md", quote="y"),)}) for one in golden]
    with pytest.raises(ConfigError, match="No question quotes what stands in these 8 documents"):
        swept(tmp_path, others, held_out=0.0)
    with pytest.raises(ConfigError, match="has answers, which F1 needs"):
        swept(tmp_path, golden, measure="F1")
    with pytest.raises(ConfigError, match="There are no documents"):
        (tmp_path / "none").mkdir()
        open_sweep(
            parse_space(PLANTED, name="s"), golden, folder=tmp_path / "e", documents=[tmp_path / "none"]
        ).__enter__()
