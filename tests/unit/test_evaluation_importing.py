"""Judged sets of others become a corpus and golden questions that fit it, in every layout."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from corpus import ingest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import ConfigError, LoadError
from ragkit.evaluation import Question, read_golden
from ragkit.evaluation.checking import check_golden
from ragkit.evaluation.importing import Imported, import_golden
from ragkit.evaluation.importing import json_items as reading
from ragkit.evaluation.importing.json_items import json_items

NORMANS = (
    "The Normans gave their name to Normandy, a region in France. They were descended from raiders from "
    "Denmark, Iceland and Norway. Dr. Rollo was their leader."
)
RIVERS = "长江全长约六千三百公里。黄河发源于青海省，流经九个省区。"


def lines(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def asked(id_: str, question: str, *answers: str, context: str = "", **more: Any) -> dict[str, Any]:
    given = [{"text": text, "answer_start": context.find(text)} for text in answers]
    return {"id": id_, "question": question, "answers": given, **more}


def squad(*articles: tuple[str, str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "version": "v2.0",
        "data": [
            {"title": title, "paragraphs": [{"context": context, "qas": qas}]}
            for title, context, qas in articles
        ],
    }


def rows_of(imported: Imported) -> list[dict[str, str]]:
    assert imported.corpus
    return [json.loads(line) for line in imported.corpus.read_text(encoding="utf-8").splitlines()]


def questions_of(imported: Imported) -> list[Question]:
    return read_golden(imported.golden)


def fits_its_corpus(imported: Imported, folder: Path) -> bool:
    """Whether all that was imported is found once the corpus is indexed."""
    assert imported.corpus
    made = ingest(folder / "index")
    with made.index as index:
        report = made.run([imported.corpus])
        assert report.failed_rows == report.count("failed") == 0
        return not check_golden(index, questions_of(imported)).missing


# -- SQuAD


def test_the_sentence_around_an_answer_becomes_the_quote(tmp_path: Path) -> None:
    qas = [
        asked("1", "Who led them?", "Rollo", "Dr. Rollo", context=NORMANS),
        asked("2", "Where were they from?", "Denmark, Iceland and Norway", context=NORMANS),
        asked("3", "Who was the king?", is_impossible=True, plausible_answers=[{"text": "Rollo"}]),
    ]
    (tmp_path / "dev.json").write_text(json.dumps(squad(("Normans_%28people%29", NORMANS, qas))))
    imported = import_golden(tmp_path / "dev.json", tmp_path / "out")
    assert rows_of(imported) == [{"id": "p0", "title": "Normans (people)", "text": NORMANS}]
    first, second, third = questions_of(imported)
    assert first.answers == ("Rollo", "Dr. Rollo")
    assert [(one.source, one.page, one.quote) for one in first.evidence] == [
        ("corpus.jsonl#p0", None, "Dr. Rollo was their leader.")
    ]
    assert "raiders from Denmark" in second.evidence[0].quote
    assert (third.answers, third.evidence) == ((), ())
    assert (imported.documents, imported.questions, imported.unanswerable) == (1, 3, 1)
    assert fits_its_corpus(imported, tmp_path)


def test_answers_that_are_misplaced_are_looked_up_and_those_that_are_not_there_are_left_out(
    tmp_path: Path,
) -> None:
    qas = [
        {"id": "1", "question": "Which region?", "answers": [{"text": "Normandy", "answer_start": 3}]},
        {"id": "2", "question": "Which duke?", "answers": [{"text": "William", "answer_start": 3}]},
        {"id": "3", "question": "Which none?", "answers": []},
        {"id": "4", "question": " ", "answers": [{"text": "Rollo", "answer_start": 0}]},
    ]
    (tmp_path / "dev.json").write_text(json.dumps(squad(("N", NORMANS, qas))))
    imported = import_golden(tmp_path / "dev.json", tmp_path / "out")
    (only,) = questions_of(imported)
    assert only.evidence[0].quote.startswith("The Normans gave")
    assert [reason.where for reason in imported.reasons] == ["p0 2", "p0 3", "p0 4"]
    assert imported.unusable == 3


@pytest.mark.parametrize(
    "layout",
    [
        {"data": [{"title": "河", "paragraphs": [{"context": RIVERS, "qas": []}]}]},
        [{"context_id": "T0", "context_text": RIVERS, "title": "河", "qas": []}],
    ],
    ids=["DRCD and CMRC", "CMRC 2018 trial"],
)
def test_chinese_sets_are_read_in_both_of_their_layouts(tmp_path: Path, layout: Any) -> None:
    part = layout["data"][0]["paragraphs"][0] if isinstance(layout, dict) else layout[0]
    part["qas"] = (
        [asked("q", "黄河发源于哪里？", "青海省", context=RIVERS)]
        if isinstance(layout, dict)
        else [{"query_id": "q", "query_text": "黄河发源于哪里？", "answers": ["青海省"]}]
    )
    (tmp_path / "set.json").write_text(json.dumps(layout, ensure_ascii=False), encoding="utf-8")
    imported = import_golden(tmp_path / "set.json", tmp_path / "out")
    (only,) = questions_of(imported)
    assert (only.id, only.language, only.answers) == ("q", "zh", ("青海省",))
    assert only.evidence[0].quote == "黄河发源于青海省，流经九个省区。"
    assert fits_its_corpus(imported, tmp_path)


def test_rows_with_a_context_each_share_the_document_of_equal_contexts(tmp_path: Path) -> None:
    rows = [
        {
            "id": "1",
            "context": NORMANS,
            "question": "Who?",
            "answers": {"text": ["Rollo"], "answer_start": [130]},
        },
        {"id": "2", "context": NORMANS, "question": "Why?", "answers": {"text": [], "answer_start": []}},
        {"id": "3", "question": "No context?", "answers": {"text": ["x"], "answer_start": [0]}},
    ]
    (tmp_path / "dev.jsonl").write_text(lines(rows) + "{broken\n")
    imported = import_golden(tmp_path / "dev.jsonl", tmp_path / "out")
    assert (imported.documents, imported.questions, imported.unanswerable) == (1, 2, 1)
    assert [reason.where for reason in imported.reasons] == ["dev.jsonl line 3", "dev.jsonl line 4"]


def test_questions_of_one_id_are_all_kept(tmp_path: Path) -> None:
    qas = [asked("1", f"Who {n}?", "Rollo", context=NORMANS) for n in range(3)]
    (tmp_path / "dev.json").write_text(json.dumps(squad(("N", NORMANS, qas))))
    imported = import_golden(tmp_path / "dev.json", tmp_path / "out")
    assert [one.id for one in questions_of(imported)] == ["1", "1-2", "1-3"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=6), st.dictionaries(st.text(), JSON, max_size=3), st.integers(1, 40))
def test_items_are_read_one_by_one_as_json_reads_them_all(
    items: list[Any], around: dict[str, Any], part: int
) -> None:
    whole = {**{key: value for key, value in around.items() if key != "data"}, "data": items}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_PART", part)
        for indent in (None, 1):
            assert list(json_items(io.StringIO(json.dumps(whole, indent=indent)), key="data")) == items
            assert list(json_items(io.StringIO(json.dumps(items, indent=indent)), key="data")) == items


@pytest.mark.parametrize(
    "text", ["", "{", '{"data": [1, ', '{"data": [1 2]}', '{"other": 1}', "7", '{"data": 7}']
)
def test_what_is_no_such_json_is_said_to_be_none(text: str) -> None:
    with pytest.raises(LoadError):
        list(json_items(io.StringIO(text), key="data"))


# -- BEIR


def write_beir(folder: Path, *, qrels: str, queries: Sequence[Mapping[str, Any]] = ()) -> Path:
    folder.mkdir(exist_ok=True)
    corpus = [{"_id": "a/1", "title": "N", "text": NORMANS}, {"_id": "b", "title": "R", "text": RIVERS}]
    asked = queries or [{"_id": f"q{n}", "text": f"Question {n}?"} for n in range(1, 5)]
    (folder / "corpus.jsonl").write_text(lines(corpus) + lines([{"_id": "c", "title": "", "text": ""}]))
    (folder / "queries.jsonl").write_text(lines(asked))
    (folder / "qrels").mkdir(exist_ok=True)
    (folder / "qrels" / "test.tsv").write_text(qrels)
    return folder


def test_judged_documents_are_whole_evidence_with_their_grades(tmp_path: Path) -> None:
    qrels = "query-id\tcorpus-id\tscore\nq1\ta/1\t2\nq1\tb\t1\nq2\tb\t1\nq2\ta/1\t0\nq3\ta/1\t0\n"
    imported = import_golden(write_beir(tmp_path / "beir", qrels=qrels), tmp_path / "out")
    first, second = questions_of(imported)
    assert [(one.source, one.page, one.quote, one.grade) for one in first.evidence] == [
        ("corpus.jsonl#a/1", None, "", 2),
        ("corpus.jsonl#b", None, "", 1),
    ]
    assert [one.source for one in second.evidence] == ["corpus.jsonl#b"]
    assert [row["id"] for row in rows_of(imported)] == ["a/1", "b"]
    assert [str(reason) for reason in imported.reasons] == [
        "corpus.jsonl line 3: 'text' is empty, and so is the title"
    ]
    assert fits_its_corpus(imported, tmp_path)


def test_what_judgements_name_and_the_set_lacks_is_told(tmp_path: Path) -> None:
    qrels = "q1\tb\t1\nq1\tgone\t1\nq2\tgone\t1\nq9\tb\t1\nq3 b\n"
    imported = import_golden(write_beir(tmp_path / "beir", qrels=qrels), tmp_path / "out")
    assert [one.id for one in questions_of(imported)] == ["q1"]
    told = "\n".join(map(str, imported.reasons))
    for part in (
        "line 5",
        "queries.jsonl line 1: documents",
        "queries.jsonl line 2: query",
        "query q9: judged",
    ):
        assert part in told


def test_of_several_splits_one_is_chosen(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "beir", qrels="q1\tb\t1\n")
    (folder / "qrels" / "train.tsv").write_text("q2\tb\t1\nq3\tb\t1\n")
    assert [one.id for one in questions_of(import_golden(folder, tmp_path / "1"))] == ["q1"]
    train = import_golden(folder, tmp_path / "2", split="train")
    assert [one.id for one in questions_of(train)] == ["q2", "q3"]
    with pytest.raises(ConfigError, match="--split test or train"):
        import_golden(folder, tmp_path / "3", split="dev")


def test_the_plain_layout_has_answers_and_questions_without_one(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    with gzip.open(folder / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(lines([{"id": "p0", "title": "R", "text": RIVERS, "year": 1990}]))
    (folder / "queries.jsonl").write_text(
        lines([{"id": "1", "text": "黄河呢？", "answers": ["青海省", "青海省"]}])
    )
    (folder / "qrels.tsv").write_text("1 0 p0 1\n")
    (folder / "unanswerable.jsonl").write_text(lines([{"id": "2", "text": "湄公河呢？", "about": "p0"}]))
    imported = import_golden(folder, tmp_path / "out")
    first, second = questions_of(imported)
    assert (first.answers, len(first.evidence)) == (("青海省",), 1)
    assert (second.id, second.answers, second.evidence) == ("2", (), ())
    assert rows_of(imported)[0]["year"] == "1990"
    assert fits_its_corpus(imported, tmp_path)


# -- all of them


@pytest.mark.parametrize("name", ["none.json", "folder", "picture.png"])
def test_what_is_none_of_the_layouts_is_told_which_there_are(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(ConfigError, match="BEIR"):
        import_golden(tmp_path / name, tmp_path / "out")


def test_nothing_is_written_where_an_import_fails(tmp_path: Path) -> None:
    whole = json.dumps(squad(("N", NORMANS, [asked("1", "Who?", "Rollo", context=NORMANS)])))
    (tmp_path / "dev.json").write_text(whole[:-20])
    with pytest.raises(LoadError, match=r"dev\.json: not JSON"):
        import_golden(tmp_path / "dev.json", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_files_are_not_replaced_unasked_and_never_those_that_are_read(tmp_path: Path) -> None:
    (path := tmp_path / "q.csv").write_text("question\nWhy?\n")
    import_golden(path, tmp_path / "out")
    with pytest.raises(ConfigError, match="there already"):
        import_golden(path, tmp_path / "out")
    import_golden(path, tmp_path / "out", overwrite=True)
    folder = write_beir(tmp_path / "beir", qrels="q1\tb\t1\n")
    with pytest.raises(ConfigError, match="another folder"):
        import_golden(folder, folder, overwrite=True)
    assert "a/1" in (folder / "corpus.jsonl").read_text()
