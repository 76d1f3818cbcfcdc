"""Golden questions with what a chain answered, from which passages: what a judge is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.chain import Chain
from ragkit.errors import RagkitError
from ragkit.evaluation.golden import Question
from ragkit.generators.passages import as_data
from ragkit.stages import Progress
from ragkit.support import PassageReader
from ragkit.types import Answer, OnOrders


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question: the answer, the passages that it was written from, and the accepted answer.

    `supported` is the share of the answer's sentences that the chain's verifier supports, None where it
    judged none; `error` why there is no answer.
    """

    question: Question
    answer: str = ""
    abstained: bool = False
    contexts: tuple[str, ...] = ()
    reference: str = ""
    supported: float | None = None
    error: str = ""


def ask_cases(
    chain: Chain,
    questions: Sequence[Question],
    *,
    orders: OnOrders = "leave_out",
    progress: Progress | None = None,
) -> list[Case]:
    """Every question through the chain; one that fails is noted with its error.

    The contexts are what the chain reads: without sentences that give `orders` unless it keeps them, and
    without what a model would obey instead of read.
    """
    reader = PassageReader(chain.documents, orders=orders)
    cases = []
    for done, question in enumerate(questions, start=1):
        try:
            cases.append(case_of(question, chain.ask(question.question), reader))
        except RagkitError as error:
            cases.append(Case(question=question, reference=_reference(question), error=str(error)))
        if progress:
            progress(done, len(questions))
    return cases


def case_of(question: Question, answer: Answer, reader: PassageReader) -> Case:
    """A question with its answer."""
    passages, _ = reader.read(answer.hits)
    return Case(
        question=question,
        answer="" if answer.abstained else as_data(answer.text).strip(),
        abstained=answer.abstained,
        contexts=tuple(text for hit in passages if (text := as_data(hit.chunk.text).strip())),
        reference=_reference(question),
        supported=_supported(answer),
    )


def _reference(question: Question) -> str:
    """The first accepted answer, else the words of the evidence."""
    quotes = " ".join(one.quote for one in question.evidence)
    return as_data(question.answers[0] if question.answers else quotes).strip()


def _supported(answer: Answer) -> float | None:
    verdicts = [sentence.verdict for sentence in answer.sentences]
    if answer.abstained or not verdicts or "unchecked" in verdicts:
        return None
    return verdicts.count("supported") / len(verdicts)
