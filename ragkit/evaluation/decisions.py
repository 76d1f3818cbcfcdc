"""How good yes-or-no decisions are: answered or refused, supported or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from math import nan
from typing import Any

from ragkit.errors import MissingDependency
from ragkit.evaluation.records import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Measures from 0 to 1 of decisions against the truth; those that are not defined are NaN.

    `auroc` is the chance that a true one scores above a false one (ties count half), whatever the threshold;
    it needs both kinds. `precision`, `recall` and `f1` are of "yes"; the counts are the confusion matrix.
    """

    count: int
    accuracy: float
    balanced_accuracy: float
    precision: float
    recall: float
    f1: float
    auroc: float
    true_yes: int
    false_yes: int
    true_no: int
    false_no: int


def judge_decisions(truth: Sequence[bool], scores: Sequence[float], *, threshold: float = 0.5) -> Decisions:
    """Decides "yes" where a score is at least `threshold`, and measures that against the truth.

    Raises `ValueError` for lists of different lengths or without values, `MissingDependency`.
    """
    if len(truth) != len(scores) or not truth:
        raise ValueError(f"{len(truth)} true values for {len(scores)} scores")
    metrics = _sklearn_metrics()
    said = [score >= threshold for score in scores]
    no_no, no_yes, yes_no, yes_yes = (
        int(cell) for cell in metrics.confusion_matrix(truth, said, labels=[False, True]).ravel()
    )
    both = len(set(truth)) == 2
    return Decisions(
        count=len(truth),
        accuracy=float(metrics.accuracy_score(truth, said)),
        balanced_accuracy=float(metrics.balanced_accuracy_score(truth, said)) if both else nan,
        precision=float(metrics.precision_score(truth, said, zero_division=nan)),
        recall=float(metrics.recall_score(truth, said, zero_division=nan)),
        f1=float(metrics.f1_score(truth, said, zero_division=nan)),
        auroc=float(metrics.roc_auc_score(truth, scores)) if both else nan,
        true_yes=yes_yes,
        false_yes=no_yes,
        true_no=no_no,
        false_no=yes_no,
    )


def decisions_of(run: Run) -> dict[str, Decisions]:
    """Answering against refusing, by language: whether questions that can be answered are, and only these.

    AUROC is that of the gate's confidence. Languages without answers, or with one kind of questions, are
    left out.
    """
    found = {}
    for language in run.scores:
        records = [
            one
            for one in run.questions
            if language in (one.language, "all") and one.confidence is not None and one.abstained is not None
        ]
        truth = [one.answerable for one in records]
        if len(set(truth)) == 2:
            said = judge_decisions(truth, [0.0 if one.abstained else 1.0 for one in records])
            ranked = judge_decisions(truth, [one.confidence or 0.0 for one in records])
            found[language] = replace(said, auroc=ranked.auroc)
    return found


def _sklearn_metrics() -> Any:
    if find_spec("sklearn") is None:
        raise MissingDependency("Decisions need scikit-learn. Install with: pip install 'ragkit[eval]'")
    from sklearn import metrics

    return metrics
