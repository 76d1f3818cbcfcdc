"""Reports: what they say, that they are what they claim to be, and that text of documents is text in them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from test_evaluation_comparison import made, record, run

from ragkit.errors import ConfigError
from ragkit.evaluation import Comparison, EvidencePlace, Gate, Run, compare
from ragkit.evaluation.reports import check_report, markdown_report, write_report
from ragkit.evaluation.reports.charts import latency_svg, percentile, scale_of
from ragkit.evaluation.reports.ranks import faults, moved, placed

EVIL = "<script>alert(1)</script> | `x` *b* \x01 </td>"
SCHEMA = Path(__file__).with_name("junit.rng")
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PRINTED = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=60)
MARKS = st.text(st.sampled_from("ab12 \\`*_[]()<>|~&;#@$:/!-+.=\"'"), min_size=1, max_size=60)


@pytest.fixture
def pair() -> tuple[Run, Run]:
    """A run in which one question fell, and the one before."""
    before = run(record(1, 1.0, question=EVIL), record(2, 1.0), record(3, 1.0, language="zh"))
    other = {"limit": 9, "retriever": {"type": "hybrid", "weight": 0.5}}
    now = run(record(1, 0.25, question=EVIL), record(2, 1.0), record(3, 1.0, language="zh"), config=other)
    return now, before


def compared(now: Run, before: Run | None, **limits: float) -> tuple[Comparison | None, list[str]]:
    comparison = compare(now, before) if before else None
    return comparison, Gate(max_drop=limits).problems(now, comparison)


def written(path: Path, now: Run, before: Run | None, **limits: float) -> str:
    write_report(path, now, *compared(now, before, **limits))
    return path.read_text(encoding="utf-8")


def of_markdown(text: str) -> list[str]:
    """The blocks of a page as a reader sees them."""
    shown = lxml_html.fromstring(f"<div>{MARKDOWN.render(text)}</div>")
    for comment in shown.xpath("//comment()"):
        comment.drop_tree()
    return [" ".join(one.text_content().split()) for one in shown.iter("h2", "p", "li", "td", "summary")]


def test_html_stands_alone_and_shows_text_as_text(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    text = written(tmp_path / "deep" / "report.html", *pair, RR=0.1)
    assert not [word for word in ("http://", "https://", "src=", "url(", "@import") if word in text]
    page = lxml_html.fromstring(text)
    (script,) = page.iter("script")
    assert "alert" not in script.text_content()
    shown = " ".join(page.text_content().split())
    assert "<script>alert(1)</script> | `x` *b*" in shown
    assert "It does not pass." in shown
    assert "RR (en): 1.0000 -> 0.6250, a drop of more than 0.1" in shown
    assert "a.pdf, page 1: bm25 2 → 2, result 1 → 1" in shown
    assert "4 of 6 figures are the same for every question." in shown
    assert len(page.get_element_by_id("questions").findall(".//tbody/tr")) == 3


def test_html_draws_means_where_they_are(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    page = lxml_html.fromstring(written(tmp_path / "report.html", *pair))
    means = page.xpath('//table[@class="means"]')[0]
    places = {
        kind: [one.get("cx") for one in means.xpath(f'.//circle[@class="dot {kind}"]')]
        for kind in ("now", "before")
    }
    assert places == {"now": ["62.50%", "100.00%", "75.00%", *["100.00%"] * 3], "before": ["100.00%"] * 6}
    (scale,) = page.xpath('//p[@class="quiet narrow"]/text()')
    assert scale == "The charts go from −0.8 to +0.8."
    fell = page.xpath('//table[@class="stacked"]//circle/@cx')
    assert fell == ["26.56%", "34.38%"]  # 0.5 - 0.375 / 1.6, and 0.5 - 0.25 / 1.6


def test_html_without_a_baseline_has_no_changes(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    page = lxml_html.fromstring(written(tmp_path / "report.html", pair[0], None))
    heads = [head.text_content() for head in page.iter("h2")]
    assert heads == ["Means with their 95 % intervals", "Milliseconds of a search", "Every question"]
    assert len(page.xpath('//circle[@class="dot now"]')) == 6  # two measures in two languages, and in all
    assert not page.xpath('//*[contains(@class, "verdict")]')


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.sampled_from([0.5, 0.95, 1.0]))
def test_percentiles_are_those_of_numpy(values: list[float], share: float) -> None:
    assert percentile(values, share) == np.quantile(values, share, method="inverted_cdf")


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_every_search_is_in_one_bar(values: list[float]) -> None:
    counts = re.findall(r"<title>(\d+) search", latency_svg(values))
    assert sum(map(int, counts)) == len(values)


def test_a_scale_holds_every_interval(pair: tuple[Run, Run]) -> None:
    comparison = compare(*pair)
    assert scale_of(comparison.changes) == 0.8  # the interval ends at -0.75
    assert scale_of([]) == 0.02


def test_markdown_says_the_verdict_first_and_keeps_its_tables(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    text = written(tmp_path / "pr.md", *pair, RR=0.1)
    blocks = of_markdown(text)
    assert blocks[0] == "❌ ragkit eval: it does not pass"
    assert "RR" in blocks
    assert blocks[blocks.index("limit") :][:3] == ["limit", "8", "9"]
    assert "1 question scores less than before" in blocks
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {9, 4}
    assert written(tmp_path / "pr.md", *pair).startswith("## ❔ ragkit eval: not decided")


@given(st.one_of(PRINTED, MARKS))
def test_markdown_shows_any_question_as_it_is(question: str) -> None:
    before, now = run(record(1, 1.0, question=question)), run(record(1, 0.5, question=question))
    blocks = of_markdown(markdown_report(now, *compared(now, before)))
    assert any(block.startswith(" ".join(f"q1 {question}".split())) for block in blocks)


def test_markdown_calls_nobody_and_links_to_nothing() -> None:
    words = "ask @someone about #12, owner/name#13 and https://example.org for $5 or $6"
    before, now = run(record(1, 1.0, question=words)), run(record(1, 0.5, question=words))
    text = markdown_report(now, *compared(now, before))
    assert not [word for word in ("@someone", "#12", "#13", "https://", " $5") if word in text]


def test_junit_fails_the_measures_that_fell(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    tree = ElementTree.fromstring(written(tmp_path / "junit.xml", *pair, RR=0.1))
    (suite,) = tree.findall("testsuite")
    cases = {(case.get("classname"), case.get("name")): case for case in suite.findall("testcase")}
    failed = {key for key, case in cases.items() if case.find("failure") is not None}
    assert failed == {("ragkit.en", "RR"), ("ragkit.all", "RR")}
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(cases)), "2", "0")


def test_junit_tells_of_limits_and_of_questions_that_failed(tmp_path: Path) -> None:
    now = run(record(1, 0.5), record(2, 0.0, error=f"no model {EVIL}\ufffe"))
    problems = Gate(fail_under={"RR": 0.6}).problems(now, None)
    write_report(tmp_path / "junit.xml", now, None, problems)
    tree = ElementTree.fromstring((tmp_path / "junit.xml").read_text(encoding="utf-8"))
    messages = [failure.get("message") for failure in tree.iter("failure")]
    assert messages == ["RR is 0.2500, at least 0.6 was asked for", "1 question failed with an error"]
    (error,) = tree.iter("error")
    assert error.get("message") == f"no model {EVIL}".replace("\x01", "")


def test_junit_is_valid(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    schema = etree.RelaxNG(etree.parse(SCHEMA))
    failed = run(record(1, 0.5), record(2, 0.0, error=EVIL))
    for number, (now, before) in enumerate([pair, (pair[0], None), (failed, None)]):
        write_report(tmp_path / f"{number}.xml", now, *compared(now, before, RR=0.1))
        schema.assertValid(etree.parse(tmp_path / f"{number}.xml"))


def test_json_holds_the_run_and_what_became_of_it(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    values = json.loads(written(tmp_path / "report.json", *pair, RR=0.1))
    assert Run.model_validate(values["run"]) == pair[0]
    assert values["passed"] is False
    (worse,) = values["comparison"]["worse"]
    assert (worse["id"], worse["measures"]) == ("q1", {"RR": [1.0, 0.25]})
    assert worse["evidence"][0]["before"]["stages"] == {"bm25": 2}


def test_an_unknown_ending_is_told_and_nothing_is_written(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    with pytest.raises(ConfigError, match=r"report.pdf: its ending must be .html, .json, .md, .xml"):
        write_report(tmp_path / "report.pdf", pair[0], None, [])
    check_report(tmp_path / "REPORT.HTML")
    assert not list(tmp_path.iterdir())


def test_a_report_that_cannot_be_made_leaves_the_one_before(tmp_path: Path, pair: tuple[Run, Run]) -> None:
    path = tmp_path / "pr.md"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        write_report(path, pair[0].model_copy(update={"made": made(golden="\ud800")}), None, [])
    assert path.read_text(encoding="utf-8") == "before"


def test_places_are_told_by_stage() -> None:
    before = EvidencePlace(source="a.pdf", page=2, rank=1, stages={"bm25": 3, "dense": 1})
    now = EvidencePlace(source="a.pdf", page=2, rank=0, stages={"bm25": 3})
    assert moved(before, now) == "a.pdf, page 2: bm25 3 → 3, dense 1 → –, result 1 → –"
    assert placed(before) == "a.pdf, page 2: bm25 3, dense 1, result 1"
    assert placed(EvidencePlace(source="b.md", known=False)) == "b.md: not in these documents"


def test_faults_are_named() -> None:
    one = record(1, 1.0)
    assert faults(one) == []
    lost = one.model_copy(update={"evidence": (EvidencePlace(source="a.pdf", rank=6),), "abstained": True})
    assert faults(lost) == ["not in the first 5", "refused, not answered"]
    said = one.model_copy(update={"evidence": (), "answerable": False, "abstained": False})
    assert faults(said) == ["answered, not refused"]
    assert faults(record(1, 0.0, error="no model")) == ["error"]
