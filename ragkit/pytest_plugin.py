"""pytest plugin: golden questions as a fixture, and a baseline that must not be lost.

In pytest.ini or pyproject.toml: `ragkit_golden`, `ragkit_chain`, `ragkit_index`, `ragkit_baseline`, and by
choice `ragkit_measures` and `ragkit_search_only`; the first four are options of the command line, too
(`--ragkit-chain other.yaml`). Nothing heavy is imported until a test uses the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ragkit.config import Config
    from ragkit.evaluation import Comparison, QuestionRecord, Run

_PLACES = {
    "ragkit_golden": "JSONL of golden questions",
    "ragkit_chain": "chain: YAML file or preset (default: ragkit.yaml, else default)",
    "ragkit_index": "folder of the index, where the chain names another",
    "ragkit_baseline": "stored run that the questions are held against",
}
_MOST_WORSE = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the settings and the options."""
    group = parser.getgroup("ragkit")
    for name, about in _PLACES.items():
        parser.addini(name, about, default="")
        group.addoption(f"--{name.replace('_', '-')}", metavar="PLACE", help=about)
    parser.addini(
        "ragkit_measures", "names of measures, by spaces (default: those of ragkit eval)", default=""
    )
    parser.addini("ragkit_search_only", "search, and answer nothing", type="bool", default=False)
    group.addoption(
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

        Raises `UsageError` where `ragkit_baseline` is not set, or names no run yet, or where questions of
        the run to be stored failed.
        """
        __tracebackhide__ = True
        from ragkit.evaluation import read_run

        path = self._path("ragkit_baseline")
        if self._pytest.getoption("--ragkit-update-baseline"):
            _check_names({**(fail_under or {}), **(max_drop or {})}, dict.fromkeys(self.run.measures))
            _store(self.run, path)
            return
        if not path.exists():
            raise pytest.UsageError(f"there is no baseline at {path}: make it with --ragkit-update-baseline")
        assert_no_regression(self.run, read_run(path), fail_under=fail_under, max_drop=max_drop)

    def _config(self) -> Config:
        """The chain, with an index that does not depend on where pytest was started."""
        from ragkit.config import load_config

        beside = self._pytest.rootpath / "ragkit.yaml"
        chain = self._given("ragkit_chain") or ("ragkit.yaml" if beside.exists() else "default")
        file = self._resolved("ragkit_chain", chain)
        config = load_config(file if file.exists() else chain)
        index = self._given("ragkit_index")
        place = self._resolved("ragkit_index", index) if index else self._pytest.rootpath / config.index
        return config.model_copy(update={"index": place})

    def _path(self, name: str) -> Path:
        value = self._given(name)
        if not value:
            option = name.replace("_", "-")
            raise pytest.UsageError(
                f"{name} names no file: set it in pytest.ini or pyproject.toml, or give --{option}"
            )
        return self._resolved(name, value)

    def _given(self, name: str) -> str:
        return str(self._pytest.getoption(name) or self._pytest.getini(name))

    def _resolved(self, name: str, value: str) -> Path:
        """What stands in a file is below the root of the project, what was typed where it was typed."""
        typed = self._pytest.getoption(name)
        return (self._pytest.invocation_params.dir if typed else self._pytest.rootpath) / value


def assert_no_regression(
    run: Run,
    baseline: Run,
    *,
    fail_under: Mapping[str, float] | None = None,
    max_drop: Mapping[str, float] | None = None,
) -> None:
    """Raises `AssertionError` where a run is significantly worse than the baseline, or past a limit.

    Raises `ValueError` for a limit of what is not measured.
    """
    __tracebackhide__ = True
    from ragkit.evaluation import Gate, compare

    comparison = compare(run, baseline)
    _check_names(fail_under or {}, run.scores.get("all") or next(iter(run.scores.values())))
    _check_names(max_drop or {}, {change.measure: change for change in comparison.changes})
    problems = Gate(fail_under=fail_under or {}, max_drop=max_drop or {}).problems(run, comparison)
    if problems:
        raise AssertionError("\n".join([*problems, *_details(run, comparison)]))


def _check_names(limits: Mapping[str, float], known: Mapping[str, object]) -> None:
    if unknown := [name for name in limits if name not in known]:
        raise ValueError(f"{', '.join(unknown)}: not measured here; there are {', '.join(known) or 'none'}")


def _details(run: Run, comparison: Comparison) -> Iterator[str]:
    """The questions behind the problems, and where their evidence stood."""
    from ragkit.evaluation.reports.ranks import counted, lost, moves

    yield from (f"  {one.id}: {one.error}" for one in run.errors[:_MOST_WORSE])
    if comparison.worse:
        yield f"{counted(len(comparison.worse), 'question scores', 'questions score')} less than before:"
    for one in comparison.worse[:_MOST_WORSE]:
        yield f"  {one.now.id}: {one.now.question}"
        yield f"    {lost(one)}"
        yield from (f"    {line}" for line in moves(one))
    if len(comparison.worse) > _MOST_WORSE:
        yield f"  ... and {len(comparison.worse) - _MOST_WORSE} more"
    for name, (before, now) in comparison.settings.items():
        yield f"changed: {name}: {before} -> {now}"
    yield from (f"note: {note}" for note in comparison.notes)


def _store(run: Run, path: Path) -> None:
    from ragkit.evaluation import write_run

    if run.errors:
        told = "\n".join(f"  {one.id}: {one.error}" for one in run.errors[:_MOST_WORSE])
        raise pytest.UsageError(f"no baseline is stored, for questions failed with an error:\n{told}")
    write_run(run, path)
