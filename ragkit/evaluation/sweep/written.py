"""The best chain as YAML, with the figures that it was chosen by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from ragkit.config import Config
from ragkit.errors import StorageError
from ragkit.evaluation.comparison import Change
from ragkit.evaluation.records import Score
from ragkit.evaluation.sweep.measuring import latency
from ragkit.evaluation.sweep.results import SweepResult, TrialRecord, shown_settings, shown_value


def chain_yaml(config: Config) -> str:
    """The settings that are not those of the default chain; read back they are the same chain."""
    return "".join(f"{name}: {shown_value(value)}\n" for name, value in _differing(config)) or "{}\n"


def _differing(config: Config) -> Iterable[tuple[str, object]]:
    whole, default = config.model_dump(mode="json"), Config()
    for name in type(config).model_fields:
        part = getattr(config, name)
        if part == getattr(default, name):
            continue
        if isinstance(part, BaseModel):
            changed = part.model_dump(exclude_defaults=True)
            kept = [key for key in dict.fromkeys(["type", *changed]) if key in whole[name]]
            yield name, {key: whole[name][key] for key in kept}
        else:
            yield name, whole[name]


def write_best(path: Path, config: Config, lines: Iterable[str]) -> None:
    """Writes the chain with comments before it, whole or not at all. Raises `StorageError`."""
    comments = "".join(f"# {' '.join(line.split())}\n" for line in lines)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.new")
        beside.write_text(comments + chain_yaml(config), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}). Name another --out.") from error


def figures(result: SweepResult, *, path: Path, golden: str, command: str) -> list[str]:
    """What is known of the best trial, a line each, to stand in the file at `path`."""
    best = result.best
    assert best and best.score
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    lines = [
        f"The best of {len(result.trials)} trials, {today}: {shown_settings(best.settings)}",
        f"made by: {command}" if command else "",
        f"golden: {golden}" if golden else "",
        f"{result.measure} on {best.score.questions} questions to search by: {score_text(best.score)}, "
        f"{_started(result.start)}; a search takes {best.p50_ms:.0f} ms (p50), {best.p95_ms:.0f} ms (p95)",
        *proof(result),
        f"An index made with other settings is built anew by: ragkit index PATH --config {path} --rebuild",
    ]
    return [line for line in lines if line]


def _started(start: TrialRecord) -> str:
    return f"the chain before it {score_text(start.score)}" if start.score else "the chain before it failed"


def proof(result: SweepResult) -> list[str]:
    """What the questions kept aside say of the best trial."""
    best, change = result.best, result.change
    if best is None:
        return []
    if best.start:
        return ["Nothing in the space is better than the chain it started from, which therefore stays."]
    if "best" not in result.held_out:
        return [
            "No questions were kept aside. Nothing shows that it is better: the best of many looks too good."
        ]
    if change is None:
        return ["The chain it started from failed: there is nothing to compare with."]
    p50, p95 = latency(result.held_out["best"])
    return [
        _compared(result.measure, change),
        f"There a search took {p50:.0f} ms (p50), {p95:.0f} ms (p95).",
    ]


def _compared(measure: str, change: Change) -> str:
    verdict = {
        "better": f"significantly better (p = {change.p_rise:.4f})",
        "worse": f"significantly WORSE than the chain before (p = {change.p:.4f})",
        "same": f"NOT significantly better (p = {change.p_rise:.4f}): the difference may be chance",
    }[change.verdict]
    return (
        f"{measure} on {change.questions} questions kept aside: {change.now:.4f}, the chain before "
        f"{change.before:.4f}; difference {change.difference:+.4f}, 95 % interval {change.low:+.4f} to "
        f"{change.high:+.4f}; {verdict}"
    )


def score_text(score: Score) -> str:
    """A mean with its interval."""
    return f"{score.mean:.4f} ({score.low:.4f} to {score.high:.4f})"
