"""The pytest plugin: golden questions in somebody's own test suite."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import test_evaluation_comparison as made
from corpus import LIMITS

from ragkit.config import load_config
from ragkit.evaluation import read_run, write_run
from ragkit.pytest_plugin import assert_no_regression

GOLDEN = (
    '{"id": "weir", "question": "When was the weir built?", '
    '"evidence": [{"source": "weir.md", "quote": "built in 1811"}]}\n'
)
CHAIN = "embedder: {type: hashing, dimension: 64}\nretriever: {type: bm25}\nindex: index\n"
TEST = """
def test_quality(ragkit_golden):
    assert ragkit_golden.question("weir").scores["R@5"] == 1.0
    ragkit_golden.assert_no_regression(max_drop={"R@5": 0.0})
"""
SETTINGS = """
[pytest]
ragkit_golden = golden.jsonl
ragkit_chain = chain.yaml
ragkit_baseline = baseline.json
ragkit_search_only = true
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A project with an index, golden questions and a test of them."""
    for folder in ("files", "tests"):
        (tmp_path / folder).mkdir()
    files = {
        "files/weir.md": "# The weir\n\nThe weir was built in 1811.",
        "files/lake.md": "# The lake\n\nThe lake is deep and cold.",
        "golden.jsonl": GOLDEN,
        "chain.yaml": CHAIN,
        "pytest.ini": SETTINGS,
        "tests/test_quality.py": TEST,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    config = load_config(str(tmp_path / "chain.yaml")).model_copy(update={"index": tmp_path / "index"})
    with (ingest := config.build_ingest(limits=LIMITS)).index:
        ingest.run([tmp_path / "files"])
    return tmp_path


def run(folder: Path, *options: str) -> tuple[int, str]:
    """The exit code of a test session, and what it said."""
    plugins = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    command = [sys.executable, "-m", "pytest", *plugins, *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout


def test_a_baseline_is_made_and_kept_wherever_pytest_starts(suite: Path) -> None:
    code, said = run(suite)
    assert code == 1
    assert "baseline.json: make it with --ragkit-update-baseline" in said
    assert run(suite, "--ragkit-update-baseline")[0] == 0
    assert run(suite / "tests")[0] == 0


def test_a_lost_question_fails_the_suite_and_is_named(suite: Path) -> None:
    run(suite, "--ragkit-update-baseline")
    before = read_run(suite / "baseline.json")
    (record,) = before.questions
    higher = record.model_copy(update={"scores": {**record.scores, "R@5": 1.5}})
    write_run(before.model_copy(update={"questions": (higher,)}), suite / "tests" / "higher.json")
    code, said = run(suite / "tests", "--ragkit-baseline=higher.json")
    assert code == 1
    assert "R@5 (en): 1.5000 -> 1.0000, a drop of more than 0" in said
    assert "weir: When was the weir built?" in said
    assert "weir.md: bm25 1 → 1, result 1 → 1" in said
    assert "ragkit/pytest_plugin.py" not in said


def test_what_is_not_set_is_told(suite: Path) -> None:
    (suite / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    assert "ragkit_golden names no file: set it in pytest.ini" in run(suite)[1]


def test_the_plugin_costs_nothing_where_it_is_not_used(tmp_path: Path) -> None:
    heavy = {"faiss", "numpy", "scipy", "ir_measures", "pydantic", "ragkit.config"}
    (tmp_path / "test_quick.py").write_text(
        f"import sys\ndef test_quick():\n    assert 'ragkit.pytest_plugin' in sys.modules\n"
        f"    assert not {heavy} & set(sys.modules)\n",
        encoding="utf-8",
    )
    code, said = run(tmp_path)
    assert code == 0, said


def test_runs_of_ones_own_pass_or_name_what_fell() -> None:
    before, now = made.run(*made.values(60)), made.run(*made.values(60, less=0.1))
    assert_no_regression(before, now, fail_under={"RR": 0.1}, max_drop={"RR": 0.0})
    with pytest.raises(AssertionError) as failure:
        assert_no_regression(now, before)
    lines = str(failure.value).splitlines()
    assert "a significant drop" in lines[0]
    pairs = zip(now.questions, before.questions, strict=True)
    lower = sum(one.scores["RR"] < two.scores["RR"] for one, two in pairs)
    assert lines[1] == f"{lower} questions score less than before:"
    assert lines[-1] == f"  ... and {lower - 20} more"


def test_questions_that_failed_are_told_with_their_errors() -> None:
    before = made.run(made.record(1, 1.0))
    with pytest.raises(AssertionError, match=r"1 question failed with an error\n  q1: no model"):
        assert_no_regression(made.run(made.record(1, 0.0, error="no model")), before)


@pytest.mark.parametrize("limits", ["fail_under", "max_drop"])
def test_a_limit_of_what_is_not_measured_is_an_error(limits: str) -> None:
    one = made.run(made.record(1, 1.0))
    with pytest.raises(ValueError, match=r"nDCG: not measured here; there are RR, R@5"):
        assert_no_regression(one, one, **{limits: {"nDCG": 0.1}})
