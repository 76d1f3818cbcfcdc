"""Reports: what they say, that they are what they claim to be, and that text of documents is text in them."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from test_evaluation_comparison import record, run

from ragkit.errors import ConfigError
from ragkit.evaluation import Gate, Run, compare
from ragkit.evaluation.reports import write_report

EVIL = "<script>alert(1)</script> | `x` *b* \x01 </td>"


@pytest.fixture
def pair() -> tuple[Run, Run]:
    """A run in which one question fell, and the one before."""
    before = run(record(1, 1.0, question=EVIL), record(2, 1.0), record(3, 1.0, language="zh"))
    other = {"limit": 9, "retriever": {"type": "hybrid", "weight": 0.5}}
    now = run(record(1, 0.25, question=EVIL), record(2, 1.0), record(3, 1.0, language="zh"), config=other)
    return now, before


def written(path: Path, now: Run, before: Run | None, **limits: float) -> str:
    comparison = compare(now, before) if before else None
    problems = Gate(max_drop=limits).problems(now, comparison)
    write_report(path, now, comparison, problems)
    return path.read_text(encoding="utf-8")


def test_html_stands_alone_and_shows_text_as_text(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    text = written(tmp_path / "deep" / "report.html", *pair, RR=0.1)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "It does not pass." in text
    assert "RR (en): 1.0000 -&gt; 0.6250, a drop of more than 0.1" in text
    assert "bm25 2 → 2, result 1 → 1" in text
    assert not [word for word in ("http://", "https://", "src=", "url(", "@import") if word in text]


def test_html_without_a_baseline_has_the_measures(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    text = written(tmp_path / "report.html", pair[0], None)
    assert "<h2>Measures</h2>" in text
    assert "Changes" not in text
    assert text.count('class="mean"') == 6  # two measures in two languages, and in all


def test_markdown_says_the_verdict_first_and_keeps_its_tables(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    text = written(tmp_path / "pr.md", *pair, RR=0.1)
    assert text.startswith("## ❌ ragkit eval: it does not pass")
    assert "| limit |" not in text
    assert "| `limit` | `8` | `9` |" in text
    assert "\\<script\\>" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {9, 4}
    assert written(tmp_path / "pr.md", *pair).startswith("## ✅ ragkit eval: nothing is significantly worse")


def test_junit_fails_the_measures_that_fell(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    tree = ElementTree.fromstring(written(tmp_path / "junit.xml", *pair, RR=0.1))
    (suite,) = tree.findall("testsuite")
    cases = {(case.get("classname"), case.get("name")): case for case in suite.findall("testcase")}
    failed = {key for key, case in cases.items() if case.find("failure") is not None}
    assert failed == {("ragkit.en", "RR"), ("ragkit.all", "RR")}
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(cases)), "2", "0")


def test_junit_tells_of_limits_and_of_questions_that_failed(tmp_path: Path) -> None:
    now = run(record(1, 0.5), record(2, 0.0, error="no model"))
    problems = Gate(fail_under={"RR": 0.6}).problems(now, None)
    write_report(tmp_path / "junit.xml", now, None, problems)
    tree = ElementTree.fromstring((tmp_path / "junit.xml").read_text(encoding="utf-8"))
    messages = [failure.get("message") for failure in tree.iter("failure")]
    assert messages == ["RR is 0.2500, at least 0.6 was asked for", "1 questions failed with an error"]


def test_json_holds_the_run_and_what_became_of_it(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    values = json.loads(written(tmp_path / "report.json", *pair, RR=0.1))
    assert Run.model_validate(values["run"]) == pair[0]
    assert values["passed"] is False
    assert values["comparison"]["worse"] == [{"id": "q1", "measures": {"RR": [1.0, 0.25]}}]


def test_an_unknown_ending_is_told(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    with pytest.raises(ConfigError, match=r"report.pdf: its ending must be .html, .json, .md, .xml"):
        write_report(tmp_path / "report.pdf", pair[0], None, [])
