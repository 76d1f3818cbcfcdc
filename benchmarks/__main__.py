"""`python -m benchmarks [NAME ...]`: measures, prints, and with --log writes to LOG.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from benchmarks import adding, indexing, lexical, memory, query, reindexing, retrieval_quality, start
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

NAMES = (*DEFAULT, "retrieval")  # the last only when it is asked for: it takes minutes for each set


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the chosen benchmarks; 1 if a target was missed, 2 if the data is not there."""
    chosen = _parser().parse_args(arguments)
    if chosen.data:
        os.environ["RAGKIT_DATA"] = chosen.data
    optional: dict[str, Benchmark] = {
        "retrieval": lambda: retrieval_quality.measure(chosen.sets, queries=chosen.queries)
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
    parser.add_argument("--sets", default="nq-oracle-en,xquad-en,xquad-zh", help="retrieval sets, or 'all'")
    parser.add_argument("--queries", type=int, default=200, help="sampled questions per set (default: 200)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
