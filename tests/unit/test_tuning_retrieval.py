"""Embedders and rerankers tuned on questions: what is learnt from, going on, and use by a chain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("datasets", reason="datasets is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")

from ragkit.chunkers import SentenceConfig
from ragkit.config import Config
from ragkit.embedders import HashingConfig
from ragkit.errors import ConfigError, ModelNotFound
from ragkit.models.pairs import PairScorer
from ragkit.tuning.pairs.sources import Asked, Material, read_set
from ragkit.tuning.retrieval.dequantising import dequantised
from ragkit.tuning.retrieval.exporting import export
from ragkit.tuning.retrieval.making import Order, make_embedder, make_reranker
from ragkit.tuning.retrieval.measuring import embedder_scores
from ragkit.tuning.retrieval.mining import Passages, mine
from ragkit.tuning.retrieval.recipe import Recipe
from ragkit.tuning.retrieval.starting import load_reranker
from ragkit.tuning.runs.card import use_of
from ragkit.tuning.runs.folder import RunFolder
from ragkit.tuning.runs.progress import Progress, Told
from tests.unit.tiny_encoder import make_encoder
from tests.unit.tiny_sets import make_set

SILENT = Told(lambda line: None, lambda progress: None)
RECIPE = Recipe(questions=24, negatives=2, depth=10, batch=4, longest=48, every=2, rate=1e-3, epochs=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tiny")
    make_set(made / "towns")
    make_encoder(made / "encoder")
    return made


def chain(folder: Path) -> Config:
    return Config(
        index=folder / "index", embedder=HashingConfig(dimension=64), chunker=SentenceConfig(size=60)
    )


def order(folder: Path, out: Path, **changes: Any) -> Order:
    return Order(
        materials=read_set(folder / "towns"), sources=["towns"], chain=chain(out), out=out,
        model=str(folder / "encoder"), threads=1, recipe=replace(RECIPE, **changes),
    )  # fmt: skip


@pytest.fixture(scope="module")
def embedder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("embedder") / "run"
    make_embedder(order(folder, out), SILENT)
    return out


def test_wrong_passages_are_what_a_search_finds_and_hold_no_accepted_answer(
    folder: Path, tmp_path: Path
) -> None:
    towns = read_set(folder / "towns")
    same_river = Material(
        id="other", document="other", text="The river Ashra flows through Ashford, too.", asked=()
    )
    passages = Passages([*towns, same_river], chain(tmp_path), tmp_path / "passages")
    found = mine(passages, RECIPE, most=200, told=lambda line: None)
    assert len(found) > 100
    answers = {one.question: one.answers for town in towns for one in town.asked}
    rights = {one.question: town.text for town in towns for one in town.asked}
    for example in found:
        assert example.right == rights[example.question]
        assert example.right not in example.wrong
        assert 1 <= len(example.wrong) <= RECIPE.negatives
        assert not any(answer in text for answer in answers[example.question] for text in example.wrong)
    assert found == mine(passages, RECIPE, most=200, told=lambda line: None)
    assert [one.question for one in found[:5]] != sorted(one.question for one in found)[:5]


def test_dense_search_is_measured_against_all_passages(tmp_path: Path) -> None:
    texts = ("Ashford lies on the Stour.", "Bees make honey.", "The Humber Bridge was opened in 1981.")
    materials = [
        Material(id=str(place), document=str(place), text=text, asked=(Asked(id=text, question=text),))
        for place, text in enumerate(texts)
    ]
    passages = Passages(materials, chain(tmp_path), tmp_path / "passages")
    same = embedder_scores(HashingConfig(dimension=256).build(), passages, most=10, seed=0)
    assert same == {"nDCG@10": [1.0] * 3, "RR@10": [1.0] * 3, "Success@1": [1.0] * 3}

    class Backwards:
        def embed_documents(self, texts: list[str]) -> np.ndarray:
            return np.eye(3, dtype=np.float32)

        def embed_query(self, text: str) -> np.ndarray:
            return -np.eye(3, dtype=np.float32)[texts.index(text)]

    last: Any = Backwards()
    assert embedder_scores(last, passages, most=10, seed=0)["RR@10"] == pytest.approx([1 / 3] * 3)


def test_an_embedder_is_learnt_measured_and_used_by_a_chain(embedder: Path) -> None:
    run = RunFolder(embedder)
    record = run.record()
    assert (record.kind, record.status) == ("embedder", "finished")
    assert {"start nDCG@10", "tuned nDCG@10"} <= record.results.keys()
    losses = [one["loss"] for one in run.metrics() if "loss" in one]
    assert sum(losses[-6:]) < sum(losses[:6])
    assert (run.weights / "README.md").is_file()
    assert (embedder / "index.html").is_file()
    assert use_of(run, record) == f"embedder: {{type: sentence_transformer, model: {run.weights}}}"
    told = [one for one in run.metrics() if "development_loss" in one]
    assert told
    parts = [record.data[f"{part}_passages"] for part in ("train", "development", "test")]
    assert sum(map(int, parts)) == 40


def test_a_finished_run_is_not_made_again_and_another_one_is_refused(folder: Path, embedder: Path) -> None:
    assert make_embedder(order(folder, embedder), SILENT) == RunFolder(embedder).record()
    with pytest.raises(ConfigError, match=r"rate=0\.001 \(now 0\.002\)"):
        make_embedder(order(folder, embedder, rate=2e-3), SILENT)


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(
    folder: Path, embedder: Path, tmp_path: Path
) -> None:
    def stop(progress: Progress) -> None:
        if progress.step == 5:
            raise KeyboardInterrupt

    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        make_embedder(order(folder, out), Told(lambda line: None, stop))
    lines: list[str] = []
    make_embedder(order(folder, out), Told(lines.append, lambda progress: None))
    assert "going on from checkpoint-4" in lines
    ours, theirs = ((one / "model" / "model.safetensors").read_bytes() for one in (out, embedder))
    assert ours == theirs


def test_a_reranker_is_learnt_written_in_eight_bits_and_read_by_a_chain(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    record = make_reranker(order(folder, out, questions=8), SILENT)
    assert {"search nDCG@10", "tuned nDCG@10"} <= record.results.keys()
    assert "start nDCG@10" not in record.results  # a plain encoder reranks nothing
    scorer = PairScorer(str(out / "model"))
    texts = ["Ashford was founded in 1500 by settlers.", "Bees make honey."]
    assert np.isfinite(scorer.scores("When was Ashford founded?", texts)).all()


def test_eight_bits_are_unpacked_to_what_they_were_rounded_from(folder: Path, tmp_path: Path) -> None:
    import torch

    model = load_reranker(str(folder / "encoder"), tmp_path / "spare", longest=48)
    torch.manual_seed(0)
    with torch.no_grad():
        for one in model.model.parameters():  # an exporter keeps equal tensors once
            one.add_(0.05 * torch.randn_like(one))
    export(model, tmp_path / "int8", longest=48)
    tensors = dequantised(tmp_path / "int8" / "model.onnx")
    known = {name: one.numpy() for name, one in model.model.state_dict().items()}
    assert set(known) - set(tensors) <= {"bert.embeddings.position_ids"}
    for name, array in tensors.items():
        assert array.shape == known[name].shape
        assert np.abs(array - known[name]).max() <= np.abs(known[name]).max() / 60

    again = load_reranker(str(tmp_path / "int8"), tmp_path / "unpacked", longest=48)
    pair = [("When was it opened?", "The bridge was opened in 1981.")]
    assert again.predict(pair) == pytest.approx(model.predict(pair), abs=0.05)


def test_a_file_that_holds_no_such_model_is_refused(tmp_path: Path) -> None:
    from ragkit.models.onnx_graph import OnnxGraph

    graph = OnnxGraph()
    graph.output(graph.node("Relu", [graph.input("x", (1,))], "y"), (1,))
    (tmp_path / "model.onnx").write_bytes(graph.model())
    with pytest.raises(ModelNotFound, match="no BERT in eight bits"):
        dequantised(tmp_path / "model.onnx")


def test_too_few_documents_are_told_before_anything_is_made(folder: Path, tmp_path: Path) -> None:
    few = replace(order(folder, tmp_path / "run"), materials=read_set(folder / "towns")[:1])
    with pytest.raises(ConfigError, match=r"no question for the part '(train|test)'"):
        make_embedder(few, SILENT)
    assert not (tmp_path / "run").exists()


def test_an_embedder_reads_as_much_as_before_and_its_questions_need_no_torch(
    folder: Path, embedder: Path
) -> None:
    from ragkit.embedders import OnnxConfig, SentenceTransformerConfig
    from ragkit.embedders.bert_query import bert_query_encoder
    from ragkit.tuning.retrieval.starting import load_embedder

    before = load_embedder(str(folder / "encoder"), folder / "spare", plain=OnnxConfig())
    tuned = SentenceTransformerConfig(model=str(embedder / "model")).build()
    assert tuned.window == before.max_seq_length - 2
    quick = bert_query_encoder(embedder / "model")
    assert quick is not None
    assert quick.embed("When was Ashford founded?") @ tuned.embed_documents(["When was Ashford founded?"])[
        0
    ] == pytest.approx(1.0, abs=1e-4)


def test_few_wrong_passages_are_repeated_and_never_the_right_one() -> None:
    from ragkit.tuning.retrieval.mining import Example
    from ragkit.tuning.retrieval.training import _columns

    one = Example(question="Who?", right="A", wrong=("B",))
    assert _columns([one], replace(RECIPE, negatives=3))[0] == {
        "question": "Who?", "right": "A", "wrong_0": "B", "wrong_1": "B", "wrong_2": "B",
    }  # fmt: skip


def test_a_model_of_another_kind_is_refused_before_anything_is_searched(folder: Path, tmp_path: Path) -> None:
    for name, said in (
        ("ms-marco-MiniLM-L-12-v2", "is a reranker"),
        ("multilingual-e5-small", "e5|learnt on"),
    ):
        with pytest.raises(ModelNotFound, match=said):
            make_embedder(replace(order(folder, tmp_path / "run"), model=name), SILENT)
    assert not (tmp_path / "run" / "run.json").exists()


def test_a_run_that_was_refused_leaves_its_folder_free(folder: Path, tmp_path: Path) -> None:
    from ragkit.tuning.runs.folder import TunedRecord

    run = RunFolder(tmp_path / "run")
    known = TunedRecord(
        kind="sft", created="", model="a", recipe={"batch": 4000}, data={}, threads=1, packages={}
    )
    assert not run.begin(known)
    other = known.model_copy(update={"recipe": {"batch": 1}})
    assert not run.begin(other)
    assert run.record() == other
    run.tell({"step": 1, "loss": float("nan")})
    with pytest.raises(ConfigError, match=r"batch=1 \(now 4000\)"):
        run.begin(known)
    run.write(other.model_copy(update={"results": {"loss": float("nan")}}))
    assert np.isnan(run.record().results["loss"])


@pytest.mark.parametrize("make", [make_embedder, make_reranker])
def test_what_will_not_fit_is_refused_before_anything_is_searched(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Any
) -> None:
    from ragkit.tuning.estimate import Hardware
    from ragkit.tuning.retrieval import fitting

    beside = fitting._BESIDE["embedder" if make is make_embedder else "reranker"] / 1e9
    monkeypatch.setattr(fitting, "free_hardware", lambda: Hardware(name="cpu", memory=beside + 0.01))
    lines: list[str] = []
    told = Told(lines.append, lambda progress: None)
    with pytest.raises(ConfigError, match=r"would not fit: it takes about .* --anyway begins it"):
        make(order(folder, tmp_path / "run", batch=256), told)
    assert [line.partition(":")[0] for line in lines] == ["memory"]
    assert not (tmp_path / "run" / "run.json").exists()
    with pytest.raises(ConfigError, match=r"What would fit:\n  --batch \d+ --accumulate \d+: [\d.]+ GB"):
        make(order(folder, tmp_path / "run", batch=256), told)
