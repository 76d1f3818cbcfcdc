"""The JSON of `ragkit eval check`, `import` and `make`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ragkit.cli.options import shown
from ragkit.cli.shapes import Shape
from ragkit.evaluation.checking import CheckedGolden
from ragkit.evaluation.importing import Imported
from ragkit.evaluation.proposing import Proposal, Rejected


class NearestShape(Shape):
    source: str
    page: int | None
    text: str
    ratio: float


class ProblemShape(Shape):
    question: str
    evidence: int | None
    kind: str
    missing: bool
    said: str
    nearest: list[NearestShape]


class CheckShape(Shape):
    """What `ragkit eval check --json` prints; `evidence` of a problem counts from 1."""

    questions: int
    evidence: int
    missing: int
    problems: list[ProblemShape]


class UnusableShape(Shape):
    where: str
    reason: str


class ImportShape(Shape):
    """What `ragkit eval import --json` prints."""

    format: str
    corpus: str | None
    golden: str
    documents: int
    questions: int
    unanswerable: int
    unusable: int
    reasons: list[UnusableShape]


class GoldenEvidenceShape(Shape):
    source: str
    page: int | None
    quote: str
    grade: int


class GoldenQuestionShape(Shape):
    id: str
    language: str
    question: str
    answers: list[str]
    evidence: list[GoldenEvidenceShape]


class ProposalShape(Shape):
    question: GoldenQuestionShape
    maker: str
    review: bool


class RejectedShape(Shape):
    made: int
    known: int
    unclear: int
    no_evidence: int
    not_answered: int


class MakeShape(Shape):
    """What `ragkit eval make --json` prints; `written` is the file that they were added to, if any."""

    proposals: list[ProposalShape]
    rejected: RejectedShape
    written: str | None


def check_shape(checked: CheckedGolden) -> CheckShape:
    """Everything that is wrong with a golden set."""
    problems = [
        ProblemShape(
            question=one.question,
            evidence=None if one.evidence is None else one.evidence + 1,
            kind=one.kind,
            missing=one.is_missing,
            said=one.said,
            nearest=[
                NearestShape(source=shown(near.source), page=near.page, text=near.text, ratio=near.ratio)
                for near in one.nearest
            ],
        )
        for one in checked.problems
    ]
    return CheckShape(
        questions=checked.questions,
        evidence=checked.evidence,
        missing=len(checked.missing),
        problems=problems,
    )


def import_shape(imported: Imported) -> ImportShape:
    """What an import wrote and left out."""
    return ImportShape(
        format=imported.format,
        corpus=str(imported.corpus) if imported.corpus else None,
        golden=str(imported.golden),
        documents=imported.documents,
        questions=imported.questions,
        unanswerable=imported.unanswerable,
        unusable=imported.unusable,
        reasons=[UnusableShape(where=one.where, reason=one.reason) for one in imported.reasons],
    )


def make_shape(proposals: Sequence[Proposal], rejected: Rejected, written: Path | None) -> MakeShape:
    """Proposed questions, as a golden set has them."""
    return MakeShape(
        proposals=[
            ProposalShape(
                question=GoldenQuestionShape.model_validate(one.question.model_dump(mode="json")),
                maker=one.maker,
                review=one.review,
            )
            for one in proposals
        ],
        rejected=RejectedShape(**asdict(rejected)),
        written=str(written) if written else None,
    )
