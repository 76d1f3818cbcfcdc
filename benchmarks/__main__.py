"""`python -m benchmarks [NAME ...]`: measures, prints, and with --log writes to LOG.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from benchmarks import (
    abstention,
    adding,
    answers,
    app_load,
    chinese_perplexity,
    chunking,
    context_order,
    dedup,
    estimate,
    faithfulness,
    faithfulness_kept,
    fit_abstention,
    fit_answers,
    fit_fusion,
    fit_verifier,
    followups,
    gate,
    generation,
    indexing,
    injection,
    lexical,
    memory,
    million,
    quality,
    query,
    reindexing,
    sets,
    start,
    tuning,
    tuning_costs,
    tuning_search,
    verification,
)
from benchmarks.data import DataMissing, data_folder
from benchmarks.figures import Figure, show
from benchmarks.log import append

Benchmark = Callable[[], list[Figure]]

DEFAULT: dict[str, Benchmark] = {
    "start": start.measure,
    "indexing": indexing.measure,
    "reindex": reindexing.measure,
    "query": query.measure,
    "add": adding.measure,
    "lexical": lexical.measure,
    "memory": memory.measure,
}

# The others only when they are asked for: they take minutes, or change the fitted weights.
NAMES = (
    *DEFAULT, "million", "quality", "sets", "chunking", "answers", "abstention", "followups", "generation",
    "order", "injection", "dedup", "chinese-perplexity", "faithfulness", "verifiers", "verifier-costs",
    "verification", "gate",
    "app", "tuning", "tuning-search", "tuning-costs", "estimate", "fit-fusion", "fit-answers",
    "fit-abstention", "fit-verifier", "fit-estimate", "fit-tuning-costs",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the chosen benchmarks; 1 if a target was missed, 2 if the data is not there."""
    chosen = _parser().parse_args(arguments)
    if chosen.data:
        os.environ["RAGKIT_DATA"] = chosen.data
    optional: dict[str, Benchmark] = {
        "million": million.measure,
        "quality": lambda: quality.measure(chosen.sets, queries=chosen.queries, rerank=chosen.rerank),
        "chunking": chunking.measure,
        "answers": answers.measure,
        "app": app_load.measure,
        "abstention": abstention.measure,
        "dedup": dedup.measure,
        "chinese-perplexity": chinese_perplexity.measure,
        "fit-fusion": fit_fusion.measure,
        "fit-answers": fit_answers.measure,
        "fit-abstention": fit_abstention.measure,
        "faithfulness": faithfulness.measure,
        "fit-verifier": fit_verifier.measure,
        "verifiers": faithfulness_kept.measure,
        "verifier-costs": faithfulness_kept.costs,
        "verification": lambda: verification.measure(queries=chosen.queries),
        "estimate": estimate.measure,
        "fit-estimate": estimate.fit,
        "followups": followups.measure,
        "gate": gate.measure,
        "tuning": tuning.measure,
        "tuning-search": tuning_search.measure,
        "tuning-costs": tuning_costs.measure,
        "fit-tuning-costs": tuning_costs.fit,
        "sets": lambda: sets.measure(chosen.queries),
        "order": lambda: context_order.measure(queries=chosen.queries),
        "generation": lambda: generation.measure(queries=chosen.queries),
        "injection": lambda: injection.measure(chosen.generators),
    }
    results: dict[str, list[Figure]] = {}
    try:
        data_folder()
        for name in chosen.names or DEFAULT:
            results[name] = (DEFAULT | optional)[name]()
            show(name, results[name])
    except DataMissing as error:
        print(error, file=sys.stderr)
        return 2
    if chosen.log:
        append(
            " ".join(["python -m benchmarks", *(sys.argv[1:] if arguments is None else arguments)]), results
        )
    return int(any(figure.met is False for figures in results.values() for figure in figures))


def _name(text: str) -> str:
    if text not in NAMES:
        raise argparse.ArgumentTypeError(f"{text!r} is none of: {', '.join(NAMES)}")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", type=_name, metavar="NAME", help=f"of: {', '.join(NAMES)}")
    parser.add_argument("--data", help="the data folder (default: RAGKIT_DATA, else ../shared/data)")
    parser.add_argument("--log", action="store_true", help="append the figures to benchmarks/LOG.md")
    parser.add_argument("--sets", default="all", help="quality: retrieval sets, by comma (default: all)")
    parser.add_argument("--queries", type=int, help="quality, sets, generation, order, verification: so many")
    parser.add_argument("--no-rerank", dest="rerank", action="store_false", help="quality: no reranker")
    parser.add_argument(
        "--generators", default="extractive,local", help="injection: by comma (default: extractive,local)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
