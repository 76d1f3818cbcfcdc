"""A verifier is trained: what it learns from, that an interruption changes nothing, and what is exported."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from ragkit.errors import ConfigError, LoadError, ModelNotFound
from ragkit.tuning.verifier import chinese, english
from ragkit.tuning.verifier.asking import ask
from ragkit.tuning.verifier.constructing import construct
from ragkit.tuning.verifier.corpus import Sizes, read_corpus
from ragkit.tuning.verifier.passages import Passage
from ragkit.tuning.verifier.split import groups, part_of
from ragkit.verifiers import TrainedConfig
from tests.unit.tiny_encoder import make_data, make_encoder

torch = pytest.importorskip("torch")

from ragkit.tuning.verifier.calibrating import offset  # noqa: E402
from ragkit.tuning.verifier.making import CHECKPOINT, MODEL, Order, Told, make  # noqa: E402
from ragkit.tuning.verifier.training import Progress, Recipe, to_batch  # noqa: E402

BRIDGE = (
    "In 1981, the Humber Bridge was opened by Queen Elizabeth. It spans 2220 metres, and it was then the"
    " longest bridge. Many people in Yorkshire use it before noon. The toll was not popular in Hull."
)
RIVER = (
    "黄河发源于青海省，全长5464公里。1981年3月，黄河没有结冰。很多人住在黄河的北岸，因为土地肥沃。"
    "《诗经》写到黄河。"
)
SIZES = Sizes(english=60, chinese=40)


def passages(text: str, source: str, count: int = 6) -> list[Passage]:
    asked = (("When was it opened?", "1981"),) if source == "squad2-en" else ()
    return [
        Passage(
            id=f"{source}/{n}",
            source=source,
            text=text.replace("Humber", f"Humber{n}").replace("黄河", f"黄{'甲乙丙丁戊己'[n]}河"),
            names=(f"title {n % 2}",),
            asked=asked,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(("text", "source"), [(BRIDGE, "squad2-en"), (RIVER, "xquad-zh")])
def test_statements_are_made_in_pairs_and_always_the_same(text: str, source: str) -> None:
    made = construct(passages(text, source), seed=1, most=200)
    assert made == construct(passages(text, source), seed=1, most=200)
    assert made != construct(passages(text, source), seed=2, most=200)
    assert sum(one.supported for one in made) * 2 == len(made)
    for true, false in zip(made[::2], made[1::2], strict=True):
        assert (true.supported, false.supported) == (True, False)
        assert (true.text, true.evidence) != (false.text, false.evidence)
        if false.kind == "removed":
            assert true.text == false.text
        if false.kind.startswith("mirrored"):
            assert true.evidence == false.evidence != text


@pytest.mark.parametrize(("rules", "text"), [(english, BRIDGE), (chinese, RIVER)])
def test_what_is_altered_stands_in_no_passage_and_what_is_reworded_keeps_its_numbers(
    rules: object, text: str
) -> None:
    said = text[: text.index("。") + 1] if rules is chinese else text[: text.index(". ") + 1]
    kinds = set()
    for seed in range(60):
        kind, other = rules.altered(said, text, ["London", "长江"], Random(seed))  # type: ignore[attr-defined]
        assert other not in text
        kinds.add(kind)
        same = rules.reworded(said, Random(seed))  # type: ignore[attr-defined]
        assert set(re.findall(r"\d+", same)) <= set(re.findall(r"\d+", said))
    assert {"number", "negation"} & kinds
    assert len(kinds) > 1


def test_names_are_runs_of_capitalised_words_that_open_no_sentence() -> None:
    text = 'Then Queen Elizabeth of England came. The Norse (Rollo) saw "Normandy" in May. Paris fell.'
    assert english.names(text) == ["Queen Elizabeth of England", "Norse", "Rollo", "Normandy"]
    kinds = {
        english.altered("It was opened by Queen Elizabeth in Hull.", text, [], Random(seed))[0]
        for seed in range(40)
    }
    assert "name" in kinds


@pytest.mark.parametrize(
    ("text", "source", "question", "answer"),
    [
        (BRIDGE, "squad2-en", "When was the Humber Bridge opened by Queen Elizabeth?", "1981"),
        (RIVER, "xquad-zh", "黄河在1981年3月没有什么？", "结冰"),
    ],
)
def test_questions_stand_beside_passages_that_answer_them_and_others_that_do_not(
    text: str, source: str, question: str, answer: str
) -> None:
    some = [
        replace(one, asked=((question, answer), ("", answer), ("Who?", "not there")), unanswered=("Why?",))
        for one in passages(text, source)
    ]
    made = [row for seed in range(12) for row in ask(some, seed=seed)]
    assert ask(some, seed=3) == ask(some, seed=3) != ask(some, seed=4)
    assert all(row.text for row in made)
    kinds = {row.kind for row in made}
    assert {"answered", "removed", "written"} < kinds
    assert "Who?" not in {row.text for row in made}  # its answer is not in the passage
    for row in made:
        if row.kind == "answered":
            assert (row.supported, answer in row.evidence) == (True, True)
        if row.kind == "removed":
            assert (row.supported, answer in row.evidence) == (False, False)
        if row.kind == "written":
            assert (row.supported, row.text) == (False, "Why?")
    true, false = (
        [row for row in made if row.kind.startswith("mirrored") and row.supported == label]
        for label in (True, False)
    )
    assert len(true) == len(false)
    assert all(row.evidence != text for row in true)


def test_texts_that_share_a_title_or_eight_words_are_in_one_group() -> None:
    run = "one two three four five six seven eight"
    found = groups(
        [
            "a b",
            f"x {run} y",
            f"{run} z",
            "c d",
            "某黄河发源于青海省全长五千四百六十四里",
            "黃河發源於青海省",
            "黃河發源於青海省全長五千四百六十四里呀",
        ],
        [("t",), (), (), ("t",), (), (), ()],
    )
    assert found[0] == found[3] != found[1]
    assert found[1] == found[2]
    assert found[4] == found[6] != found[5]
    assert {part_of(str(n), small=False) for n in range(60)} == {"train", "development", "test"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder(tmp_path_factory.mktemp("start"))


def test_no_document_is_in_two_parts(data: Path) -> None:
    corpus = read_corpus(data, seed=0, sizes=SIZES)
    seen = [{one.id.split()[0] for one in corpus.all(part)} for part in ("train", "development", "test")]
    assert all(seen)
    assert not seen[0] & seen[1] | seen[0] & seen[2] | seen[1] & seen[2]
    with pytest.raises(LoadError, match=r"halueval|wice.*--data names the folder"):
        read_corpus(data / "nowhere", seed=0, sizes=SIZES)


class Stopped(Exception):
    pass


def test_an_interrupted_training_ends_with_the_same_weights(data: Path, start: Path, tmp_path: Path) -> None:
    recipe = Recipe(batch=4, repeats={})

    def order(out: str) -> Order:
        return Order(
            data=data, out=tmp_path / out, recipe=recipe, sizes=SIZES, threads=1, start=str(start), every=10
        )

    steps: list[Progress] = []
    lines: list[str] = []
    fitted = make(order("whole"), Told(lines.append, steps.append))
    assert [one.script for one in fitted] == ["aligned", "spaced", "unspaced"]
    assert steps[-1].step == steps[-1].steps == len(steps)
    assert lines[0].startswith("train: wice-dev")
    assert lines[1].startswith("memory: about ") and "; disk: up to " in lines[1]

    def stop(progress: Progress) -> None:
        if progress.step == 25:
            raise Stopped

    with pytest.raises(Stopped):
        make(order("parts"), Told(lines.append, stop))
    again: list[Progress] = []
    make(order("parts"), Told(lines.append, again.append))
    assert again[0].step == 21
    whole, parts = (
        torch.load(tmp_path / out / CHECKPOINT, weights_only=True)["network"] for out in ("whole", "parts")
    )
    assert all(torch.equal(whole[name], parts[name]) for name in whole)

    with pytest.raises(ConfigError, match="another folder with --out"):
        make(replace(order("parts"), recipe=replace(recipe, rate=1.0)), Told(lines.append, again.append))


def test_what_will_not_fit_is_refused_before_the_first_step(
    data: Path, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ragkit.tuning.estimate import Hardware
    from ragkit.tuning.verifier import fitting

    monkeypatch.setattr(fitting, "free_hardware", lambda: Hardware(name="cpu", memory=0.0))
    steps: list[Progress] = []
    order = Order(
        data=data, out=tmp_path / "run", recipe=Recipe(batch=4), sizes=SIZES, threads=1, start=str(start)
    )
    with pytest.raises(ConfigError, match=r"would not fit: it takes about .* --anyway begins it"):
        make(order, Told(lambda line: None, steps.append))
    assert not steps and not order.out.exists()


def test_what_is_exported_reads_as_the_network_does(data: Path, start: Path, tmp_path: Path) -> None:
    from ragkit.entailment.encoding import encode
    from ragkit.entailment.reader import EntailmentReader
    from ragkit.tuning.verifier.network import Network
    from ragkit.tuning.verifier.training import Example
    from ragkit.tuning.verifier.vocabulary import extended

    order = Order(
        data=data, out=tmp_path, recipe=Recipe(batch=8, repeats={}), sizes=SIZES, threads=1, start=str(start)
    )
    make(order, Told(lambda line: None, lambda progress: None))
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)["network"]
    _, rows = extended(start / "tokenizer.json")
    network = Network(start, rows, added=len(state["words.new.weight"]))
    network.load_state_dict(state)
    reader = EntailmentReader(tmp_path / MODEL)
    pairs = [("the bridge was opened in 1981.", BRIDGE), ("黄河全长5464公里。", RIVER), ("bees!", "")]
    read = [reader.logit(*pair) for pair in pairs]
    with torch.no_grad():
        whole = [
            float(network(to_batch([Example(encode(reader._tokenizer, *pair), True)]))) for pair in pairs
        ]
    assert np.allclose(read, whole, atol=0.1)
    built = TrainedConfig(model=tmp_path / MODEL).build()
    assert built is not None
    with pytest.raises(ModelNotFound, match="ragkit tune verifier"):
        EntailmentReader(tmp_path / "nowhere").logit("a", "b")


def test_the_constant_is_moved_until_as_much_is_expected_as_is_there() -> None:
    scores, labels = np.array([2.0, -1.0, 0.5, 3.0]), np.array([1.0, 0.0, 0.0, 1.0])
    shares = np.array([0.1, 0.4, 0.3, 0.2])
    chances = 1.0 / (1.0 + np.exp(-scores - offset(scores, labels, shares)))
    assert shares @ chances == pytest.approx(shares @ labels, abs=1e-9)
