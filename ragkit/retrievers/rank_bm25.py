"""Lexical retrieval in memory with the rank-bm25 package, for small corpora and as an oracle."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ragkit.index.bm25 import K1, B, inverse_document_frequency
from ragkit.retrievers.ranking import ranked_hits
from ragkit.stages import Embedder, Index, StageConfig
from ragkit.types import EVERYTHING, Chunk, Filter, Hit

if TYPE_CHECKING:
    from rank_bm25 import BM25Okapi


class RankBm25Config(StageConfig):
    """Finds passages by the words of the question, scoring every chunk in memory."""

    type: Literal["rank_bm25"] = "rank_bm25"

    def build(self, index: Index, embedder: Embedder) -> RankBm25Retriever:
        """The retriever over `index`; the embedder is not used."""
        return RankBm25Retriever(index)


class RankBm25Retriever:
    """BM25Okapi over all chunks of an index, read once at the first query.

    It scores every chunk for every query (about 0.2 s for 100,000 chunks) and does not see later
    changes of the index: `bm25` has neither limit.
    """

    def __init__(self, index: Index) -> None:
        self._index = index

    @cached_property
    def _chunks(self) -> list[Chunk]:
        return [chunk for summary in self._index.documents() for chunk in self._index.chunks(summary.id)]

    @cached_property
    def _model(self) -> BM25Okapi:
        from rank_bm25 import BM25Okapi

        class Okapi(BM25Okapi):  # type: ignore[misc]  # the package has no types
            def _calc_idf(self, containing: dict[str, int]) -> None:
                size = self.corpus_size
                self.idf = {t: inverse_document_frequency(size, n) for t, n in containing.items()}

        terms = self._index.analyzer.terms
        return Okapi([terms(chunk.search_text) for chunk in self._chunks], k1=K1, b=B)

    def retrieve(self, query: str, *, limit: int, among: Filter = EVERYTHING) -> list[Hit]:
        """At most `limit` hits that share a term with the query, by (-score, chunk.id)."""
        terms = self._index.analyzer.query_terms(query)
        if not self._chunks or not terms:  # the package divides by the number of documents
            return []
        scores = sum(weight * self._model.get_scores([term]) for term, weight in terms.items()).tolist()
        pairs = [(c, s) for c, s in zip(self._chunks, scores, strict=True) if s > 0.0]
        if among != EVERYTHING:  # which passages pass, the index knows
            passing = self._index.search_lexical(terms, limit=len(self._chunks), among=among)
            allowed = {chunk.id for chunk, _ in passing}
            pairs = [pair for pair in pairs if pair[0].id in allowed]
        pairs.sort(key=lambda pair: (-pair[1], pair[0].id))
        return ranked_hits("bm25", pairs[:limit])
