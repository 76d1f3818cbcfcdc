"""The Protocols that every stage of a chain implements, one or two methods each.

Implementations derive from nothing: any object with these methods composes in Python
(`Chain(retriever=Mine(), ...)`). The configurations of the stages that ship derive from `StageConfig`.
"""

from __future__ import annotations

import collections.abc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from ragkit.types import (
    EVERYTHING,
    Chunk,
    Document,
    DocumentSummary,
    Draft,
    Filter,
    Finish,
    Hit,
    Judgement,
    Message,
    Place,
    Query,
    Turn,
)

Progress = Callable[[int, int], None]
"""Called with (done, total) while long work goes on."""

Vectors = NDArray[np.float32]

Writing = collections.abc.Generator[str, None, Draft]
"""Yields pieces of text as they are written; returns the draft."""

Written = collections.abc.Generator[str, None, Finish]
"""Yields pieces of text as a language model writes them; returns how it ended."""

WeightedTerms = Mapping[str, float] | Sequence[str]
"""The terms of a search with their weights, or each as often as it weighs."""


class StageConfig(BaseModel):
    """The settings of one stage: immutable, and every unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Loader(Protocol):
    """Reads one file."""

    def load(self, path: Path, *, password: str | None = None) -> Document:
        """The document in `path`. Raises `LoadError` when it cannot be read."""
        ...


class Cleaner(Protocol):
    """Improves a document's text without losing the way back to its source."""

    def clean(self, document: Document) -> Document:
        """The same document with better text; pages and source runs still hold."""
        ...


class Chunker(Protocol):
    """Cuts a document into passages."""

    @property
    def name(self) -> str:
        """Identity for the index: type and every setting that changes the result."""
        ...

    def chunk(self, document: Document) -> list[Chunk]:
        """Passages in order that together hold every character; none for a text of spaces only."""
        ...


class Analyzer(Protocol):
    """Turns text into the terms of lexical search."""

    @property
    def name(self) -> str:
        """Identity for the index: changes whenever the terms would."""
        ...

    def terms(self, text: str) -> list[str]:
        """The terms of a passage in order, with repetitions, free of white space."""
        ...

    def query_terms(self, text: str) -> Mapping[str, float]:
        """The terms by which a question finds passages, with their weights, all above 0."""
        ...

    def folded(self, text: str) -> str:
        """The text in one spelling, as quoted phrases are compared."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors, the same vector for the same text whatever its neighbours."""

    @property
    def name(self) -> str:
        """Identity for the index: model, revision and precision."""
        ...

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        ...

    @property
    def window(self) -> int:
        """The most tokens of one text that are read; what lies behind them is ignored."""
        ...

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """(start, end) in `text` of each token, in order, special tokens left out."""
        ...

    def reads(self, text: str) -> bool:
        """Whether the model was trained on the script that most of `text` is written in."""
        ...

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Unit vectors of passages: float32, (len(texts), dimension)."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question: float32, (dimension,)."""
        ...


class QueryReader(Protocol):
    """Understands what was typed."""

    def read(self, text: str, *, literal: bool = False) -> Query:
        """What to search for, and where; `literal` takes operators for text. Raises `QueryError`."""
        ...


class QueryRewriter(Protocol):
    """Says a question in other words, so that more of what answers it is found."""

    def rewrite(self, query: str) -> list[str]:
        """The texts to search for, at least one; their rankings are fused."""
        ...


class Retriever(Protocol):
    """Finds passages."""

    def retrieve(self, query: str, *, limit: int, among: Filter = EVERYTHING) -> list[Hit]:
        """At most `limit` hits that pass the filter, by (-score, chunk.id)."""
        ...


class Reranker(Protocol):
    """Reorders hits by reading them."""

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits in the new order; the best first."""
        ...


class Postprocessor(Protocol):
    """Chooses among ranked hits, so that each shown one tells something new."""

    def process(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """Some of the hits, possibly joined or in another order; the best first."""
        ...


class FollowUps(Protocol):
    """Understands questions that continue a talk."""

    def standalone(self, query: str, history: Sequence[Turn]) -> str:
        """The question in words that need no talk before them; itself where it needs none."""
        ...


class Gate(Protocol):
    """Decides whether passages answer a question, before anything is written."""

    def judge(self, query: str, hits: Sequence[Hit]) -> Judgement:
        """How sure it is that they do, and the reason why they do not, if they do not."""
        ...


class Writer(Protocol):
    """A language model that answers in a talk."""

    @property
    def name(self) -> str:
        """The model, as people know it."""
        ...

    def reads(self, text: str) -> bool:
        """Whether the model was trained on the script of `text`."""
        ...

    def tokens(self, text: str) -> int:
        """How many tokens the text has."""
        ...

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        """Yields the answer as it is written, at most `most_tokens` of it; closing it ends the writing.

        What looks like a special token in the messages is text or gone. Raises `GenerationError`,
        `ModelNotFound`.
        """
        ...


@runtime_checkable
class Weigher(Protocol):
    """A language model that tells how probable a text is as its answer."""

    def log_probabilities(self, messages: Sequence[Message], text: str) -> Sequence[float]:
        """The natural logarithm of the chance of each token of the text, given those before it."""
        ...


class Generator(Protocol):
    """Writes an answer from passages."""

    def generate(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Writing:
        """Yields the text while it is written, and returns the draft, whose citations are not yet checked.

        `history` is the talk so far, whose passages may be cited too. Nothing more is written once it is
        closed. Raises `GenerationError`.
        """
        ...

    def prompt(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Sequence[Message]:
        """The turns that a language model is given for it; none where no model is asked."""
        ...


class Verifier(Protocol):
    """Checks what a draft claims."""

    def verify(self, draft: Draft, hits: Sequence[Hit]) -> Draft:
        """The draft with support and verdict of each sentence; citations that do not hold are gone."""
        ...


class Documents(Protocol):
    """Where the text behind a chunk is found."""

    def document(self, document_id: str) -> Document:
        """The whole document. Raises `KeyError` when it is not there."""
        ...

    def documents(self) -> list[DocumentSummary]:
        """All documents without their texts, by path."""
        ...

    def place(self, document_id: str, offset: int) -> Place:
        """Source, title and page of the character at `offset`."""
        ...

    def sources_of(self, document_id: str) -> list[str]:
        """All paths of the document, in order; none for one that is not there."""
        ...

    def document_at(self, source: str) -> str | None:
        """The id of the document at a path; None where there is none."""
        ...

    def passes(self, chunk: Chunk, among: Filter) -> bool:
        """Whether a chunk is there and passes the filter."""
        ...


class Index(Documents, Protocol):
    """Chunks that can be found by terms and by vector."""

    @property
    def analyzer(self) -> Analyzer:
        """What turned the chunks into terms, and must turn queries into terms."""
        ...

    def chunks(self, document_id: str) -> list[Chunk]:
        """The chunks of a document, in order."""
        ...

    def search_lexical(
        self, terms: WeightedTerms, *, limit: int, among: Filter = EVERYTHING
    ) -> list[tuple[Chunk, float]]:
        """The best chunks that pass the filter with their BM25 scores, by (-score, id)."""
        ...

    def search_dense(
        self, vector: Vectors, *, limit: int, among: Filter = EVERYTHING
    ) -> list[tuple[Chunk, float]]:
        """The nearest chunks that pass the filter with their cosines, by (-score, id)."""
        ...

    def frequency(self, term: str) -> int:
        """How many chunks hold an analysed term."""
        ...
