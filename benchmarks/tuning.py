"""A small language model before and after tuning, on documents that it never saw: `make tune-demo`.

Everything is kept in runs/tuning: an interrupted run goes on, and a finished step is not done again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from benchmarks.data import data_folder
from benchmarks.figures import Figure
from benchmarks.tuned_answers import asked
from ragkit.cli.tuning_llm import told
from ragkit.config import load_config
from ragkit.evaluation import Gate, Run, compare
from ragkit.evaluation.comparison import Comparison
from ragkit.generators.local import LocalConfig
from ragkit.generators.written import WrittenGenerator
from ragkit.tuning.llm.recipe import Lora, Recipe
from ragkit.tuning.pairs.making import Recipe as Making
from ragkit.tuning.pairs.rows import Pair, read_pairs
from ragkit.tuning.pairs.sources import read_set
from ragkit.tuning.pairs.writing import SUMMARY, make_pairs
from ragkit.tuning.runs.folder import RunFolder, TunedRecord

SETS = ("squad2-en", "xquad-en")
MODEL = "SmolLM2-135M-Instruct"
PAIRS = Making(sizes={"train": 720, "development": 30, "test": 96}, mix={"answered": 6.0, "missing": 1.0})
SFT = Recipe(longest=768, accumulate=2, rate=6e-4, lora=Lora(layers=15), every=23)
DPO = Recipe(longest=400, accumulate=4, rate=1e-4, epochs=0.15, pack=False, lora=Lora(layers=15))
_FOLDER = Path("runs/tuning")
_NAMES = ("base", "sft", "dpo")
_RISE = 0.15  # of F1, that was aimed at


def measure() -> list[Figure]:
    """Makes pairs, tunes on them, prefers, and asks all three models what none has seen."""
    # 1. Pairs in three parts by document, with the prompts of the preset `local`.
    folder = _FOLDER
    if not (folder / "pairs" / SUMMARY).is_file():
        _make_pairs(folder / "pairs")
    test = read_pairs(folder / "pairs" / "test.jsonl")

    # 2. Replies are learnt, then preferences.
    records = _tuned(folder)

    # 3. The same questions to the model as it was and to both that were tuned.
    runs = {name: _asked(test, name, folder) for name in _NAMES}

    # 4. Figures, and what the gate says of each step.
    figures = [figure for name in _NAMES for figure in _figures(name, runs[name], test)]
    sft, dpo = compare(runs["sft"], runs["base"]), compare(runs["dpo"], runs["sft"])
    gates = [_gate("sft after base", runs["sft"], sft), _gate("dpo after sft", runs["dpo"], dpo)]
    return [*figures, _rise(sft), *gates, *(_cost(name, one) for name, one in records.items())]


def _make_pairs(out: Path) -> None:
    generator = load_config("local").generator.build()
    assert isinstance(generator, WrittenGenerator)
    materials = [one for name in SETS for one in read_set(data_folder() / "retrieval" / name)]
    make_pairs(materials, generator, PAIRS, sources=SETS, out=out, told=_say)


def _tuned(folder: Path) -> dict[str, TunedRecord]:
    from ragkit.tuning.llm.making import Order, make_dpo, make_sft

    threads = int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))
    common = {"data": folder / "pairs", "model": MODEL, "threads": threads}
    sft = make_sft(Order(out=folder / "sft", recipe=SFT, **common), told())  # type: ignore[arg-type]  # by name
    start = {"start": folder / "sft", **common}
    dpo = make_dpo(Order(out=folder / "dpo", recipe=DPO, **start), told())  # type: ignore[arg-type]  # by name
    return {"sft": sft, "dpo": dpo}


def _asked(test: Sequence[Pair], name: str, folder: Path) -> Run:
    config, weights = LocalConfig(model=MODEL), "base"
    if name != "base":
        place = RunFolder(folder / name).weights
        config = LocalConfig(model=MODEL, adapter=name, adapters={name: place})
        weights = sha256((place / "adapter_model.safetensors").read_bytes()).hexdigest()
    return asked(test, config, name=name, weights=weights, folder=folder / "answers")


def _figures(name: str, run: Run, test: Sequence[Pair]) -> list[Figure]:
    scores = next(iter(run.scores.values()))
    of = {id_.id: id_.kind for id_ in test}
    figures = [
        Figure(
            name=f"{name}: {said}",
            value=scores[measure].mean,
            note=f"{scores[measure].questions} questions; 95 % {scores[measure].low:.3f} to "
            f"{scores[measure].high:.3f}",
        )
        for measure, said in (
            ("F1", "F1 of answers"),
            ("HasAnswer", "answers that hold an accepted one"),
            ("Cited", "answerable questions answered with citations only"),
            ("Refused", "unanswerable questions refused"),
        )
    ]
    refused = {
        kind: [one.scores["Refused"] for one in run.questions if of[one.id] == kind]
        for kind in ("missing", "fooling")
    }
    wrongly = [float(bool(one.abstained)) for one in run.questions if one.answerable]
    note = ", ".join(f"{kind} {sum(some) / max(1, len(some)):.3f}" for kind, some in refused.items())
    supported = [one.scores["Supported"] for one in run.questions if "Supported" in one.scores]
    return [
        *figures,
        Figure(
            name=f"{name}: answerable questions refused", value=_mean(wrongly), note=f"refused of: {note}"
        ),
        Figure(
            name=f"{name}: unsupported sentences",
            value=1.0 - _mean(supported),
            note=f"mean of {len(supported)} answers to all questions",
        ),
    ]


def _rise(comparison: Comparison) -> Figure:
    (change,) = [one for one in comparison.changes if one.measure == "F1"]
    return Figure(
        name="F1, sft - base",
        value=change.difference,
        target=_RISE,
        better="higher",
        note=f"95 % {change.low:.3f} to {change.high:.3f}, p of no rise {change.p_rise:.4f}",
    )


def _gate(name: str, run: Run, comparison: Comparison) -> Figure:
    """Whether the gate lets the tuned model pass, and what changed by more than chance."""
    problems = Gate().problems(run, comparison)
    changed = [
        f"{one.measure} {one.before:.3f} -> {one.now:.3f} {one.verdict}"
        f" (p {min(one.p, one.p_rise):.4f}, {one.questions} questions)"
        for one in comparison.changes
    ]
    return Figure(
        name=f"gate, {name}: passes",
        value=float(not problems),
        target=1.0,
        better="higher",
        note="; ".join([*problems, *changed]),
    )


def _cost(name: str, record: TunedRecord) -> Figure:
    results = record.results
    measured = results.get("development_loss")
    return Figure(
        name=f"{name}: minutes of training",
        value=results["seconds"] / 60,
        note=f"{results['steps']:.0f} steps, {results['tokens']:.0f} tokens, loss {results['loss']:.4f}"
        + (f", development {measured:.4f}" if measured is not None else "")
        + f"; {record.trainable:,} parameters learn, {record.threads} threads",
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
