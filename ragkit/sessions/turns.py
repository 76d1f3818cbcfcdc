"""A turn of a talk as it is kept, and as it goes on.

A passage is kept as its place in a document, not as its text: it is read from the index when a talk goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from ragkit.stages import Documents
from ragkit.types import Answer, Chunk, Citation, Hit, Sentence, StageScore, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Where a passage that was read for an answer stands, its heading, and how each stage ranked it."""

    chunk_id: str
    document_id: str
    start: int
    end: int
    heading: str = ""
    parent: tuple[int, int] | None = None
    score: float = 0.0
    stages: Mapping[str, StageScore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTurn:
    """A question as it was asked, the `standalone` one that it was understood as, and what was answered.

    `timings`: milliseconds of each stage. `written` by a language model, not quoted; `dropped` citations
    did not resolve. Turns of earlier versions have none of these.
    """

    question: str
    standalone: str
    answer: str
    sentences: tuple[Sentence, ...] = ()
    passages: tuple[Passage, ...] = ()
    abstained: bool = False
    reason: str = ""
    notices: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    written: bool = False
    dropped: int = 0

    @property
    def citations(self) -> list[Citation]:
        """The citations of all sentences, each once, in the order of their numbers from 1."""
        return list(dict.fromkeys(c for sentence in self.sentences for c in sentence.citations))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A talk that may go on, and how many of its passages are no longer in the index."""

    turns: tuple[Turn, ...]
    gone: int = 0


def saved(question: str, answer: Answer) -> SavedTurn:
    """A turn as it is kept."""
    return SavedTurn(
        question=question,
        standalone=answer.query.text,
        answer=answer.text,
        sentences=tuple(
            replace(sentence, citations=tuple(replace(c, boxes=()) for c in sentence.citations))
            for sentence in answer.sentences
        ),
        passages=tuple(
            Passage(
                chunk_id=hit.chunk.id,
                document_id=hit.chunk.document_id,
                start=hit.chunk.start,
                end=hit.chunk.end,
                heading=hit.chunk.heading,
                parent=hit.chunk.parent,
                score=hit.score,
                stages=dict(hit.stages),
            )
            for hit in answer.hits
        ),
        abstained=answer.abstained,
        reason=answer.reason,
        written=bool(answer.prompt) and not answer.abstained,
        dropped=answer.dropped,
        notices=answer.notices,
        timings=dict(answer.timings),
    )


def recall(turns: Sequence[SavedTurn], documents: Documents) -> Recalled:
    """The talk with the text of its passages; those whose document is gone, or changed, are left out."""

    @cache
    def text(document_id: str) -> str | None:
        try:
            return documents.document(document_id).text  # its id is that of its content
        except KeyError:
            return None

    made = []
    gone = 0
    for turn in turns:
        texts = [text(passage.document_id) for passage in turn.passages]
        hits = [_hit(p, whole) for p, whole in zip(turn.passages, texts, strict=True) if whole is not None]
        gone += len(turn.passages) - len(hits)
        made.append(Turn(question=turn.standalone, answer=turn.answer, hits=tuple(hits)))
    return Recalled(turns=tuple(made), gone=gone)


def _hit(passage: Passage, whole: str) -> Hit:
    """The passage as it was found in the text of its document."""
    chunk = Chunk(
        id=passage.chunk_id,
        document_id=passage.document_id,
        start=passage.start,
        end=passage.end,
        text=whole[passage.start : passage.end],
        heading=passage.heading,
        parent=passage.parent,
    )
    return Hit(chunk=chunk, score=passage.score, stages=passage.stages)
