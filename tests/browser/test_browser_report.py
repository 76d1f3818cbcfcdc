"""The HTML report of an evaluation: it can be read, filtered, and needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import watched
from playwright.sync_api import Browser, Page, expect

from ragkit.evaluation import EvidencePlace, QuestionRecord, Run, compare
from ragkit.evaluation.records import Made
from ragkit.evaluation.reports import write_report
from ragkit.evaluation.run import summarise

HERE = Path(__file__).parent
MEASURES = ("nDCG@10", "R@5")
WORDS = ("When was the weir built?", "鱼是什么时候引进的？", "Who <b>owns</b> the lake?")


def run(*values: float) -> Run:
    """A question for each value; one that is worth nothing is found nowhere."""
    records = [
        QuestionRecord(
            id=f"q{number}",
            language="zh" if number == 1 else "en",
            question=WORDS[number],
            answerable=True,
            evidence=(
                EvidencePlace(source="a/very/long/path/" * 6 + "weir.pdf", page=2, rank=int(value > 0)),
            ),
            milliseconds=5.0 + number,
            scores=dict.fromkeys(MEASURES, value),
        )
        for number, value in enumerate(values)
    ]
    made = Made(
        created="2026-01-01T00:00:00+00:00",
        ragkit="0.1.0",
        python="3.11",
        packages={},
        config={"limit": len(values)},
        golden="g.jsonl",
        golden_hash="1",
        corpus_hash="1",
        documents=3,
    )
    return Run(made=made, measures=MEASURES, scores=summarise(records, MEASURES), questions=tuple(records))


@pytest.fixture(params=[(1280, False), (390, False), (390, True)], ids=["wide", "phone", "dark phone"])
def page(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A report in which one question fell, one rose, and one is the same."""
    file, before, now = tmp_path / "report.html", run(1.0, 0.2, 0.5), run(0.0, 0.4, 0.5)
    write_report(file, now, compare(now, before), ["R@5 (en): 0.75 -> 0.25, a drop of more than 0.1"])
    width, dark = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    opened = context.new_page()
    watch = watched(context, opened, file.as_uri())
    opened.goto(file.as_uri())
    yield opened
    context.close()
    watch.check()


def test_questions_are_filtered_by_words_and_kinds(page: Page) -> None:
    rows = page.locator("#questions tbody tr:visible")
    expect(rows).to_have_count(3)
    page.get_by_label("Find a question").fill("鱼")
    expect(rows).to_have_count(1)
    expect(page.locator("#shown")).to_have_text("1 of 3")
    page.get_by_label("Find a question").fill("")
    lost = page.get_by_role("button", name="lost 1")
    lost.click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("not in the first 5")
    lost.click()
    expect(rows).to_have_count(3)


def test_the_report_fits_the_screen_and_can_be_read(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for section in page.locator("section").all():
        assert section.evaluate("(one) => one.scrollWidth <= one.clientWidth"), section.inner_text()
    assert page.evaluate((HERE / "contrast.js").read_text(encoding="utf-8")) == []
    expect(page.get_by_role("alert")).to_contain_text("It does not pass.")
    expect(page.get_by_text("Who <b>owns</b> the lake?").first).to_be_visible()
