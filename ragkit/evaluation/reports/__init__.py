"""Reports of runs and comparisons, as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ragkit.errors import ConfigError
from ragkit.evaluation.comparison import Comparison
from ragkit.evaluation.files import check_place, write_whole
from ragkit.evaluation.records import Run
from ragkit.evaluation.reports.json import json_report
from ragkit.evaluation.reports.junit import junit_report
from ragkit.evaluation.reports.markdown import markdown_report
from ragkit.evaluation.reports.page import html_report

__all__ = ["html_report", "json_report", "junit_report", "markdown_report", "write_report"]

Report = Callable[[Run, Comparison | None, Sequence[str]], str]
_KINDS: Mapping[str, Report] = {
    ".html": html_report,
    ".json": json_report,
    ".md": markdown_report,
    ".xml": junit_report,
}


def check_report(path: Path) -> None:
    """Raises `ConfigError` for an ending that there is no report of, or a place where none can be written."""
    if path.suffix.lower() not in _KINDS:
        raise ConfigError(f"No report is written as {path.name}: its ending must be {', '.join(_KINDS)}.")
    check_place(path)


def write_report(path: Path, run: Run, comparison: Comparison | None, problems: Sequence[str]) -> None:
    """Writes the report that the ending of the path names, whole or not at all. Raises `ConfigError`."""
    check_report(path)
    write_whole(path, _KINDS[path.suffix.lower()](run, comparison, problems))
