"""How well a judge and a verifier agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from math import isnan

from ragkit.errors import MissingDependency
from ragkit.evaluation.judges.records import Agreement

THRESHOLD = 0.5


def agreement(
    pairs: Sequence[tuple[float, float]], *, language: str, threshold: float = THRESHOLD
) -> Agreement:
    """Of (judge, verifier) for each answer, both from 0 to 1: rank correlation, and decisions at a threshold.

    Spearman's rho and Kendall's tau-b by scipy; Cohen's kappa ("A Coefficient of Agreement for Nominal
    Scales", 1960) by scikit-learn. Raises `ValueError` without pairs, `MissingDependency`.
    """
    if not pairs:
        raise ValueError("there are no answers that both have judged")
    _need()
    from scipy.stats import kendalltau, spearmanr

    judge, verifier = [one for one, _ in pairs], [one for _, one in pairs]
    said = [(one >= threshold, other >= threshold) for one, other in pairs]
    counts = Counter(said)
    varied = len(set(judge)) > 1 and len(set(verifier)) > 1
    return Agreement(
        language=language,
        answers=len(pairs),
        spearman=float(spearmanr(judge, verifier).statistic) if varied else None,
        kendall=float(kendalltau(judge, verifier).statistic) if varied else None,
        threshold=threshold,
        both=counts[True, True],
        only_judge=counts[True, False],
        only_verifier=counts[False, True],
        neither=counts[False, False],
        agreement=(counts[True, True] + counts[False, False]) / len(pairs),
        kappa=_kappa(said),
    )


def _kappa(said: Sequence[tuple[bool, bool]]) -> float | None:
    """None where all decisions are the same one, so that chance alone would agree always."""
    from sklearn.metrics import cohen_kappa_score

    if len({decision for pair in said for decision in pair}) == 1:
        return None
    found = float(cohen_kappa_score([one for one, _ in said], [other for _, other in said]))
    return None if isnan(found) else found


def _need() -> None:
    if find_spec("scipy") is None or find_spec("sklearn") is None:
        raise MissingDependency(
            "Agreement needs scipy and scikit-learn. Install with: pip install 'ragkit[eval]'"
        )
