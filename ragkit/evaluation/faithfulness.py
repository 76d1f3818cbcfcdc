"""Whether answers say only what their contexts say: every sentence judged by a verifier, without any LLM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from ragkit.errors import ConfigError
from ragkit.evaluation.decisions import Decisions, judge_decisions
from ragkit.evaluation.files import listed
from ragkit.evaluation.records import Run
from ragkit.generators.attribution import attributed
from ragkit.generators.passages import Numbered
from ragkit.language import sentence_spans
from ragkit.stages import Documents, Progress, Verifier
from ragkit.types import Chunk, Citation, Draft, Hit, Sentence, Verdict
from ragkit.verifiers.features import check


class GivenAnswer(BaseModel):
    """An answer with the contexts that it should stand on; `label` is 1 where every statement does, if known.

    Other keys of a line are ignored: files of other tools have their own.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = ""
    question: str = ""
    answer: str
    contexts: tuple[str, ...] = Field(
        validation_alias=AliasChoices("contexts", "context", "retrieved_contexts"), min_length=1
    )
    label: int | None = Field(default=None, ge=0, le=1)

    @field_validator("contexts", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAnswer:
    """An answer's sentences with their support (0 to 1), verdict, and the words of the contexts behind it.

    A citation's `document_id` is the number of its context, from "0" on; it counts characters there.
    """

    given: GivenAnswer
    draft: Draft

    @property
    def support(self) -> float:
        """The mean support of the sentences; 1 for an answer that says nothing."""
        return fmean([sentence.support for sentence in self.draft.sentences] or [1.0])

    @property
    def faithful(self) -> bool:
        """Whether every sentence is supported."""
        return all(sentence.verdict == "supported" for sentence in self.draft.sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faithfulness:
    """All answers together: sentences by verdict, the share of faithful answers, and of labelled ones
    how well `support` tells the faithful (`decisions` are those of `faithful`)."""

    answers: int
    sentences: int
    verdicts: Mapping[Verdict, int]
    faithful: float
    decisions: Decisions | None


def read_answers(path: Path) -> list[GivenAnswer]:
    """The answers in a JSONL file. Raises `ConfigError` with every line that is not valid."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise ConfigError(f"No answers at {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8, as answers must be: {error}") from error
    answers, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            answer = GivenAnswer.model_validate_json(line)
            answers.append(answer if answer.id else answer.model_copy(update={"id": f"line {number}"}))
        except ValidationError as error:
            first = error.errors()[0]
            problems.append(f"  line {number}, {'.'.join(map(str, first['loc'])) or 'JSON'}: {first['msg']}")
    if problems or not answers:
        said = listed(problems) or "  it is empty"
        raise ConfigError(f"{path} cannot be read (JSONL of answer, contexts, and if known label):\n{said}")
    return answers


def answers_of(run: Run, documents: Documents) -> list[GivenAnswer]:
    """The answers of a stored run with the passages that were found for them, as they stand in an index.

    Refusals say nothing and are left out, as are answers whose passages are gone.
    """
    found = []
    for record in run.questions:
        contexts = [
            documents.document(passage.document).text[passage.start : passage.end]
            for passage in record.passages
            if documents.sources_of(passage.document)
        ]
        if record.answer and not record.abstained and contexts:
            found.append(
                GivenAnswer(
                    id=record.id, question=record.question, answer=record.answer, contexts=tuple(contexts)
                )
            )
    return found


def check_answers(
    answers: Sequence[GivenAnswer], verifier: Verifier, *, progress: Progress | None = None
) -> list[CheckedAnswer]:
    """Every sentence of each answer, judged by what all its contexts say together."""
    checked = []
    for done, given in enumerate(answers, start=1):
        hits = [_hit(str(number), text) for number, text in enumerate(given.contexts)]
        checked.append(CheckedAnswer(given=given, draft=_checked(given.answer, verifier, hits)))
        if progress:
            progress(done, len(answers))
    return checked


def summarise_faithfulness(checked: Sequence[CheckedAnswer]) -> Faithfulness:
    """The figures of all answers. Raises `ValueError` without any."""
    labelled = [one for one in checked if one.given.label is not None]
    verdicts = Counter(sentence.verdict for one in checked for sentence in one.draft.sentences)
    return Faithfulness(
        answers=len(checked),
        sentences=sum(verdicts.values()),
        verdicts=dict(verdicts),
        faithful=fmean(one.faithful for one in checked),
        decisions=_decisions(labelled) if labelled else None,
    )


def _decisions(labelled: Sequence[CheckedAnswer]) -> Decisions:
    """AUROC of the support, all else of whether every sentence is supported."""
    truth = [bool(one.given.label) for one in labelled]
    said = judge_decisions(truth, [float(one.faithful) for one in labelled])
    ranked = judge_decisions(truth, [one.support for one in labelled])
    return replace(said, auroc=ranked.auroc)


def _checked(answer: str, verifier: Verifier, hits: Sequence[Hit]) -> Draft:
    """Each sentence judged by all contexts; its evidence are the sentences that say most of it."""
    whole = tuple(_citation(hit.chunk, 0, len(hit.chunk.text)) for hit in hits)
    spans = [
        (start, end) for start, end in sentence_spans(answer) if any(map(str.isalnum, answer[start:end]))
    ]
    sentences = tuple(Sentence(start=start, end=end, citations=whole) for start, end in spans)
    judged = verifier.verify(Draft(text=answer, sentences=sentences), hits)
    shown = (replace(one, citations=_nearest(answer[one.start : one.end], hits)) for one in judged.sentences)
    return replace(judged, sentences=tuple(shown))


def _nearest(statement: str, hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """Where the contexts say the statement, else the one sentence that shares most with it."""
    passages = [Numbered(number=n, hit=hit, text=hit.chunk.text) for n, hit in enumerate(hits, start=1)]
    for sentence in attributed(statement, passages).sentences:
        if sentence.citations:
            return sentence.citations
    for closest in check(statement, [hit.chunk.text for hit in hits], []).closest[:1]:
        for hit in hits:
            if (at := hit.chunk.text.find(closest)) >= 0:
                return (_citation(hit.chunk, at, at + len(closest)),)
    return ()


def _citation(chunk: Chunk, start: int, end: int) -> Citation:
    return Citation(document_id=chunk.document_id, start=start, end=end, quote=chunk.text[start:end])


def _hit(name: str, text: str) -> Hit:
    return Hit(chunk=Chunk(id=name, document_id=name, start=0, end=len(text), text=text), score=1.0)
