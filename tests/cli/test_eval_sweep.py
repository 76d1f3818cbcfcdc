"""`ragkit eval sweep`: tables, JSON, exit codes, and a sweep that was killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from conftest import Shell
from corpus import write_old

from ragkit.cli.sweep_shapes import SweepShape
from ragkit.config import load_config

SPACE = """
chain: {embedder: {type: hashing, dimension: 2}, retriever: {type: dense}}
space: {retriever: [{type: dense}, {type: bm25}], limit: [6, 8]}
"""
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August")
WORDS = ("sweep", "space.yaml", "--golden", "golden.jsonl", "--documents", "fairs")


@pytest.fixture
def fairs(tmp_path: Path) -> Shell:
    """Eight files, a question about each, and a space in which one retriever finds nothing."""
    lines = []
    (tmp_path / "fairs").mkdir()
    for number, month in enumerate(MONTHS):
        quote = f"In {month} the fair is visited by {number}000 people."
        write_old(tmp_path / f"fairs/{number}.md", f"# Fair\n\n{quote}\n")
        evidence = [{"source": f"fairs/{number}.md", "quote": quote}]
        question = f"How many people visit the fair in {month}?"
        lines.append(json.dumps({"id": month, "question": question, "evidence": evidence}))
    (tmp_path / "golden.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "space.yaml").write_text(SPACE, encoding="utf-8")
    return Shell(folder=tmp_path)


def test_a_sweep_ends_with_tables_and_a_chain_that_can_be_used(fairs: Shell) -> None:
    done = fairs.run("eval", *WORDS, "--out", "best.yaml")
    assert done.code == 0, done.err
    first, *lines = done.err.splitlines()
    assert first == (
        "4 trials; 1 way of indexing 8 documents; the highest nDCG@10 on 4 questions, 4 kept aside"
    )
    assert [line.split()[0] for line in lines[:4]] == ["1/4", "2/4", "3/4", "4/4"]
    rows = [line.split() for line in done.out.splitlines()]
    assert rows[0][:4] == ["trial", "nDCG@10", "95", "%"]
    assert rows[1][:2] == ["2", "1.0000"]
    assert "best" in rows[1]
    assert rows[2][0] == "retriever={type:"
    assert "NOT significantly better" in done.out  # four questions cannot show it
    written = (fairs.folder / "best.yaml").read_text(encoding="utf-8")
    assert "# made by: ragkit eval sweep space.yaml" in written
    assert load_config(fairs.folder / "best.yaml").retriever.type == "bm25"
    index = ("index", "fairs", "--config", "best.yaml")
    assert fairs.run(*index).code == 0
    assert fairs.run("eval", "--golden", "golden.jsonl", "--chain", "best.yaml", "--search-only").code == 0


def test_json_fits_its_schema_and_the_second_time_nothing_is_measured(fairs: Shell) -> None:
    first, again = (fairs.run("eval", *WORDS, "--json") for _ in range(2))
    jsonschema.validate(first.json, SweepShape.model_json_schema(mode="serialization"))
    assert (first.code, first.json["best"], len(first.json["trials"])) == (0, 2, 4)
    assert first.json["changes"][-1]["questions"] == 4
    assert again.json == first.json
    assert "4 trials, 4 of them measured before" in again.err
    assert "1/4" not in again.err


def test_a_sweep_that_was_killed_goes_on_and_ends_as_it_would_have(fairs: Shell) -> None:
    many = SPACE.replace("[6, 8]", str(list(range(1, 60))))
    (fairs.folder / "space.yaml").write_text(many, encoding="utf-8")
    ledger = fairs.folder / "runs/sweep/space/trials.jsonl"
    command = [sys.executable, "-m", "ragkit", "eval", *WORDS]
    with subprocess.Popen(command, cwd=fairs.folder, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (ledger.exists() and ledger.read_bytes().count(b"\n") > 3):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    kept = ledger.read_text(encoding="utf-8").rpartition("\n")[0]
    resumed = fairs.run("eval", *WORDS, "--json")
    assert ledger.read_text(encoding="utf-8").startswith(kept)
    whole = fairs.run("eval", *WORDS, "--folder", "whole", "--json")
    untimed = [
        [{**one, "p50_ms": 0, "p95_ms": 0, "seconds": 0} for one in done.json["trials"]]
        for done in (resumed, whole)
    ]
    assert untimed[0] == untimed[1]
    assert resumed.json["changes"] == whole.json["changes"]
    assert "measured before" in resumed.err


def test_a_trial_that_fails_ends_with_3_and_the_best_of_the_others(fairs: Shell) -> None:
    (fairs.folder / "empty").mkdir()
    failing = SPACE.replace(
        "limit: [6, 8]", "reranker: [{type: cross_encoder, model: ./empty}, {type: keep_order}]"
    )
    (fairs.folder / "space.yaml").write_text(failing, encoding="utf-8")
    done = fairs.run("eval", *WORDS)
    assert done.code == 3
    assert done.out.count("FAILED  trial") == 2
    assert (fairs.folder / "runs/sweep/space/best.yaml").exists()


def test_a_broken_file_ends_with_3(fairs: Shell) -> None:
    (fairs.folder / "fairs/broken.pdf").write_bytes(b"%PDF-1.7 nothing here")
    done = fairs.run("eval", *WORDS, "--json")
    assert done.code == 3
    assert [Path(one["path"]).name for one in done.json["unread"]] == ["broken.pdf"]
    assert "failed  fairs/broken.pdf: " in done.err


def test_where_no_trial_is_within_the_budget_nothing_is_written(fairs: Shell) -> None:
    assert fairs.run("eval", *WORDS).code == 0
    done = fairs.run("eval", *WORDS, "--budget-ms", "0")
    assert done.code == 1
    assert "runs/sweep/space/best.yaml was of an earlier search" in done.err
    assert (fairs.folder / "runs/sweep/space/best.before.yaml").exists()
    assert "No chain is written: no trial is within 0 ms (p95)." in done.out
    assert done.out.count("over budget") == 4
    assert not list(fairs.folder.rglob("best.yaml"))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--grid", "--trials", "3"), 2, "--grid"),
        (("--held-out", "1"), 2, "--held-out"),
        (("--documents", "nowhere"), 2, "nowhere"),
        (("--measure", "nDGC@10"), 2, "Did you mean nDCG@10?"),
    ],
)
def test_wrong_options_are_refused_before_anything_runs(
    fairs: Shell, words: tuple[str, ...], code: int, said: str
) -> None:
    done = fairs.run("eval", *WORDS, *words)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert not (fairs.folder / "runs").exists()


def test_a_wrong_space_is_refused_with_its_problems_before_anything_runs(fairs: Shell) -> None:
    (fairs.folder / "space.yaml").write_text("space: {retriever.fuson: [rrf], limit: [0]}", encoding="utf-8")
    done = fairs.run("eval", *WORDS)
    assert done.code == 1
    assert "retriever.fuson: unknown key (did you mean 'fusion'?)" in done.err
    assert "limit: 0 is not valid" in done.err
    assert not (fairs.folder / "runs").exists()
