"""What the trials of a sweep share: documents, vectors and indexes; where the documents come from."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from corpus import write_old
from sweep_towns import FACTS, PLANTED, QUESTIONS, TOWNS, Counted, swept, told, write_towns

from ragkit.errors import IndexNotFound
from ragkit.evaluation import Evidence, Question
from ragkit.evaluation.sweep import (
    open_sweep,
    parse_space,
)


@pytest.fixture
def golden(tmp_path: Path) -> list[Question]:
    """Three questions about each of eight towns, whose files lie in the folder `files`."""
    return write_towns(tmp_path / "files")


SHARING = """
chain: {embedder: {type: hashing}}
space:
  chunker: [{type: sentence, size: 24, overlap: 0}, {type: sentence, size: 24, overlap: 1}, {type: fixed}]
  analyzer.chinese: [ngrams, jieba]
  retriever.fusion: [weighted, rrf]
"""


def test_each_text_is_embedded_and_each_file_read_once_over_all_trials(
    tmp_path: Path, golden: list[Question], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        swept(tmp_path, golden, SHARING, stop_after=5)
    result = swept(tmp_path, golden, SHARING)
    assert len(result.trials) == 13 and not result.failed
    assert counted.files == {f"{town.lower()}.md": 1 for town in TOWNS}
    assert set(counted.texts.values()) == {1}
    assert len(counted.texts) > 8 * 3  # one way of cutting gives three passages of each town
    questions = {one.question for one in golden}
    assert {text: counted.asked[text] for text in questions} == dict.fromkeys(questions, 1)


def test_trials_that_index_alike_share_an_index(tmp_path: Path, golden: list[Question]) -> None:
    swept(tmp_path, golden, "space: {embedder.type: [hashing], candidates: [20, 30], limit: [5, 6]}")
    assert len(list((tmp_path / "sweep/indexes").iterdir())) == 2  # the chain's own, and the space's one


def test_a_kept_vector_of_a_question_costs_a_search_what_it_took(
    tmp_path: Path, golden: list[Question]
) -> None:
    swept(tmp_path, golden)
    hours = 1e7
    with sqlite3.connect(tmp_path / "sweep/vectors.sqlite") as vectors:
        vectors.execute("UPDATE vectors SET milliseconds = ? WHERE milliseconds > 0", (hours,))
    for trial in swept(tmp_path, golden, fresh=True).trials:
        embedded = trial.settings.get("retriever") != {"type": "bm25"}
        assert (trial.p50_ms >= hours, trial.p95_ms >= hours) == (embedded, embedded)


def test_nothing_is_measured_twice(
    tmp_path: Path, golden: list[Question], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = swept(tmp_path, golden)
    monkeypatch.setattr("ragkit.evaluation.sweep.measuring.evaluate", None)
    again = swept(tmp_path, golden)
    assert (again.trials, again.comparison) == (first.trials, first.comparison)


def test_documents_come_from_the_index_of_the_chain_too(tmp_path: Path, golden: list[Question]) -> None:
    space = parse_space(PLANTED.replace("chain: {", f"chain: {{index: {tmp_path}/own, "), name="s")
    with pytest.raises(IndexNotFound):
        open_sweep(space, golden, folder=tmp_path / "sweep").__enter__()
    with (ingest := space.chain.build_ingest()).index:
        ingest.run([tmp_path / "files"])
    with open_sweep(space, golden, folder=tmp_path / "sweep") as ready:
        assert told(ready.run()) == told(swept(tmp_path, golden, folder="files-again"))


def test_rows_of_a_data_set_are_documents(tmp_path: Path) -> None:
    lines, golden = [], []
    for number, town in enumerate(TOWNS):
        text = FACTS[0].format(town, 1700 + number)
        lines.append(json.dumps({"id": town, "text": text}))
        evidence = Evidence(source=f"rows.jsonl#{town}", quote=text)
        golden.append(Question(id=town, question=QUESTIONS[0].format(town), evidence=(evidence,)))
    write_old(tmp_path / "files", "\n".join(lines) + "\n")
    (tmp_path / "files").rename(tmp_path / "rows.jsonl")
    with open_sweep(
        parse_space(PLANTED, name="s"), golden, folder=tmp_path / "s", documents=[tmp_path / "rows.jsonl"]
    ) as ready:
        assert (ready.library.count, ready.unknown) == (8, [])
        best = ready.run().best
        assert best and best.score and best.score.mean == 1.0


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_searched(
    tmp_path: Path, golden: list[Question]
) -> None:
    (tmp_path / "files/broken.pdf").write_bytes(b"%PDF-1.7 nothing here")
    with open_sweep(
        parse_space(PLANTED, name="s"), golden, folder=tmp_path / "s", documents=[tmp_path / "files"]
    ) as ready:
        assert [Path(file.path).name for file in ready.library.failed] == ["broken.pdf"]
        assert ready.library.count == 8
