"""Proposes golden questions about an index, with exact evidence, for a person to accept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest
from typing import Literal

from ragkit.chain import Chain
from ragkit.evaluation.golden import Question
from ragkit.evaluation.proposing.asking import answers_with
from ragkit.evaluation.proposing.by_model import asked_by_model
from ragkit.evaluation.proposing.by_rules import Candidate, candidates, in_turn
from ragkit.evaluation.proposing.evidence import Quoting
from ragkit.evaluation.proposing.quality import KnownQuestions, stands_alone, tells_answer
from ragkit.evaluation.proposing.unanswerable import unanswered
from ragkit.evaluation.spans import Span
from ragkit.language import is_cjk
from ragkit.stages import Index, Writer
from ragkit.types import Chunk

Maker = Literal["rules", "model"]
REVIEW = "review-"
"""How the ids of questions begin that nothing seems to answer, until somebody has looked."""
_FEWEST_DOCUMENTS, _MOST_DOCUMENTS = 40, 5000  # that are read
_ENOUGH = 4  # questions of rules for each that is wanted
_LEAST_SCORE = 0.5
_PASSAGES = 4  # that a model is asked about for each question that is wanted
_OF_DOCUMENT, _OF_SENTENCE = 200, 2
_SAME_KIND, _SAME_SUBJECT = 0.4, 0.7  # what a question loses for each one like it in its document


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A question to accept, who made it, and whether its lack of evidence must be looked at."""

    question: Question
    maker: Maker
    review: bool = False


@dataclass(slots=True, kw_only=True)
class Rejected:
    """How many questions were made, and why some were not proposed."""

    made: int = 0
    known: int = 0
    unclear: int = 0
    no_evidence: int = 0
    not_answered: int = 0


class Proposer:
    """Makes questions by rules, and by a language model about what it reads, and tries them on a chain.

    `chain` is asked each question, and should quote (`quoting_chain`). `known` questions are not asked again.
    """

    def __init__(
        self, index: Index, chain: Chain, *, writer: Writer | None = None, known: Iterable[str] = ()
    ) -> None:
        self.rejected = Rejected()
        self._index = index
        self._chain = chain
        self._writer = writer
        self._known = KnownQuestions(index.analyzer, known)
        self._quoting = Quoting(index)
        self._answers: dict[str, set[str]] = defaultdict(set)

    def propose(
        self, count: int, *, unanswerable: int = 0, tried: Callable[[int], None] | None = None
    ) -> Iterator[Proposal]:
        """At most `count` questions from all over the index, then at most `unanswerable` ones to be reviewed.

        `tried` is told how many were made so far. Raises `GenerationError` where the model is not there.
        """
        read = self._read(count)
        ruled = [one for found, _ in read for one in found]
        for one in ruled:
            self._answers[one.question].add(one.answer)
        proposed = 0
        for candidate in self._in_turn(read, count):
            if proposed == count:
                break
            self._made(tried)
            if question := self._question(candidate):
                proposed += 1
                yield Proposal(question=question, maker="model" if candidate.kind == "model" else "rules")
        yield from self._unanswerable(ruled, unanswerable)

    def _made(self, tried: Callable[[int], None] | None) -> None:
        self.rejected.made += 1
        if tried:
            tried(self.rejected.made)

    def _read(self, count: int) -> list[tuple[list[Candidate], list[Chunk]]]:
        """What rules ask of documents from all over the index, until it is enough; and their passages."""
        read: list[tuple[list[Candidate], list[Chunk]]] = []
        asked = 0
        for document_id in _strided([one.id for one in self._index.documents()])[:_MOST_DOCUMENTS]:
            if len(read) >= _FEWEST_DOCUMENTS and asked >= _ENOUGH * count:
                break
            chunks = self._index.chunks(document_id)
            found = [
                one
                for one in candidates(self._index.document(document_id), chunks)
                if one.score >= _LEAST_SCORE and stands_alone(one.question)
            ]
            read.append((varied(found), chunks))
            asked += len(found)
        return read

    def _in_turn(
        self, read: Sequence[tuple[list[Candidate], list[Chunk]]], count: int
    ) -> Iterator[Candidate]:
        """The model's questions about what it reads, those of rules about the rest, then about that too."""
        writer = self._writer
        if writer is None:
            yield from in_turn((found for found, _ in read), of_one=_OF_DOCUMENT)
            return
        passages = [_spread([chunk for chunk in chunks if writer.reads(chunk.text)]) for _, chunks in read]
        ordered = [chunk for of_rank in zip_longest(*passages) for chunk in of_rank if chunk]
        asked = asked_by_model(writer, ordered[: _PASSAGES * count])
        unread = [[] if chunks else found for (found, _), chunks in zip(read, passages, strict=True)]
        for pair in zip_longest(asked, in_turn(unread, of_one=_OF_DOCUMENT)):
            yield from filter(None, pair)
        rest = [found if chunks else [] for (found, _), chunks in zip(read, passages, strict=True)]
        yield from in_turn(rest, of_one=_OF_DOCUMENT)

    def _question(self, candidate: Candidate) -> Question | None:
        """The golden question, if it is new, clear, and answered by its own evidence."""
        asked = candidate.question
        if self._known.holds(asked):
            self.rejected.known += 1
        elif not self._is_clear(candidate):
            self.rejected.unclear += 1
        elif not (
            places := self._quoting.evidence(Span(candidate.document_id, candidate.start, candidate.end))
        ):
            self.rejected.no_evidence += 1
        elif not answers_with(self._chain, asked, [span for _, span in places]):
            self.rejected.not_answered += 1
        else:
            self._known.add(asked)
            return Question(
                id=_id(asked),
                language=_language(asked),
                question=asked,
                answers=(candidate.answer,) if candidate.answer else (),
                evidence=tuple(evidence for evidence, _ in places),
            )
        return None

    def _is_clear(self, candidate: Candidate) -> bool:
        asked = candidate.question
        ambiguous = candidate.rivals or len(self._answers[asked]) > 1
        clear = stands_alone(asked) and self._known.is_about_something(asked)
        return clear and not ambiguous and not tells_answer(asked, candidate.answer)

    def _unanswerable(self, found: Sequence[Candidate], count: int) -> Iterator[Proposal]:
        if not count:
            return
        for made in unanswered(self._index, found):
            if self._known.holds(made.question):
                continue
            self._known.add(made.question)
            asked = made.question
            question = Question(id=f"{REVIEW}{_id(asked)}", language=_language(asked), question=asked)
            yield Proposal(question=question, maker="rules", review=True)
            count -= 1
            if not count:
                return


def varied(found: Sequence[Candidate], *, most: int = _OF_DOCUMENT) -> list[Candidate]:
    """The best, so ordered that kinds and subjects change; of one sentence only two, and one event."""
    ordered: list[Candidate] = []
    left = list(found)
    kinds, subjects, sentences = Counter[str](), Counter[str](), Counter[int]()

    def worth(one: Candidate) -> float:
        return one.score - _SAME_KIND * kinds[one.kind] - _SAME_SUBJECT * subjects[one.subject.casefold()]

    while left and len(ordered) < most:
        best = max(left, key=worth)
        left.remove(best)
        taken = sentences[best.start]
        if taken < _OF_SENTENCE and not (best.event and taken):
            ordered.append(best)
            kinds[best.kind] += 1
            subjects[best.subject.casefold()] += 1
            sentences[best.start] += 1
    return ordered


def _strided(ids: Sequence[str]) -> list[str]:
    """The same in several passes, each from one end of the index to the other."""
    step = -(-len(ids) // _FEWEST_DOCUMENTS) or 1
    return [id_ for first in range(step) for id_ in ids[first::step]]


def _spread(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The passages of a document in an order that is the same each time, and not that of its pages."""
    return sorted(chunks, key=lambda chunk: sha256(chunk.id.encode()).digest())


def _id(question: str) -> str:
    return sha256(question.encode()).hexdigest()[:12]


def _language(question: str) -> str:
    return "zh" if any(map(is_cjk, question)) else "en"
