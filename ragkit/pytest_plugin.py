"""pytest plugin: golden questions as a fixture, and a baseline that must not be lost.

In pytest.ini or pyproject.toml: `ragkit_golden`, `ragkit_chain`, `ragkit_index`, `ragkit_baseline`, and by
choice `ragkit_measures` and `ragkit_search_only`. Nothing heavy is imported until a test uses the fixture.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ragkit.config import Config
    from ragkit.evaluation import QuestionRecord, Run

_OPTIONS = {
    "ragkit_golden": "JSONL of golden questions",
    "ragkit_chain": "chain: YAML file or preset (default: ragkit.yaml, else default)",
    "ragkit_index": "folder of the index, where the chain names another",
    "ragkit_baseline": "stored run that the questions are held against",
    "ragkit_measures": "names of measures, by spaces (default: those of ragkit eval)",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the settings and the option."""
    for name, about in _OPTIONS.items():
        parser.addini(name, about, default="")
    parser.addini("ragkit_search_only", "search, and answer nothing", type="bool", default=False)
    parser.getgroup("ragkit").addoption(
        "--ragkit-update-baseline",
        action="store_true",
        help="store the run as the new baseline, instead of holding it against the old one",
    )


@pytest.fixture(scope="session")
def ragkit_golden(pytestconfig: pytest.Config) -> GoldenRun:
    """The golden questions through the chain, asked when the first test looks at them."""
    return GoldenRun(pytestconfig)


class GoldenRun:
    """One run of the golden questions in a test session."""

    def __init__(self, config: pytest.Config) -> None:
        self._pytest = config

    @cached_property
    def run(self) -> Run:
        """Every question with its measures. Raises `UsageError` without `ragkit_golden`."""
        from ragkit.evaluation import DEFAULT_ANSWERS, DEFAULT_MEASURES, evaluate, read_golden

        golden = self._path("ragkit_golden")
        if golden is None:
            raise pytest.UsageError("ragkit_golden names no file: set it in pytest.ini or pyproject.toml")
        answers = () if self._pytest.getini("ragkit_search_only") else DEFAULT_ANSWERS
        measures = str(self._pytest.getini("ragkit_measures")).split() or (*DEFAULT_MEASURES, *answers)
        config = self._config()
        with config.open_index():  # an index that is not there is told as such
            chain = config.build()
        return evaluate(chain, read_golden(golden), measures=measures, config=config, golden=golden.name)

    def question(self, id_: str) -> QuestionRecord:
        """One question. Raises `KeyError` for one that is not asked."""
        for record in self.run.questions:
            if record.id == id_:
                return record
        raise KeyError(f"there is no question {id_!r}")

    def assert_no_regression(
        self,
        *,
        fail_under: Mapping[str, float] | None = None,
        max_drop: Mapping[str, float] | None = None,
    ) -> None:
        """Fails with what fell, and for which questions; --ragkit-update-baseline stores the run instead.

        Raises `UsageError` where `ragkit_baseline` is not set, or names no run yet.
        """
        from ragkit.evaluation import read_run, write_run

        path = self._path("ragkit_baseline")
        if path is None:
            raise pytest.UsageError("ragkit_baseline names no file: set it in pytest.ini or pyproject.toml")
        if self._pytest.getoption("--ragkit-update-baseline"):
            write_run(self.run, path)
            return
        if not path.exists():
            raise pytest.UsageError(f"there is no baseline at {path}: make it with --ragkit-update-baseline")
        assert_no_regression(self.run, read_run(path), fail_under=fail_under, max_drop=max_drop)

    def _config(self) -> Config:
        from ragkit.config import load_config

        chain, index = str(self._pytest.getini("ragkit_chain")), self._path("ragkit_index")
        beside = self._pytest.rootpath / chain
        config = load_config(str(beside) if chain and beside.exists() else chain or None)
        return config.model_copy(update={"index": index}) if index else config

    def _path(self, name: str) -> Path | None:
        value = str(self._pytest.getini(name))
        return self._pytest.rootpath / value if value else None


def assert_no_regression(
    run: Run,
    baseline: Run,
    *,
    fail_under: Mapping[str, float] | None = None,
    max_drop: Mapping[str, float] | None = None,
) -> None:
    """Raises `AssertionError` where a run is significantly worse than the baseline, or past a limit."""
    from ragkit.evaluation import Gate, compare

    comparison = compare(run, baseline)
    problems = Gate(fail_under=fail_under or {}, max_drop=max_drop or {}).problems(run, comparison)
    if not problems:
        return
    worse = [f"  {one.now.id}: {one.now.question}" for one in comparison.worse[:20]]
    raise AssertionError("\n".join([*problems, f"{len(comparison.worse)} questions score less:", *worse]))
