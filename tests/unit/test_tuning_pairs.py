"""Pairs: prompts as the chain asks, replies that it cites, worse ones, and parts that share nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ragkit.chain import returned
from ragkit.errors import ConfigError
from ragkit.generators.attribution import attributed
from ragkit.generators.written import WrittenConfig, WrittenGenerator
from ragkit.stages import Written
from ragkit.tuning.pairs import replies
from ragkit.tuning.pairs.leaks import without_leaks
from ragkit.tuning.pairs.making import TESTED, Recipe, make_part
from ragkit.tuning.pairs.rows import Pair, Shown, read_pairs
from ragkit.tuning.pairs.sources import Material, distinct, divided, read_set
from ragkit.tuning.pairs.writing import make_pairs, read_summary
from ragkit.types import Finish, Message
from tests.unit.tiny_sets import make_set

SIZES = {"train": 60, "development": 10, "test": 12}


class Scribe:
    """A writer that counts words and says one thing."""

    name = "scribe"

    def __init__(self, text: str = "") -> None:
        self.text = text

    def reads(self, text: str) -> bool:
        return True

    def tokens(self, text: str) -> int:
        return len(text.split())

    def write(self, prompt: str, *, most_tokens: int = 96) -> str:
        return self.text

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        yield self.text
        return Finish()


GENERATOR = WrittenGenerator(WrittenConfig(), Scribe())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pairs")
    make_pairs(
        read_set(make_set(place / "towns")), GENERATOR, Recipe(sizes=SIZES, mix=TESTED), sources=["towns"],
        out=place / "made", told=lambda line: None,
    )  # fmt: skip
    return place / "made"


@pytest.fixture(scope="module")
def learnt(folder: Path) -> list[Pair]:
    return read_pairs(folder / "train.jsonl")


def test_prompts_are_those_that_the_generator_asks(learnt: list[Pair]) -> None:
    for pair in learnt:
        assert pair.messages == [
            Message(m.role, m.content) for m in GENERATOR.prompt(pair.question, pair.hits)
        ]


def test_answers_are_cited_where_they_stand_and_refusals_are_understood(learnt: list[Pair]) -> None:
    for pair in learnt:
        generator = WrittenGenerator(WrittenConfig(), Scribe(pair.reply))
        draft = returned(generator.generate(pair.question, pair.hits))
        assert draft.abstained == (pair.kind != "answered")
        if pair.kind == "answered":
            (sentence,) = draft.sentences
            assert any(answer in c.quote for c in sentence.citations for answer in pair.answers)


def test_kinds_keep_their_ratio(learnt: list[Pair]) -> None:
    kinds = [pair.kind for pair in learnt]
    assert len(kinds) == SIZES["train"]
    assert kinds.count("answered") == pytest.approx(36, abs=6)
    assert kinds.count("missing") == pytest.approx(12, abs=5)
    only = Recipe(sizes=SIZES, mix={"missing": 1.0})
    towns = [Material(id="a", document="a", text="x y", asked=()), *_towns(8)]
    assert {pair.kind for pair in make_part("train", towns, GENERATOR, only)} == {"missing"}


def test_a_missing_answer_stands_in_no_passage(learnt: list[Pair], folder: Path) -> None:
    rows = [json.loads(line) for line in (folder.parent / "towns/queries.jsonl").read_text().splitlines()]
    answers = {row["text"]: row["answers"][0] for row in rows}
    for pair in learnt:
        if pair.kind == "missing":
            assert not any(answers[pair.question] in one.text for one in pair.passages)


def test_altered_replies_say_what_no_passage_says(learnt: list[Pair]) -> None:
    wrong = [pair for pair in learnt if pair.wrong == "altered"]
    assert wrong
    for pair in wrong:
        numbered = GENERATOR.shown(pair.question, pair.hits)
        said = attributed(pair.rejected, numbered).text.rstrip(".")
        assert all(said not in one.text for one in pair.passages)
        assert pair.rejected != pair.reply


def test_every_pair_has_a_worse_reply(learnt: list[Pair]) -> None:
    assert all(pair.rejected and pair.rejected != pair.reply for pair in learnt)
    assert {pair.wrong for pair in learnt if pair.kind == "answered"} >= {"altered", "elsewhere", "refused"}
    assert {pair.wrong for pair in learnt if pair.kind != "answered"} == {"answered"}


def test_no_text_is_in_two_parts(folder: Path) -> None:
    seen = {
        part: {one.id for pair in read_pairs(folder / f"{part}.jsonl") for one in pair.passages}
        for part in SIZES
    }
    assert all(seen.values())
    assert not seen["train"] & seen["test"]
    assert not seen["train"] & seen["development"]
    assert not seen["development"] & seen["test"]


def test_a_question_in_the_words_of_an_earlier_part_is_left_out(learnt: list[Pair]) -> None:
    long = "when was the very old town by the wide river founded"
    first = learnt[0].model_copy(update={"question": long})
    other = learnt[-1].model_copy(
        update={"question": f"{long} again", "passages": (Shown(id="new", document="new", text="unlike"),)}
    )
    kept, leaked = without_leaks({"train": [first], "test": [other]})
    assert (kept["train"], kept["test"], leaked) == ([first], [], 1)


def test_the_same_seed_gives_the_same_pairs(folder: Path, tmp_path: Path) -> None:
    towns = read_set(folder.parent / "towns")
    again = make_pairs(
        towns,
        GENERATOR,
        Recipe(sizes=SIZES, mix=TESTED),
        sources=["towns"],
        out=tmp_path,
        told=lambda line: None,
    )
    assert again == read_summary(folder)
    other = Recipe(sizes=SIZES, seed=1)
    assert make_pairs(towns, GENERATOR, other, sources=[], out=tmp_path, told=lambda line: None) != again


def test_one_text_in_two_sets_is_one_passage() -> None:
    (one, *_), (same, *_) = _towns(1), _towns(1)
    asked = replace(same.asked[0], question="Since when is there Ashford?")
    (both,) = distinct([one, replace(same, id="other", asked=(*same.asked, asked))])
    assert [a.question for a in both.asked] == [*(a.question for a in one.asked), asked.question]


def test_documents_with_the_same_name_stay_together() -> None:
    towns = [replace(one, document="title same") for one in _towns(20)]
    assert sorted(len(some) for some in divided(towns, seed=0).values()) == [0, 0, 20]


@pytest.mark.parametrize(
    ("question", "answer", "style", "said"),
    [
        ("When was it opened?", "in 1981", "short", "In 1981 [2]."),
        ("Who led it?", "Anna Berg", "sentence", "Anna Berg led it [2]."),
        ("谁发现了它？", "李明", "short", "李明[2]。"),
    ],
)
def test_replies_are_a_sentence_with_a_number(question: str, answer: str, style: str, said: str) -> None:
    assert replies.reply(question, answer, number=2, style=style) == said  # type: ignore[arg-type]  # a Style


def test_files_that_are_no_set_or_no_pairs_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"qrels\.tsv"):
        read_set(tmp_path)
    (tmp_path / "train.jsonl").write_text('{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1, kind"):
        read_pairs(tmp_path / "train.jsonl")
    with pytest.raises(ConfigError, match="No pairs can be made"):
        bare = [Material(id="a", document="a", text="Nothing is asked.")]
        make_pairs(bare, GENERATOR, Recipe(sizes=SIZES), sources=["bare"], out=tmp_path, told=print)


def _towns(count: int) -> list[Material]:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        return read_set(make_set(Path(place) / "towns", towns=count))


def test_beirs_ids_empty_lines_and_grades_of_zero_are_read(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text(
        '{"_id": "d1", "text": "In 1981."}\n{"_id": "d2", "text": "1981!"}\n'
    )
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "When?", "answers": ["1981"]}\n')
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\td1\t1\n\nq\td2\t0\n")
    first, second = read_set(tmp_path)
    assert ([one.id for one in first.asked], second.asked) == (["q"], ())
    (tmp_path / "qrels.tsv").write_text("q\td1\t1\nq\td2\t2\n")
    assert all(one.asked for one in read_set(tmp_path))
    (tmp_path / "qrels.tsv").write_text("q\td1\t1\nq d2 1\n")
    with pytest.raises(ConfigError, match="line 2: a query, a document and a grade"):
        read_set(tmp_path)
