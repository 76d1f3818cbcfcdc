"""Runs golden questions through a chain."""

from __future__ import annotations

import platform
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter

from ragkit.chain import Chain
from ragkit.config import Config
from ragkit.errors import ConfigError, RagkitError
from ragkit.evaluation.golden import Question
from ragkit.evaluation.judging import Judge, Judged
from ragkit.evaluation.measures import (
    DEFAULT,
    DEFAULT_ANSWERS,
    Measure,
    depth_of,
    needs_answers,
    needs_perplexity,
    parse_measure,
    scores,
)
from ragkit.evaluation.records import EvidencePlace, FoundPassage, Made, QuestionRecord, Run, Score
from ragkit.evaluation.statistics import interval
from ragkit.stages import Documents, Progress
from ragkit.types import Answer, Hit, Verdict

LOOKED_AT = 50
"""Passages of a question that are looked at, so that it can be told where the right one went."""
_SHOWN = 10  # of which are kept
_PACKAGES = ("faiss-cpu", "onnxruntime", "tantivy", "torch", "transformers", "sentence-transformers")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    judged: Judged
    hits: Sequence[Hit]
    milliseconds: float
    answer: Answer | None = None
    error: str = ""


def evaluate(
    chain: Chain,
    questions: Sequence[Question],
    *,
    measures: Sequence[str | Measure] = (*DEFAULT, *DEFAULT_ANSWERS),
    config: Config | None = None,
    golden: str = "",
    progress: Progress | None = None,
) -> Run:
    """Every question searched for, and answered where a measure wants answers; as `evaluating`."""
    steps = evaluating(chain, questions, measures=measures, config=config, golden=golden)
    while True:
        try:
            done = next(steps)
        except StopIteration as end:
            run: Run = end.value
            return run
        if progress:
            progress(done, len(questions))


def evaluating(
    chain: Chain,
    questions: Sequence[Question],
    *,
    measures: Sequence[str | Measure] = (*DEFAULT, *DEFAULT_ANSWERS),
    config: Config | None = None,
    golden: str = "",
) -> Generator[int, None, Run]:
    """Yields how many questions are done, and returns the run.

    `config` and `golden` (a name) are noted in the run. A question that fails is noted with its error, and
    scores as if nothing had been found. Raises `ConfigError` for a measure that there is not, `ValueError`
    without questions.
    """
    if not questions:
        raise ValueError("there are no questions")
    parsed = [one if isinstance(one, Measure) else parse_measure(one) for one in measures]
    judge = Judge(chain.documents)
    asked = []
    for done, question in enumerate(questions, start=1):
        asked.append(_ask(chain, judge, question, parsed))
        yield done
    found = scores(parsed, [one.judged for one in asked])
    records = tuple(_record(one, chain.documents, found[one.judged.question.id]) for one in asked)
    names = tuple(one.name for one in parsed)
    return Run(
        made=_made(chain.documents, questions, config, golden),
        measures=names,
        scores=summarise(records, names),
        questions=records,
    )


def _ask(chain: Chain, judge: Judge, question: Question, measures: Sequence[Measure]) -> _Asked:
    hits: Sequence[Hit] = ()
    answer, perplexity, error = None, None, ""
    depth = depth_of(measures, least=LOOKED_AT)
    began = perf_counter()
    try:
        hits = chain.search(question.question, limit=depth)
        milliseconds = 1000.0 * (perf_counter() - began)
        answer = chain.ask(question.question) if needs_answers(measures) else None
        if question.answers and needs_perplexity(measures):
            perplexity = min(chain.perplexities(question.question, question.answers))
    except ConfigError:
        raise
    except RagkitError as failure:
        milliseconds, error = 1000.0 * (perf_counter() - began), str(failure)
    told = {"answer": answer.text, "abstained": answer.abstained} if answer else {}
    if error and needs_answers(measures):
        told = {"answer": "", "abstained": False}
    judged = judge.judge(question, hits, **told)  # type: ignore[arg-type]  # the values fit their names
    judged = replace(judged, perplexity=perplexity)
    return _Asked(judged=judged, hits=hits, milliseconds=milliseconds, answer=answer, error=error)


def summarise(records: Sequence[QuestionRecord], measures: Sequence[str]) -> dict[str, dict[str, Score]]:
    """The means by language, and over "all" where there are several."""
    languages = sorted({record.language for record in records})
    groups = {one: [record for record in records if record.language == one] for one in languages}
    if len(languages) > 1:
        groups["all"] = list(records)
    return {name: _scores(group, measures) for name, group in groups.items()}


def _scores(records: Sequence[QuestionRecord], measures: Sequence[str]) -> dict[str, Score]:
    found = {}
    for measure in measures:
        values = [record.scores[measure] for record in records if measure in record.scores]
        if values:
            mean = interval(values)
            found[measure] = Score(mean=mean.mean, low=mean.low, high=mean.high, questions=len(values))
    return found


def _record(asked: _Asked, documents: Documents, values: Mapping[str, float]) -> QuestionRecord:
    judged, question = asked.judged, asked.judged.question
    verdicts: dict[Verdict, int] = {}
    for sentence in asked.answer.sentences if asked.answer else ():
        verdicts[sentence.verdict] = verdicts.get(sentence.verdict, 0) + 1
    return QuestionRecord(
        id=question.id,
        language=question.language,
        question=question.question,
        answerable=bool(question.evidence or question.answers),
        evidence=tuple(_place(number, judged, asked.hits) for number in range(len(question.evidence))),
        passages=tuple(
            _passage(n, judged, asked.hits, documents) for n in range(min(_SHOWN, len(asked.hits)))
        ),
        answer=asked.answer.text if asked.answer else "",
        abstained=asked.answer.abstained if asked.answer else None,
        confidence=asked.answer.judgement.score if asked.answer else None,
        verdicts=verdicts,
        milliseconds=round(asked.milliseconds, 2),
        error=asked.error,
        scores=values,
    )


def _place(number: int, judged: Judged, hits: Sequence[Hit]) -> EvidencePlace:
    evidence = judged.question.evidence[number]
    for place, looked in enumerate(judged.looked):
        if number in looked.holds:
            stages = {name: stage.rank for name, stage in hits[place].stages.items()}
            return EvidencePlace(source=evidence.source, page=evidence.page, rank=place + 1, stages=stages)
    return EvidencePlace(source=evidence.source, page=evidence.page, known=bool(judged.right[number]))


def _passage(number: int, judged: Judged, hits: Sequence[Hit], documents: Documents) -> FoundPassage:
    looked, hit = judged.looked[number], hits[number]
    place = documents.place(looked.span.document_id, looked.span.start)
    return FoundPassage(
        source=place.source.rpartition("/")[2],
        document=looked.span.document_id,
        page=place.page_index + 1,
        start=looked.span.start,
        end=looked.span.end,
        holds=looked.holds,
        stages={name: stage.rank for name, stage in hit.stages.items()},
    )


def _made(documents: Documents, questions: Sequence[Question], config: Config | None, golden: str) -> Made:
    known = sorted(summary.id for summary in documents.documents())
    packages = {name: found for name in _PACKAGES if (found := _version(name))}
    return Made(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        ragkit=_version("ragkit"),
        python=platform.python_version(),
        packages=packages,
        config=config.model_dump(mode="json") if config else {},
        golden=golden,
        golden_hash=_hash(question.model_dump_json() for question in questions),
        corpus_hash=_hash(known),
        documents=len(known),
    )


def _hash(parts: Iterable[str]) -> str:
    whole = sha256()
    for part in parts:
        whole.update(part.encode() + b"\n")
    return whole.hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
