"""The pytest plugin: golden questions in somebody's own test suite."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import LIMITS

from ragkit.config import load_config
from ragkit.evaluation import read_run, write_run

pytest_plugins = ["pytester"]

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
ragkit_index = index
ragkit_baseline = baseline.json
ragkit_search_only = true
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with an index, golden questions and a test of them."""
    folder = pytester.path
    (folder / "files").mkdir()
    (folder / "files" / "weir.md").write_text("# The weir\n\nThe weir was built in 1811.", encoding="utf-8")
    (folder / "files" / "lake.md").write_text("# The lake\n\nThe lake is deep and cold.", encoding="utf-8")
    (folder / "golden.jsonl").write_text(GOLDEN, encoding="utf-8")
    (folder / "chain.yaml").write_text(CHAIN, encoding="utf-8")
    (folder / "pytest.ini").write_text(SETTINGS, encoding="utf-8")
    config = load_config(str(folder / "chain.yaml")).model_copy(update={"index": folder / "index"})
    with (ingest := config.build_ingest(limits=LIMITS)).index:
        ingest.run([folder / "files"])
    pytester.makepyfile(TEST)
    return pytester


def run(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    return suite.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist", *options)


def test_a_baseline_is_made_kept_and_missed(suite: pytest.Pytester) -> None:
    done = run(suite)
    done.assert_outcomes(errors=0, failed=1)
    done.stdout.fnmatch_lines(["*there is no baseline at *: make it with --ragkit-update-baseline*"])
    run(suite, "--ragkit-update-baseline").assert_outcomes(passed=1)
    run(suite).assert_outcomes(passed=1)


def test_a_lost_question_fails_the_suite_and_is_named(suite: pytest.Pytester) -> None:
    run(suite, "--ragkit-update-baseline")
    path = Path(suite.path / "baseline.json")
    before = read_run(path)
    (record,) = before.questions
    higher = record.model_copy(update={"scores": {**record.scores, "R@5": 1.5}})
    write_run(before.model_copy(update={"questions": (higher,)}), path)
    done = run(suite)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        ["*R@5 (en): 1.5000 -> 1.0000, a drop of more than 0*", "*weir: When was the weir*"]
    )


def test_what_is_not_set_is_told(suite: pytest.Pytester) -> None:
    (suite.path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    done = run(suite)
    done.stdout.fnmatch_lines(["*ragkit_golden names no file*"])


def test_the_plugin_costs_nothing_where_it_is_not_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\n"
        "def test_quick():\n"
        "    assert not {'faiss', 'scipy', 'ir_measures', 'pydantic', 'ragkit.config'} & set(sys.modules)\n"
    )
    pytester.runpytest_subprocess("-p", "no:hypothesispytest").assert_outcomes(passed=1)
