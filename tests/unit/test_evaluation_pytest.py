"""The pytest plugin: golden questions in somebody's own test suite."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from corpus import LIMITS

from ragkit.config import load_config
from ragkit.evaluation import read_run, write_run

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
def suite(tmp_path: Path) -> Path:
    """A project with an index, golden questions and a test of them."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "weir.md").write_text("# The weir\n\nThe weir was built in 1811.", encoding="utf-8")
    (tmp_path / "files" / "lake.md").write_text("# The lake\n\nThe lake is deep and cold.", encoding="utf-8")
    (tmp_path / "golden.jsonl").write_text(GOLDEN, encoding="utf-8")
    (tmp_path / "chain.yaml").write_text(CHAIN, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "test_quality.py").write_text(TEST, encoding="utf-8")
    config = load_config(str(tmp_path / "chain.yaml")).model_copy(update={"index": tmp_path / "index"})
    with (ingest := config.build_ingest(limits=LIMITS)).index:
        ingest.run([tmp_path / "files"])
    return tmp_path


def run(folder: Path, *options: str) -> tuple[int, str]:
    """The exit code of a test session, and what it said."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        *options,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout


def test_a_baseline_is_made_and_kept(suite: Path) -> None:
    code, said = run(suite)
    assert code == 1
    assert "baseline.json: make it with --ragkit-update-baseline" in said
    assert run(suite, "--ragkit-update-baseline")[0] == 0
    assert run(suite)[0] == 0


def test_a_lost_question_fails_the_suite_and_is_named(suite: Path) -> None:
    run(suite, "--ragkit-update-baseline")
    before = read_run(suite / "baseline.json")
    (record,) = before.questions
    higher = record.model_copy(update={"scores": {**record.scores, "R@5": 1.5}})
    write_run(before.model_copy(update={"questions": (higher,)}), suite / "baseline.json")
    code, said = run(suite)
    assert code == 1
    assert "R@5 (en): 1.5000 -> 1.0000, a drop of more than 0" in said
    assert "weir: When was the weir built?" in said


def test_what_is_not_set_is_told(suite: Path) -> None:
    (suite / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    assert "ragkit_golden names no file" in run(suite)[1]


def test_the_plugin_costs_nothing_where_it_is_not_used(tmp_path: Path) -> None:
    heavy = {"faiss", "scipy", "ir_measures", "pydantic", "ragkit.config"}
    (tmp_path / "test_quick.py").write_text(
        f"import sys\ndef test_quick():\n    assert not {heavy} & set(sys.modules)\n", encoding="utf-8"
    )
    code, said = run(tmp_path)
    assert code == 0, said
