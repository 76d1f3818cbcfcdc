"""The chain: each stage once, in order, and nothing unchecked comes out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from test_citations import GOOD, TEXT, Shelf

from ragkit.chain import Chain
from ragkit.rerankers import KeepOrderConfig
from ragkit.types import Chunk, Citation, Draft, Hit, Sentence
from ragkit.verifiers import LexicalConfig

PARENT = (0, len(TEXT))


def hit(number: int, start: int, end: int) -> Hit:
    chunk = Chunk(id=f"c{number}", document_id="d", start=start, end=end, text=TEXT[start:end], parent=PARENT)
    return Hit(chunk=chunk, score=1.0 / (number + 1))


class Found:
    """A retriever that remembers its limit."""

    limits: list[int]

    def __init__(self) -> None:
        self.limits = []

    def retrieve(self, query: str, *, limit: int) -> list[Hit]:
        self.limits.append(limit)
        return [hit(0, 0, 5), hit(1, 6, 10), hit(2, 17, 23)][:limit]


class Said:
    """A generator that cites once truly and once falsely, and remembers what it read."""

    def __init__(self) -> None:
        self.read: list[Hit] = []

    def generate(self, query: str, hits: Sequence[Hit]) -> Draft:
        self.read = list(hits)
        false = Citation(document_id="d", start=0, end=5, quote="Wrong")
        sentence = Sentence(start=0, end=11, citations=(GOOD, false), support=0.9)
        return Draft(text="Second page", sentences=(sentence,))


def chain(retriever: Found, generator: Said) -> Chain:
    return Chain(
        documents=Shelf(),
        retriever=retriever,
        reranker=KeepOrderConfig().build(),
        generator=generator,
        verifier=LexicalConfig().build(),
        candidates=2,
        limit=3,
    )


def test_an_answer_carries_only_citations_that_hold_and_their_verdict() -> None:
    answer = chain(Found(), Said()).ask("which page?")
    (sentence,) = answer.sentences
    assert [citation.quote for citation in sentence.citations] == ["Second page"]
    assert (sentence.verdict, sentence.support) == ("supported", 1.0)
    assert list(answer.timings) == ["retrieve", "rerank", "generate", "verify"]


def test_the_generator_reads_each_parent_once_and_the_answer_shows_the_chunks() -> None:
    said = Said()
    answer = chain(Found(), said).ask("which page?")
    assert [(h.chunk.text, h.score) for h in said.read] == [(TEXT, 1.0)]
    assert [h.chunk.id for h in answer.hits] == ["c0", "c1", "c2"]


def test_the_retriever_is_asked_for_candidates_or_for_the_limit_if_that_is_more() -> None:
    found = Found()
    made = chain(found, Said())
    assert [len(made.search("x", limit=limit)) for limit in (1, 3, 0)] == [1, 3, 0]
    assert len(made.search("x")) == 3
    assert found.limits == [2, 3, 2, 3]


@pytest.mark.parametrize("question", ["", " \n"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        chain(Found(), Said()).ask(question)
    with pytest.raises(ValueError, match="empty"):
        chain(Found(), Said()).search(question)
