"""Embedders and rerankers tuned on one set: whether they find more on documents that were kept aside.

Everything is kept in runs/tuning-search: an interrupted run goes on, and a finished one is not made again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.data import data_folder
from benchmarks.figures import Figure
from ragkit.cli.tuning_told import told
from ragkit.config import load_config
from ragkit.evaluation.statistics import p_of_drops
from ragkit.tuning.pairs.sources import read_set
from ragkit.tuning.retrieval.measuring import SCORES, Scores, read_scores
from ragkit.tuning.retrieval.recipe import Recipe

SET = "nq-oracle-en"
EMBEDDER, RERANKER = "bge-small-en-v1.5", "ms-marco-MiniLM-L-12-v2"
_FOLDER = Path("runs/tuning-search")
_EMBEDDING = Recipe(questions=600, batch=16, longest=128, every=10)
_RERANKING = Recipe(questions=400, batch=16, longest=128, every=25)
_MEASURE = "nDCG@10"


def measure() -> list[Figure]:
    """Tunes both, then nDCG@10 before and after with the chance of no rise."""
    from ragkit.tuning.retrieval.making import Order, make_embedder, make_reranker

    threads = int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))
    common = {
        "materials": read_set(data_folder() / "retrieval" / SET),
        "sources": [SET],
        "chain": load_config("default"),
        "threads": threads,
    }
    figures = []
    for name, make, model, recipe in (
        ("embedder", make_embedder, EMBEDDER, _EMBEDDING),
        ("reranker", make_reranker, RERANKER, _RERANKING),
    ):
        out = _FOLDER / name
        record = make(Order(out=out, model=model, recipe=recipe, **common), told())  # type: ignore[arg-type]  # by name
        figures += _figures(name, read_scores(out / SCORES))
        seconds = record.results["seconds"]
        note = f"{record.results['examples']:.0f} questions to learn from, {threads} threads"
        figures.append(Figure(name=f"{name}: minutes of training", value=seconds / 60, note=note))
    return figures


def _figures(name: str, scores: Mapping[str, Scores]) -> list[Figure]:
    figures = [
        Figure(name=f"{name}: {model}, {measure} on documents kept aside", value=float(np.mean(values)))
        for model, of in scores.items()
        for measure, values in of.items()
    ]
    for before in ("search", "start"):
        if before in scores:
            loss = np.array(scores[before][_MEASURE]) - np.array(scores["tuned"][_MEASURE])
            figures.append(
                Figure(
                    name=f"{name}: p of no rise of {_MEASURE} over {before}",
                    value=p_of_drops({_MEASURE: loss})[_MEASURE],
                    target=0.05,
                    better="lower",
                    note=f"{-loss.mean():+.4f}, {len(loss)} questions, paired randomisation",
                )
            )
    return figures
