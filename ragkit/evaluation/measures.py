"""Measures by name: of rankings (through ir-measures), of characters, of answers and of decisions."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from math import nan
from shutil import which
from typing import TYPE_CHECKING, Literal

from ragkit.errors import ConfigError, MissingDependency
from ragkit.evaluation.answers import ANSWER_MEASURES
from ragkit.evaluation.judging import Judged, Looked, Unit
from ragkit.evaluation.spans import joined, shared

if TYPE_CHECKING:
    import ir_measures

Kind = Literal["ranking", "span", "answer", "decision", "likelihood"]
_SPAN = re.compile(r"Span(R|P|IoU)@([1-9][0-9]{0,3})")
_AT_NOTHING = re.compile(r"@0(?!\.)")  # recall 0.5 is a place: IPrec@0.5
_UNDEFINED = {"Accuracy"}  # it has no value where a ranking holds nothing wrong
_UNITS: Mapping[str, Unit] = {"Page": "page", "Doc": "document"}
PERPLEXITY = "InvPPL"
"""1 / perplexity, so that more is better, as in all others."""
_ROUNDED = 1e-6  # sums of weights end a little beside 1
_RANKING = "nDCG@10, R@5, RR, AP, P@3, Success@5"
DEFAULT = ("nDCG@10", "RR@10", "R@5", "Success@1", "Success@5", "SpanR@5")
DEFAULT_ANSWERS = ("HasAnswer", "Answered", "Refused")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as its name says it; more is better in every one. It hashes and prints as its name."""

    name: str
    kind: Kind
    unit: Unit = "evidence"
    within: int = 0

    def __str__(self) -> str:
        return self.name


def parse_measure(name: str) -> Measure:
    """The measure of a name such as `nDCG@10`, `PageR@5`, `SpanIoU@5` or `F1`.

    Raises `ConfigError` with the names that there are, `MissingDependency` without ir-measures.
    """
    if name in _DECISIONS:
        return Measure(name, "decision")
    if name == PERPLEXITY:
        return Measure(name, "likelihood")
    if name in ANSWER_MEASURES:
        return Measure(name, "answer")
    if found := _SPAN.fullmatch(name):
        return Measure(name, "span", within=int(found[2]))
    prefix = next((one for one in _UNITS if name.startswith(one)), "")
    _ranking_measure(name.removeprefix(prefix), name)
    return Measure(name, "ranking", unit=_UNITS[prefix] if prefix else "evidence")


def _ranking_measure(name: str, whole: str) -> ir_measures.Measure:
    if find_spec("ir_measures") is None:
        raise MissingDependency(
            "Measures of rankings need ir-measures. Install with: pip install 'ragkit[eval]'"
        )
    import ir_measures
    from ir_measures.measures.base import SumAgg

    try:
        measure = ir_measures.parse_measure(name)
        known = ir_measures.DefaultPipeline.supports(measure)  # type: ignore[no-untyped-call]  # it has no types
        counts = isinstance(measure.aggregator(), SumAgg)  # NumRet and others have no range, no better
        usable = known and not counts and measure.NAME not in _UNDEFINED and not _AT_NOTHING.search(name)
    except (NameError, ValueError, SyntaxError, AttributeError, TypeError, AssertionError):
        usable = False
    if not usable:
        raise ConfigError(_unknown(whole))
    by_gdeval = ir_measures.gdeval.supports(measure) and not ir_measures.pytrec_eval.supports(measure)
    if by_gdeval and which("perl") is None:
        raise MissingDependency(f"{whole} is computed by gdeval, which needs Perl: install perl.")
    return measure


def _unknown(name: str) -> str:
    spans = ("SpanR@5", "SpanP@5", "SpanIoU@5")
    known = [*_RANKING.split(", "), *spans, *ANSWER_MEASURES, PERPLEXITY, *_DECISIONS]
    by_letters = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), by_letters, n=1, cutoff=0.6)
    hint = f" Did you mean {by_letters[near[0]]}?" if near else ""
    return (
        f"There is no measure {name!r}.{hint} Of rankings: {_RANKING} and others of ir-measures, with Page "
        f"or Doc before them to count pages or documents; of characters: {', '.join(spans)}; "
        f"of answers: {', '.join(ANSWER_MEASURES)}; of accepted answers under the chain's model: "
        f"{PERPLEXITY}; of decisions: {', '.join(_DECISIONS)}."
    )


def needs_answers(measures: Iterable[Measure]) -> bool:
    """Whether questions have to be answered, and not only searched for."""
    return any(measure.kind in {"answer", "decision"} for measure in measures)


def needs_perplexity(measures: Iterable[Measure]) -> bool:
    """Whether the chain's language model has to read the accepted answers."""
    return any(measure.kind == "likelihood" for measure in measures)


def needs_generator(measures: Iterable[Measure]) -> bool:
    """Whether more than what is found is measured."""
    return any(measure.kind not in {"ranking", "span"} for measure in measures)


def depth_of(measures: Iterable[Measure], *, least: int) -> int:
    """How many passages have to be looked at."""
    cutoffs = [int(number) for one in measures for number in re.findall(r"@([0-9]+)", one.name)]
    return max([least, *cutoffs])


def scores(measures: Sequence[Measure], judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Every measure of every question that it is about: {question id: {measure: value from 0 to 1}}.

    Rankings and answers are scored for questions that the documents answer; a question without hits scores 0.
    """
    found: dict[str, dict[str, float]] = {one.question.id: {} for one in judged}
    for measure in measures:
        for question, value in _BY_KIND[measure.kind](measure, judged):
            found[question][measure.name] = value
    return found


_Values = Iterable[tuple[str, float]]


def _ranking(measure: Measure, judged: Sequence[Judged]) -> _Values:
    """Of the first places of the units: pieces of evidence, pages or documents.

    Raises `ConfigError` where ir-measures has no value for a question that found something.
    """
    from ir_measures import iter_calc

    answerable = [one for one in judged if one.question.evidence]
    numbers: dict[str, str] = defaultdict(lambda: str(len(numbers)))  # gdeval reads no blanks in names
    run, grades = {}, {}
    for place, one in enumerate(answerable):
        ranking = one.ranking(measure.unit)
        if not ranking:
            continue
        run[str(place)] = {numbers[unit]: -float(rank) for rank, unit in enumerate(ranking)}
        grades[str(place)] = {numbers[unit]: grade for unit, grade in one.grades(measure.unit).items()}
    prefix = next((one for one in _UNITS if measure.name.startswith(one)), "")
    parsed = _ranking_measure(measure.name.removeprefix(prefix), measure.name)
    found = {metric.query_id: float(metric.value) for metric in iter_calc([parsed], grades, run)}
    for place, one in enumerate(answerable):
        value = found.get(str(place), nan if str(place) in run else 0.0)
        if not -_ROUNDED <= value <= 1.0 + _ROUNDED:
            raise ConfigError(f"{measure.name} of {one.question.id} is {value}, and not from 0 to 1.")
        yield one.question.id, min(max(value, 0.0), 1.0)


def _span(measure: Measure, judged: Sequence[Judged]) -> _Values:
    """Characters of the first passages against those of the evidence: recall, precision, Jaccard index.

    Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (Chroma, 2024).
    """
    part = measure.name[4:].partition("@")[0]
    for one in judged:
        if one.question.evidence:
            yield one.question.id, _overlap(one, part, one.looked[: measure.within])


def _overlap(judged: Judged, part: str, looked: Sequence[Looked]) -> float:
    retrieved = joined(one.span for one in looked)
    wanted, missing = [], 0
    for evidence, spans in zip(judged.question.evidence, judged.right, strict=True):
        wanted += [max(spans, key=lambda span: shared([span], retrieved))] if spans else []
        missing += 0 if spans else len(evidence.quote)
    both = shared(retrieved, wanted)
    right, found = sum(map(len, joined(wanted))) + missing, sum(map(len, retrieved))
    return both / {"R": right, "P": found, "IoU": right + found - both}[part] if both else 0.0


def _answer(measure: Measure, judged: Sequence[Judged]) -> _Values:
    calculate = ANSWER_MEASURES[measure.name]
    for one in judged:
        if one.question.answers and one.answer is not None:
            yield one.question.id, max(calculate(one.answer, accepted) for accepted in one.question.answers)


def _decision(measure: Measure, judged: Sequence[Judged]) -> _Values:
    about, right = _DECISIONS[measure.name]
    for one in judged:
        answerable = bool(one.question.evidence or one.question.answers)
        if one.abstained is not None and answerable in about:
            yield one.question.id, float(right(answerable, one.abstained))


def _likelihood(measure: Measure, judged: Sequence[Judged]) -> _Values:
    """The geometric mean of the chances of the tokens of the likeliest accepted answer."""
    del measure
    for one in judged:
        if one.question.answers:
            yield one.question.id, 0.0 if one.perplexity is None else 1.0 / one.perplexity


_DECISIONS: Mapping[str, tuple[frozenset[bool], Callable[[bool, bool], bool]]] = {
    "Answered": (frozenset({True}), lambda answerable, abstained: not abstained),
    "Refused": (frozenset({False}), lambda answerable, abstained: abstained),
    "Decision": (frozenset({True, False}), lambda answerable, abstained: answerable != abstained),
}
"""Which questions (answerable or not) a decision is about, and when it is right."""

_BY_KIND: Mapping[Kind, Callable[[Measure, Sequence[Judged]], _Values]] = {
    "ranking": _ranking,
    "span": _span,
    "answer": _answer,
    "decision": _decision,
    "likelihood": _likelihood,
}
