"""The contract of retrievers: order, limit, and the scores of every stage; fusion against its formulas."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import chunk_ids, config, ingest, queries, scored_hits, write_corpus

from ragkit.embedders import HashingConfig
from ragkit.embedders.hashing import HashingEmbedder
from ragkit.index import LocalIndex
from ragkit.retrievers import (
    Bm25Config,
    Bm25Retriever,
    DenseConfig,
    DenseRetriever,
    HybridConfig,
    HybridRetriever,
    RankBm25Config,
    fuse,
)
from ragkit.retrievers.adaptive import dense_share
from ragkit.stages import Retriever
from ragkit.types import Filter, StageScore

EMBEDDER = HashingConfig(dimension=64).build()
CONFIGS = (
    Bm25Config(),
    RankBm25Config(),
    DenseConfig(),
    HybridConfig(),
    HybridConfig(fusion="rrf", dense_weight=0.3, candidates=5, rrf_k=10),
    HybridConfig(fusion="weighted"),
    HybridConfig(fusion="weighted", normalisation="z_score"),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LocalIndex:
    path = tmp_path_factory.mktemp("retriever")
    write_corpus(path / "files", [f"{number}.md" for number in range(8)])
    ingest(path / "index").run([path / "files"])
    return config(path / "index").open_index()


@pytest.fixture(params=CONFIGS, ids=lambda chosen: chosen.type)
def retriever(request: pytest.FixtureRequest, index: LocalIndex) -> Retriever:
    made: Retriever = request.param.build(index, EMBEDDER)
    return made


def test_hits_come_by_score_and_id_up_to_the_limit(retriever: Retriever) -> None:
    for query in queries(8):
        hits = retriever.retrieve(query, limit=10)
        assert 0 < len(hits) <= 10
        order = [(-hit.score, hit.chunk.id) for hit in hits]
        assert order == sorted(order)
        assert len({hit.chunk.id for hit in hits}) == len(hits)


def test_the_same_question_gives_the_same_hits(retriever: Retriever) -> None:
    for query in queries(4):
        assert retriever.retrieve(query, limit=10) == retriever.retrieve(query, limit=10)


def test_the_last_stage_is_the_place_and_score_of_the_hit(retriever: Retriever) -> None:
    for rank, hit in enumerate(retriever.retrieve("baker babu", limit=5), start=1):
        assert list(hit.stages.values())[-1] == StageScore(rank=rank, score=hit.score)


def test_every_chunk_can_be_asked_for(retriever: Retriever, index: LocalIndex) -> None:
    everything = len(chunk_ids(index))
    assert len(retriever.retrieve(queries(2)[1], limit=10 * everything)) <= everything


def test_only_passages_that_pass_the_filter_are_found(retriever: Retriever, index: LocalIndex) -> None:
    everything = len(chunk_ids(index))
    for number, query in enumerate(queries(8)):
        source = f"{number}.md"
        inside = {
            c.id for d in index.documents() if d.sources[0].endswith(source) for c in index.chunks(d.id)
        }
        found = retriever.retrieve(query, limit=everything, among=Filter(sources=(f"*/{source}",)))
        assert {hit.chunk.id for hit in found} <= inside
        if not isinstance(retriever, HybridRetriever):  # fused scores depend on the whole ranking
            everywhere = retriever.retrieve(query, limit=everything)
            expected = {hit.chunk.id: hit.score for hit in everywhere if hit.chunk.id in inside}
            assert {hit.chunk.id: hit.score for hit in found} == pytest.approx(expected, abs=1e-6)


def test_adaptive_fusion_is_the_convex_combination_with_the_share_of_both_rankings(index: LocalIndex) -> None:
    adaptive = HybridConfig().build(index, EMBEDDER)
    for query in queries(8):
        lexical = Bm25Retriever(index).retrieve(query, limit=50)
        dense = DenseRetriever(index, EMBEDDER).retrieve(query, limit=50)
        share = dense_share(lexical, dense)
        fixed = HybridConfig(fusion="weighted", dense_weight=share).build(index, EMBEDDER)
        assert adaptive.retrieve(query, limit=10) == fixed.retrieve(query, limit=10)


def test_words_that_stand_nowhere_are_not_found_lexically(index: LocalIndex) -> None:
    for chosen in (Bm25Config(), RankBm25Config()):
        assert chosen.build(index, EMBEDDER).retrieve("xylophone", limit=5) == []
        assert chosen.build(index, EMBEDDER).retrieve("?!", limit=5) == []


def test_an_empty_index_gives_no_hits(tmp_path: Path) -> None:
    with config(tmp_path / "empty").open_index(create=True) as empty:
        for chosen in CONFIGS:
            assert chosen.build(empty, EMBEDDER).retrieve("baker", limit=5) == []


class Blind(HashingEmbedder):
    """Reads no script and must not be asked for vectors."""

    def reads(self, text: str) -> bool:
        return False

    def embed_query(self, text: str) -> None:  # type: ignore[override]  # never returns
        raise AssertionError("embedded a question that it does not read")


def test_for_a_script_the_embedder_does_not_read_the_lexical_order_stands(index: LocalIndex) -> None:
    blind = Blind(dimension=64)
    lexical = Bm25Retriever(index).retrieve("baker babu", limit=8)
    hybrid = HybridConfig().build(index, blind).retrieve("baker babu", limit=8)
    assert DenseRetriever(index, blind).retrieve("baker", limit=5) == []
    assert [hit.chunk.id for hit in hybrid] == [hit.chunk.id for hit in lexical]


def test_weighted_fusion_is_the_convex_combination_of_scaled_scores() -> None:
    rankings = {
        "bm25": (scored_hits("bm25", a=9.0, b=5.0, c=1.0), 0.6),
        "dense": (scored_hits("dense", c=0.8, d=0.4), 0.4),
    }
    fused = {hit.chunk.id: hit.score for hit in fuse(rankings, method="weighted")}
    assert fused == pytest.approx({"a": 0.6, "c": 0.4, "b": 0.3, "d": 0.0})
    assert list(fused) == ["a", "c", "b", "d"]


def test_rank_fusion_adds_weights_over_60_and_rank() -> None:
    rankings = {
        "bm25": (scored_hits("bm25", a=9.0, b=5.0), 0.5),
        "dense": (scored_hits("dense", b=0.8, c=0.4), 0.5),
    }
    fused = fuse(rankings, method="rrf")
    assert {hit.chunk.id: hit.score for hit in fused} == pytest.approx(
        {"b": 0.5 / 62 + 0.5 / 61, "a": 0.5 / 61, "c": 0.5 / 62}
    )
    assert list(fused[0].stages) == ["bm25", "dense", "fused"]


def test_scores_that_are_all_the_same_all_count_fully() -> None:
    fused = fuse({"bm25": (scored_hits("bm25", b=2.0, a=2.0), 1.0), "dense": ([], 1.0)}, method="weighted")
    assert [(hit.chunk.id, hit.score) for hit in fused] == [("a", 1.0), ("b", 1.0)]
