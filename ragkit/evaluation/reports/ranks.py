"""Where the right passage stood in each stage, in words; what kind of question went wrong."""

from __future__ import annotations

from collections.abc import Mapping

from ragkit.evaluation.comparison import Worse
from ragkit.evaluation.records import EvidencePlace, QuestionRecord

NOWHERE = "–"
_FIRST = 5


def placed(place: EvidencePlace) -> str:
    """The place of a piece of evidence in each stage and in the result."""
    if not place.known:
        return f"{_where(place)}: not in these documents"
    stages = [f"{name} {rank}" for name, rank in place.stages.items()]
    return f"{_where(place)}: {', '.join([*stages, f'result {_rank(place)}'])}"


def moved(before: EvidencePlace, now: EvidencePlace) -> str:
    """The place of a piece of evidence in each stage and in the result, then and now."""
    names = dict.fromkeys([*before.stages, *now.stages])
    stages = [f"{name} {_of(before.stages, name)} → {_of(now.stages, name)}" for name in names]
    return f"{_where(now)}: {', '.join([*stages, f'result {_rank(before)} → {_rank(now)}'])}"


def moves(one: Worse) -> list[str]:
    """What became of each piece of evidence of a question."""
    pairs = zip(one.before.evidence, one.now.evidence, strict=False)
    return [moved(before, now) for before, now in pairs]


def lost(one: Worse) -> str:
    """The measures that fell, then and now."""
    return ", ".join(f"{name} {before:.2f} → {now:.2f}" for name, (before, now) in one.measures.items())


def faults(question: QuestionRecord) -> list[str]:
    """What went wrong with a question, in a word or two each."""
    if question.error:
        return ["error"]
    found = []
    if question.evidence and not any(0 < place.rank <= _FIRST for place in question.evidence):
        found.append(f"not in the first {_FIRST}")
    if question.abstained is not None and question.abstained == question.answerable:
        found.append("refused, not answered" if question.abstained else "answered, not refused")
    elif question.scores.get("HasAnswer") == 0.0:
        found.append("no accepted answer")
    return found


def counted(count: int, one: str, more: str) -> str:
    """A number with its word: `1 question`, `2 questions`."""
    return f"{count} {one if count == 1 else more}"


def _where(place: EvidencePlace) -> str:
    return f"{place.source}, page {place.page}" if place.page else place.source


def _of(stages: Mapping[str, int], name: str) -> str:
    return str(stages.get(name, NOWHERE))


def _rank(place: EvidencePlace) -> str:
    return str(place.rank or NOWHERE)
