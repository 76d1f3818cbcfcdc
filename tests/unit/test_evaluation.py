"""Golden questions are read with all their faults; evidence is found by its words, whatever the chunks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from test_chain import Found, Said, chain
from test_citations import TEXT, Shelf

from ragkit.errors import ConfigError, QueryError
from ragkit.evaluation import (
    Evidence,
    Question,
    Run,
    evaluate,
    read_golden,
    read_run,
    write_golden,
    write_run,
)
from ragkit.evaluation.decisions import decisions_of
from ragkit.evaluation.spans import EvidenceFinder, Span, joined, shared
from ragkit.stages import Writing
from ragkit.types import EVERYTHING, Filter, Hit, Turn

MEASURES = (
    "RR",
    "PageRR",
    "DocRR",
    "R@5",
    "SpanR@5",
    "SpanP@5",
    "SpanIoU@5",
    "HasAnswer",
    "Answered",
    "Refused",
)


def question(id_: str, *, page: int | None = 1, quote: str = "", answers: tuple[str, ...] = ()) -> Question:
    evidence = (Evidence(source="a.pdf", page=page, quote=quote),)
    return Question(id=id_, question="q?", answers=answers, evidence=evidence)


def run(*questions: Question, retriever: Found | None = None, measures: Sequence[str] = MEASURES) -> Run:
    return evaluate(chain(retriever or Found(), Said()), questions, measures=measures)


def scores(asked: Question, **parts: Found) -> dict[str, float]:
    return dict(run(asked, **parts).questions[0].scores)


# Found gives the characters 0-5 ("First"), 6-10 ("page"), 17-23 ("Second") of the two pages 0-16 and 17-37.


def test_evidence_is_held_by_the_passage_with_half_of_its_characters() -> None:
    assert scores(question("1", quote="First"))["RR"] == 1.0
    assert scores(question("1", quote="first pa"))["RR"] == 1.0  # five of its seven letters
    assert scores(question("1", quote="page ends"))["RR"] == 0.5
    assert scores(question("1", quote="page", page=2))["RR"] == 0.0


def test_pages_and_documents_are_ranked_each_once() -> None:
    found = scores(question("1", quote="Second page", page=2))
    assert (found["RR"], found["PageRR"], found["DocRR"]) == (1 / 3, 1 / 2, 1.0)


def test_whole_pages_and_documents_may_be_evidence() -> None:
    assert scores(question("1", page=2))["RR"] == 1 / 3
    assert scores(question("1", page=None))["RR"] == 1.0


def test_spans_are_compared_by_characters() -> None:
    found = scores(question("1", quote="Second page", page=2))
    retrieved, right, both = 5 + 4 + 6, 11, 6
    assert found["SpanR@5"] == pytest.approx(both / right)
    assert found["SpanP@5"] == pytest.approx(both / retrieved)
    assert found["SpanIoU@5"] == pytest.approx(both / (retrieved + right - both))


def test_evidence_in_another_file_of_a_similar_name_does_not_count() -> None:
    for source in ("xa.pdf", "y/a.pdf"):
        other = Question(id="1", question="q?", evidence=(Evidence(source=source, quote="First"),))
        (record,) = run(other).questions
        assert (record.scores["RR"], record.evidence[0].known) == (0.0, False)
    right = Question(id="1", question="q?", evidence=(Evidence(source="x/a.pdf", quote="First"),))
    assert run(right).questions[0].scores["RR"] == 1.0


def test_a_passage_counts_for_those_left_out_because_they_say_the_same() -> None:
    class Twins(Found):
        def retrieve(self, query: str, *, limit: int, among: Filter = EVERYTHING) -> list[Hit]:
            first, *others = super().retrieve(query, limit=limit, among=among)
            return [replace(first, alike=tuple(hit.chunk for hit in others))]

    assert scores(question("1", quote="Second", page=2), retriever=Twins())["RR"] == 1.0


def test_a_passage_with_two_pieces_takes_two_places_and_each_piece_counts_once() -> None:
    pieces = (Evidence(source="a.pdf", quote="First"), Evidence(source="a.pdf", quote="irs"))
    asked = Question(id="1", question="q?", evidence=(*pieces, Evidence(source="a.pdf", quote="Second")))
    found = run(asked, measures=["P@2", "P@4", "R@5", "AP"]).questions[0].scores
    assert (found["P@2"], found["P@4"], found["R@5"]) == (1.0, 0.75, 1.0)
    assert found["AP"] == pytest.approx((1 + 1 + 3 / 4) / 3)


def test_measures_are_of_the_questions_they_are_about() -> None:
    unknown = Question(id="2", question="q?")
    done = run(question("1", quote="First", answers=("second PAGE",)), unknown, measures=MEASURES)
    known, other = done.questions
    assert known.scores["HasAnswer"] == known.scores["Answered"] == 1.0
    assert "Refused" not in known.scores
    assert dict(other.scores) == {"Refused": 0.0}
    assert done.scores["en"]["Answered"].questions == 1


def test_languages_are_told_by_the_question_and_scored_apart() -> None:
    asked = [question("1", quote="First"), question("2").model_copy(update={"id": "2", "language": "zh"})]
    done = run(*asked, measures=["RR"])
    assert {language: scores["RR"].mean for language, scores in done.scores.items()} == {
        "en": 1.0,
        "zh": 1.0,
        "all": 1.0,
    }
    assert Question(id="1", question="IBM 何时推出？").language == "zh"
    assert Question(id="1", question="東京タワーはいつ開業しましたか？").language == "ja"
    assert Question(id="1", question="한강은 어디에 있습니까?").language == "ko"
    assert Question(id="1", question="Wann?", language="de").language == "de"


def test_a_question_that_fails_is_noted_and_scores_nothing() -> None:
    class Broken(Found):
        def retrieve(self, query: str, *, limit: int, among: Filter = EVERYTHING) -> list[Hit]:
            raise QueryError("no such thing")

    (record,) = run(question("1", quote="First", answers=("x",)), retriever=Broken()).questions
    assert record.error == "no such thing"
    assert (record.scores["RR"], record.scores["HasAnswer"], record.scores["Answered"]) == (0.0, 0.0, 1.0)


def test_nothing_is_answered_where_only_rankings_are_measured() -> None:
    class Silent(Said):
        def generate(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Writing:
            raise AssertionError("it was asked to answer")

    done = evaluate(chain(Found(), Silent()), [question("1")], measures=["RR", "SpanR@5"])
    assert done.questions[0].abstained is None
    with pytest.raises(AssertionError, match="asked to answer"):
        evaluate(chain(Found(), Silent()), [question("1", answers=("x",))], measures=["F1"])


def test_deep_measures_look_deeper() -> None:
    retriever = Found()
    evaluate(chain(retriever, Said()), [question("1")], measures=["R@200"])
    assert max(retriever.limits) >= 200


def test_stages_tell_where_the_right_passage_stood() -> None:
    (record,) = run(question("1", quote="Second", page=2)).questions
    assert record.evidence[0].rank == 3
    assert [passage.holds for passage in record.passages] == [(), (), (0,)]


# -- spans

TWO = Shelf()


def test_quotes_are_found_by_their_letters() -> None:
    finder = EvidenceFinder(TWO)
    for quote in ("page ends.\nSecond", "PAGE  ENDS second", "page—ends… second!"):
        assert finder.find(Evidence(source="a.pdf", quote=quote)) == [Span("d", 6, 23)]
    assert finder.find(Evidence(source="a.pdf", quote="no such words")) == []
    assert finder.find(Evidence(source="a.pdf", quote="page", page=2)) == [Span("d", 24, 28)]
    assert finder.find(Evidence(source="a.pdf", quote="page", page=9)) == []
    assert finder.find(Evidence(source="a.pdf", quote="…")) == []
    assert finder.find(Evidence(source="a.pdf")) == [Span("d", 0, len(TEXT))]


def test_spans_that_touch_are_joined_and_shared_characters_counted_once() -> None:
    spans = [Span("d", 5, 9), Span("d", 0, 6), Span("e", 1, 2), Span("d", 20, 30)]
    assert joined(spans) == [Span("d", 0, 9), Span("d", 20, 30), Span("e", 1, 2)]
    assert shared(spans, [Span("d", 8, 25), Span("d", 0, 3), Span("d", 1, 3)]) == 1 + 5 + 3
    assert joined([]) == []


# -- files


def test_golden_questions_may_hold_unusual_line_breaks(tmp_path: Path) -> None:
    row = {"id": "1", "language": "en", "question": "a\u2028b", "answers": [], "evidence": []}
    (tmp_path / "g.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n\n", encoding="utf-8")
    assert [q.question for q in read_golden(tmp_path / "g.jsonl")] == ["a\u2028b"]


def test_every_faulty_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "g.jsonl").write_text(
        '{"id": "1"}\nnot json\n{"id": "2", "question": "q"}\n{"id": "2", "question": "r"}\n'
    )
    with pytest.raises(ConfigError) as caught:
        read_golden(tmp_path / "g.jsonl")
    assert "line 1, question: Field required" in str(caught.value)
    assert "line 2, JSON: Invalid JSON" in str(caught.value)
    assert "the id '2' stands 2 times" in str(caught.value)


def test_one_json_array_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "golden.jsonl").write_text('[\n  {"id": "1", "question": "Who?"}\n]\n')
    with pytest.raises(ConfigError, match="one JSON array; a golden set has a JSON object on each line"):
        read_golden(tmp_path / "golden.jsonl")


def test_golden_questions_are_written_as_they_are_read(tmp_path: Path) -> None:
    asked = [question("1", quote="甲\n乙"), Question(id="2", question="q")]
    write_golden(tmp_path / "deep" / "g.jsonl", asked)
    assert read_golden(tmp_path / "deep" / "g.jsonl") == asked


def test_a_run_is_stored_whole(tmp_path: Path) -> None:
    done = run(question("1", quote="First", answers=("x",)), Question(id="2", question="q?"))
    write_run(done, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == done


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no stored run of"),
        ("[1]", "is no stored run of"),
        ('{"made": 1}', "is no stored run: made"),
        ('{"version": 99}', "another version"),
    ],
)
def test_what_is_no_run_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_run(tmp_path / "run.json")
    with pytest.raises(
        ConfigError, match=r"no stored run at .*none.json: No such file or directory\. `ragkit"
    ):
        read_run(tmp_path / "none.json")


def test_without_questions_there_is_no_run() -> None:
    with pytest.raises(ValueError, match="no questions"):
        run()


def test_answering_against_refusing_is_told_where_there_are_both_kinds() -> None:
    asked = [question("1", quote="First", answers=("x",)), Question(id="2", question="q?")]
    done = evaluate(chain(Found(), Said()), asked, measures=["Decision"])
    (english,) = decisions_of(done).values()
    assert (english.true_yes, english.false_yes, english.true_no, english.false_no) == (1, 1, 0, 0)
    assert english.auroc == 0.5
    assert decisions_of(evaluate(chain(Found(), Said()), asked[:1], measures=["Decision"])) == {}
    assert decisions_of(evaluate(chain(Found(), Said()), asked, measures=["RR"])) == {}


def test_a_golden_file_with_many_faults_names_the_first_and_counts_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    path.write_text("{\n" * 30, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"line 20, [^\n]*\n  \.\.\. and 10 more$"):
        read_golden(path)


def test_a_question_of_blanks_is_named_and_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    path.write_text('{"id": "a", "question": "Who?"}\n{"id": "b", "question": "  "}\n', encoding="utf-8-sig")
    with pytest.raises(ConfigError, match=r"set:\n  line 2, question: .*the question is empty$"):
        read_golden(path)
