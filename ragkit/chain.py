"""The right half of ragkit: from a question to a checked answer."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from copy import copy
from dataclasses import replace
from time import perf_counter
from typing import TypeVar

from ragkit import stages
from ragkit.abstention import NeverGate
from ragkit.citations import act_on_unsupported, resolve_citations
from ragkit.errors import ConfigError
from ragkit.followups import KeepFollowUps
from ragkit.generators.border import written_by
from ragkit.generators.written import WEIGHS, WrittenGenerator
from ragkit.postprocessors import Results
from ragkit.queries import Reader, both, in_words
from ragkit.retrievers.fusion import fuse
from ragkit.stages import (
    Documents,
    FollowUps,
    Gate,
    Postprocessor,
    QueryReader,
    Reranker,
    Retriever,
    Verifier,
    Writing,
)
from ragkit.support import PassageReader
from ragkit.types import (
    EVERYTHING,
    Answer,
    Draft,
    Filter,
    Findings,
    Hit,
    Judgement,
    Message,
    OnOrders,
    OnUnsupported,
    Query,
    Turn,
)

_T = TypeVar("_T")
_DEEPER = 4
_DEEPEST = 480  # hits fetched where most of them say the same


class Chain:
    """followups -> reader -> retriever -> reranker -> results -> gate -> generator -> verifier.

    `documents` are those that are cited. `candidates` is how many hits the reranker sees, `limit` how many
    reach the generator. Without a `reader` questions are searched as they are, without `results` hits are
    shown as they are ranked, without a `gate` whatever is found is answered from. `unsupported` is what is
    done about sentences that nothing supports, `orders` about sentences of documents that address the
    assistant: left out of what is read, or kept. They are found and shown like any other.
    """

    def __init__(  # noqa: PLR0913  # one argument for each stage
        self,
        *,
        documents: Documents,
        retriever: Retriever,
        reranker: Reranker,
        generator: stages.Generator,
        verifier: Verifier,
        reader: QueryReader | None = None,
        results: Postprocessor | None = None,
        followups: FollowUps | None = None,
        gate: Gate | None = None,
        candidates: int = 30,
        limit: int = 8,
        unsupported: OnUnsupported = "mark",
        orders: OnOrders = "leave_out",
    ) -> None:
        self.documents = documents
        self._reader = reader or Reader()
        self._retriever = retriever
        self._reranker = reranker
        self._results = results or Results()
        self._followups = followups or KeepFollowUps()
        self._gate = gate or NeverGate()
        self._writer = generator
        self._verifier = verifier
        self._candidates = candidates
        self._limit = limit
        self._unsupported = unsupported
        self._passages = PassageReader(documents, orders=orders)

    def with_generator(self, generator: stages.Generator) -> Chain:
        """This chain with another generator; everything else is shared, so that no index is opened again."""
        other = copy(self)
        other._writer = generator
        return other

    def search(
        self, query: str, *, limit: int | None = None, literal: bool = False, among: Filter = EVERYTHING
    ) -> list[Hit]:
        """The best passages for a question, at most `limit` (the chain's own limit by default).

        With `literal`, quotation marks and filters in the question are text like any other. Of the passages
        that do not pass `among`, none is found, whatever the question's own filters say.
        """
        return list(self.find(query, limit=limit, literal=literal, among=among).hits)

    def find(
        self, query: str, *, limit: int | None = None, literal: bool = False, among: Filter = EVERYTHING
    ) -> Findings:
        """As `search`, with what the question was understood to ask for, notices and timings.

        Raises `ValueError` for an empty question, `QueryError` for one that says only where to look.
        """
        if not query.strip():
            raise ValueError("the question is empty")
        limit = self._limit if limit is None else limit
        timings: dict[str, float] = {}
        asked = _timed(timings, "read", lambda: self._reader.read(query, literal=literal))
        asked = replace(asked, among=both(asked.among, among))
        hits, notices = self._ranked(asked, limit, timings)
        return Findings(
            query=asked, hits=tuple(hits[:limit]), notices=asked.notices + notices, timings=timings
        )

    def prompt(
        self,
        query: str,
        *,
        history: Sequence[Turn] = (),
        literal: bool = False,
        among: Filter = EVERYTHING,
    ) -> Sequence[Message]:
        """What a language model would be asked; nothing where none is. Raises as `find` does."""
        found = self.find(self._standalone(query, history, {}), literal=literal, among=among)
        passages, _ = self._passages.read(found.hits)
        return self._writer.prompt(found.query.text, passages, self._passages.talk(history, among))

    def perplexities(self, query: str, texts: Sequence[str], *, literal: bool = False) -> list[float]:
        """The perplexity of each text as an answer, from 1 up, for the language model that would write it.

        Raises `ConfigError` where none tells how probable a text is, and as `find` and `stream` do.
        """
        if not isinstance(self._writer, WrittenGenerator):
            raise ConfigError(f"This chain's generator is no language model. {WEIGHS}")
        found = self.find(query, literal=literal)
        passages, _ = self._passages.read(found.hits)
        return self._writer.perplexities(found.query.text, passages, texts)

    def _ranked(
        self, query: Query, limit: int, timings: dict[str, float]
    ) -> tuple[list[Hit], tuple[str, ...]]:
        """The hits after every stage; where too few are left of them, more are fetched."""
        depth = max(limit, self._candidates)
        while True:
            hits, found, notices = self._at_depth(query, depth, timings)
            if len(hits) >= limit or found < depth or depth >= _DEEPEST:
                return hits, notices
            depth *= _DEEPER

    def _at_depth(
        self, query: Query, depth: int, timings: dict[str, float]
    ) -> tuple[list[Hit], int, tuple[str, ...]]:
        """What is left of `depth` hits, how many were found, and notices."""
        found, notices = _timed(timings, "retrieve", lambda: self._retrieve(query, depth))
        ranked = _timed(timings, "rerank", lambda: self._reranker.rerank(query.text, found))
        left = _timed(timings, "results", lambda: self._results.process(query.text, ranked))
        return left, len(found), notices

    def ask(
        self,
        query: str,
        *,
        history: Sequence[Turn] = (),
        literal: bool = False,
        among: Filter = EVERYTHING,
    ) -> Answer:
        """An answer whose every citation stands in the documents, or an abstention with its reason.

        Raises as `stream` does.
        """
        return returned(self.stream(query, history=history, literal=literal, among=among))

    def stream(
        self,
        query: str,
        *,
        history: Sequence[Turn] = (),
        literal: bool = False,
        among: Filter = EVERYTHING,
    ) -> Generator[str, None, Answer]:
        """Yields the text while it is written, unchecked, and returns the checked answer.

        `history` is the talk that the question continues, the earliest turn first. Passages that do not pass
        `among` are not read, those of earlier turns neither. Closing it ends the writing. Once begun it
        raises `ValueError` for an empty question, `QueryError` for one that says only where to look,
        `GenerationError` when the generator fails, `TypeError` when it is no such generator.
        """
        timings: dict[str, float] = {}
        alone = self._standalone(query, history, timings)
        found = self.find(alone, literal=literal, among=among)
        timings.update(found.timings)
        passages, left_out = self._passages.read(found.hits, history)
        judgement = _timed(timings, "judge", lambda: self._gate.judge(found.query.text, passages))
        draft = _refused(judgement)
        if not judgement.reason:
            talk = self._passages.talk(history, among)
            draft = yield from self._write(found.query.text, passages, talk, timings)
        understood = (f"understood as: {alone}",) if alone != query else ()
        draft = replace(draft, notices=understood + found.notices + left_out + draft.notices)
        return _answer(draft, found, judgement, timings)

    def _write(
        self, question: str, passages: Sequence[Hit], talk: Sequence[Turn], timings: dict[str, float]
    ) -> Writing:
        """Yields what the generator does; returns the checked draft."""
        started = perf_counter()
        draft = yield from written_by(self._writer, question, passages, talk)
        timings["generate"] = (perf_counter() - started) * 1000.0
        read = [*passages, *(hit for turn in talk for hit in turn.hits)]
        return _timed(timings, "verify", lambda: self._checked(draft, read))

    def _standalone(self, query: str, history: Sequence[Turn], timings: dict[str, float]) -> str:
        if not history:
            return query
        return _timed(timings, "followup", lambda: self._followups.standalone(query, history))

    def _checked(self, draft: Draft, read: Sequence[Hit]) -> Draft:
        """The draft with citations that resolve, and verdicts that are acted on."""
        resolved = resolve_citations(draft, read, self.documents)
        return act_on_unsupported(self._verifier.verify(resolved, read), self._unsupported)

    def _retrieve(self, query: Query, depth: int) -> tuple[list[Hit], tuple[str, ...]]:
        """The hits, and a notice where the conditions of the question leave none."""
        hits = self._fused(query, depth, query.among)
        if hits or query.among == EVERYTHING:
            return hits, ()
        relaxed = replace(query.among, phrases=())
        if query.among.phrases and (hits := self._fused(query, depth, relaxed)):
            phrases = in_words(Filter(phrases=query.among.phrases))
            rest = "" if relaxed == EVERYTHING else f" fits the conditions ({in_words(relaxed)})"
            return hits, (f"no passage {phrases}{rest}: searched for the words one by one",)
        return [], (f"no passage fits the conditions: {in_words(query.among)}",)

    def _fused(self, query: Query, depth: int, among: Filter) -> list[Hit]:
        """What is found for every variant of the question, by reciprocal rank where there are several.

        The first weighs as much as all the others together: those may be made up by a language model.
        """
        variants = query.variants or (query.text,)
        found = [self._retriever.retrieve(text, limit=depth, among=among) for text in variants]
        if len(found) == 1:
            return found[0]
        weights = [1.0] + [1.0 / (len(found) - 1)] * (len(found) - 1)
        pairs = zip(found, weights, strict=True)
        rankings = {str(number): pair for number, pair in enumerate(pairs)}
        return fuse(rankings, method="rrf", limit=depth)


def returned(writing: Generator[str, None, _T]) -> _T:
    """What a generator returns in the end; what it yields is not looked at."""
    while True:
        try:
            next(writing)
        except StopIteration as end:
            result: _T = end.value
            return result


def _answer(draft: Draft, found: Findings, judgement: Judgement, timings: dict[str, float]) -> Answer:
    return Answer(
        text=draft.text,
        sentences=draft.sentences,
        hits=found.hits,
        query=found.query,
        judgement=judgement,
        abstained=draft.abstained,
        reason=draft.reason,
        prompt=draft.prompt,
        usage=draft.usage,
        trace=draft.trace,
        dropped=draft.dropped,
        timings=timings,
        notices=draft.notices,
    )


def _timed(timings: dict[str, float], stage: str, work: Callable[[], _T]) -> _T:
    started = perf_counter()
    result = work()
    timings[stage] = timings.get(stage, 0.0) + (perf_counter() - started) * 1000.0
    return result


def as_turn(answer: Answer) -> Turn:
    """The answer as a part of a talk that goes on."""
    return Turn(question=answer.query.text, answer=answer.text, hits=answer.hits)


def _refused(judgement: Judgement) -> Draft:
    return Draft(text="", sentences=(), abstained=True, reason=judgement.reason)
