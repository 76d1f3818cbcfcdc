"""`ragkit search --queries`: many questions, one TREC run."""

from __future__ import annotations

import json as json_module
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ragkit.cli.output import counting, notice, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ragkit.batch import Ranking
    from ragkit.config import Config
    from ragkit.loaders.row_lines import RowError

_INTERRUPTED = 130
_SOME_FAILED = 3
_MOST_ERRORS = 20


def search_batch(config: Config, queries: Path, run: Path, *, limit: int, json: bool) -> None:
    """Writes the run; ends with 3 when some lines held no question.

    Documents are listed as they are ranked: what is done with passages to be shown is left out.
    """
    from ragkit.batch import BatchSearch, read_questions
    from ragkit.postprocessors import ResultsConfig

    config = config.model_copy(update={"results": ResultsConfig(collapse=False)})
    questions, errors = read_questions(queries)
    _complain(queries, errors)
    started, counts = time.monotonic(), {"questions": len(questions), "failed": len(errors), "lines": 0}
    batch = BatchSearch(config.build(), limit=limit)
    with counting("searching") as progress:
        try:
            counts["lines"] = _write(
                run, batch.run(questions), progress=lambda done: progress(done, len(questions))
            )
        except KeyboardInterrupt:
            notice(f"Interrupted. {run} is as it was before.")
            raise typer.Exit(_INTERRUPTED) from None
    if batch.ambiguous:
        notice(
            f"{len(batch.ambiguous)} names, such as {min(batch.ambiguous)}, stand for several documents: "
            "give each data set an index of its own."
        )
    seconds = time.monotonic() - started
    if json:
        say(json_module.dumps({"run": str(run), **counts, "seconds": round(seconds, 3)}, indent=2))
    else:
        done = f"{counts['lines']:,} lines for {len(questions):,} questions"
        notice(f"{run}: {done}, {seconds:.1f} s ({len(questions) / seconds:.0f}/s)")
    if errors:
        raise typer.Exit(_SOME_FAILED)


def _write(run: Path, rankings: Iterable[Ranking], *, progress: Callable[[int], None]) -> int:
    """Writes the rankings to a file, which takes its name at the end, or to stdout; counts the lines."""
    from ragkit.batch import replacing

    if str(run) == "-":
        return _put(rankings, lambda text: say(text, newline=False), progress)
    with replacing(run) as file:
        return _put(rankings, file.write, progress)


def _put(rankings: Iterable[Ranking], put: Callable[[str], object], progress: Callable[[int], None]) -> int:
    lines = 0
    for done, ranking in enumerate(rankings, start=1):
        put("".join(ranking.lines()))
        lines += len(ranking.documents)
        progress(done)
    return lines


def _complain(queries: Path, errors: Sequence[RowError]) -> None:
    for error in errors[:_MOST_ERRORS]:
        notice(f"failed  {queries}: {error}")
    if len(errors) > _MOST_ERRORS:
        notice(f"failed  {queries}: and {len(errors) - _MOST_ERRORS:,} more lines")
