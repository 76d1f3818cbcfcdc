"""Data sets on the command line: rows in, a TREC run out."""

from __future__ import annotations

import json

import jsonschema
import pytest
from conftest import Shell
from corpus import write_old

from ragkit.cli import shapes

CORPUS = {
    "p1": "The Humber Bridge spans 2220 metres.",
    "p2": "黄河发源于青海省。",
    "p3": "Zebras sleep standing.",
}
QUERIES = {"q1": "How long is the Humber Bridge?", "q2": "黄河发源于哪里", "q3": '"zebras" -standing sleep'}


def lines(values: dict[str, str]) -> str:
    return "".join(json.dumps({"id": key, "text": value}) + "\n" for key, value in values.items())


@pytest.fixture
def data(shell: Shell) -> Shell:
    write_old(shell.folder / "corpus.jsonl", lines(CORPUS))
    write_old(shell.folder / "queries.jsonl", lines(QUERIES))
    assert shell.run("index", "corpus.jsonl").code == 0
    return shell


def test_a_run_names_rows_and_counts_what_it_did(data: Shell) -> None:
    done = data.run("search", "--queries", "queries.jsonl", "--run", "out.trec", "-k", "2", "--json")
    assert (done.code, done.err) == (0, "")
    rows = [line.split() for line in (data.folder / "out.trec").read_text().splitlines()]
    assert {key: row[2] for key in QUERIES for row in rows if row[0] == key and row[3] == "1"} == {
        "q1": "p1",
        "q2": "p2",
        "q3": "p3",
    }
    assert (done.json["questions"], done.json["failed"], done.json["lines"]) == (3, 0, len(rows))
    piped = data.run("search", "--queries", "queries.jsonl", "--run", "-", "-k", "2")
    assert piped.out == (data.folder / "out.trec").read_text()


def test_bad_questions_are_named_and_end_with_3(data: Shell) -> None:
    write_old(data.folder / "queries.jsonl", lines(QUERIES) + '{"id": "q4"}\n{\n')
    done = data.run("search", "--queries", "queries.jsonl", "--run", "out.trec")
    assert done.code == 3
    assert "failed  queries.jsonl: line 4: 'text' must be" in done.err
    assert "line 5: not JSON" in done.err
    assert (data.folder / "out.trec").exists()


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--queries", "queries.jsonl"),
        ("--run", "out.trec"),
        ("question", "--queries", "queries.jsonl", "--run", "out.trec"),
        ("--queries", "none.jsonl", "--run", "out.trec"),
        ("--queries", "queries.jsonl", "--run", "-", "--json"),
    ],
)
def test_wrong_usage_is_2(data: Shell, words: tuple[str, ...]) -> None:
    done = data.run("search", *words)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_bad_rows_are_named_and_end_with_3(data: Shell) -> None:
    write_old(data.folder / "corpus.jsonl", lines(CORPUS) + '{"id": "p4"}\n')
    done = data.run("index", "corpus.jsonl")
    assert done.code == 3
    assert "failed  corpus.jsonl: line 4: no 'text'" in done.out
    done = data.run("index", "corpus.jsonl", "--json")
    assert done.code == 3
    jsonschema.validate(done.json, shapes.IndexShape.model_json_schema(mode="serialization"))
    assert done.json["totals"]["failed_rows"] == 1
    assert done.json["files"][0]["rows"]["unchanged"] == 3


def test_rows_are_listed_shown_and_removed(data: Shell) -> None:
    assert "corpus.jsonl#p2" in data.run("list").out
    assert data.run("show", "p2", "--page", "1").out == f"{CORPUS['p2']}\n"
    assert "Undo: ragkit index corpus.jsonl" in data.run("rm", "corpus.jsonl#p2", "--yes").err
    assert "1 indexed, 2 unchanged" in data.run("index", "corpus.jsonl").out
    assert "Removed 3 documents" in data.run("rm", "corpus.jsonl", "--yes").err
    assert data.run("list", "--json").json == {"documents": []}


def test_a_file_of_rows_that_is_gone_is_pruned_as_one(data: Shell) -> None:
    (data.folder / "corpus.jsonl").unlink()
    assert data.run("index", "corpus.jsonl", "--prune").out.splitlines()[0] == "pruned  corpus.jsonl"


@pytest.mark.parametrize("row", ["corpus.jsonl#r0", "r1", "corpus.jsonl#r2"])
def test_one_of_equal_rows_is_removed_alone_and_comes_back(shell: Shell, row: str) -> None:
    write_old(
        shell.folder / "corpus.jsonl", lines(dict.fromkeys(("r0", "r1", "r2"), "Zebras sleep standing."))
    )
    shell.run("index", "corpus.jsonl")
    gone = f"corpus.jsonl#r{row[-1]}"
    stay = [name for name in (f"corpus.jsonl#r{n}" for n in range(3)) if name != gone]
    done = shell.run("rm", row, "--yes")
    assert (done.code, done.out) == (0, "")
    said = " ".join(done.err.split())
    assert said.startswith(f"Removed no document, only the path: {gone}. ")
    assert f"The same text stays under {', '.join(stay)}. Undo: ragkit index corpus.jsonl" in said
    (document,) = shell.run("list", "--json").json["documents"]
    assert [source.rpartition("/")[2] for source in document["sources"]] == stay
    assert shell.run("index", "corpus.jsonl").code == 0
    (document,) = shell.run("list", "--json").json["documents"]
    assert len(document["sources"]) == 3
    assert "Removed 1 document: corpus.jsonl" in shell.run("rm", document["id"][:12], "--yes").err
    assert shell.run("list", "--json").json == {"documents": []}
