"""The tabs Quality and Settings."""

from __future__ import annotations

import re

from conftest import FAST, SHARED, fill
from desk_page import Desk
from playwright.sync_api import Locator, expect
from running_app import Running

QUESTION = "Who jettisoned the remaining seed?"


def test_a_bad_answer_becomes_a_golden_question_that_is_run(desk: Desk, server: Running) -> None:
    _open(desk, server, "Quality")
    turn = desk.ask(QUESTION)
    turn.get_by_role("button", name="Bad answer").click()
    choice = desk.evidence.get_by_role("group", name="Which passage is right?")
    expect(choice).to_contain_text(SHARED[0].name)
    choice.get_by_role("button", name="This one").first.click()
    expect(desk.evidence.get_by_role("status")).to_have_text("Noted. It is a golden question now.")
    bad, good = (turn.get_by_role("button", name=f"{name} answer") for name in ("Bad", "Good"))
    expect(bad).to_have_attribute("aria-pressed", "true")
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(bad).to_have_attribute("aria-pressed", "false")
    expect(desk.evidence.get_by_role("status")).to_contain_text("Noted as a good answer")
    desk.open_tab("Quality")
    golden = desk.page.get_by_role("region", name="How good are the answers?")
    expect(golden.get_by_role("listitem")).to_have_count(1)
    expect(golden).to_contain_text(QUESTION)
    expect(golden).to_contain_text("1 good, 0 bad")
    results = desk.page.get_by_role("region", name="Results")
    expect(results).to_contain_text("No run yet.")
    run = desk.page.get_by_role("button", name="Run the golden questions")
    for number in (1, 2):
        run.click()
        expect(results.get_by_role("row")).to_have_count(1 + number)
    expect(results.get_by_role("row").nth(1)).to_contain_text(re.compile(r"en\s*1 \+ 0\s*\d+ %"))
    expect(desk.page.get_by_text("Shares over the runs")).to_be_visible()
    golden.get_by_role("button", name=f"Forget this question: {QUESTION}").click()
    expect(golden).to_contain_text("None yet.")
    expect(run).to_be_disabled()


def test_the_choice_of_a_passage_can_be_left(desk: Desk, server: Running) -> None:
    _open(desk, server, "Left")
    desk.ask(QUESTION).get_by_role("button", name="Bad answer").click()
    desk.evidence.get_by_role("button", name="Cancel").click()
    expect(desk.evidence.get_by_role("group", name="Which passage is right?")).to_have_count(0)


def test_a_chain_is_checked_while_it_is_typed_and_saved(desk: Desk, server: Running) -> None:
    _open(desk, server, "Wired")
    desk.open_tab("Settings")
    editor = _editor(desk)
    expect(editor).to_contain_text("hashing")
    _type(desk, editor, "retriever: {type: bm26}")
    problems = desk.page.get_by_role("alert")
    expect(problems).to_contain_text("bm26")
    expect(problems).to_contain_text("bm25")
    _type(desk, editor, FAST + "limit: 3\n")
    expect(desk.page.get_by_role("status").filter(has_text="Valid.")).to_be_visible()
    desk.page.get_by_role("button", name="Save", exact=True).click()
    expect(desk.page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    collection = server.library("").collection(server.collection("", "Wired"))
    assert "limit: 3" in collection.chain
    _type(desk, editor, "embedder: {type: hashing, dimension: 128}\nretriever: {type: bm25}\n")
    desk.page.get_by_role("button", name="Save and index the documents anew").click()
    expect(desk.page.get_by_role("status").filter(has_text="indexed anew")).to_be_visible()
    _type(desk, editor, " ")
    expect(desk.page.get_by_role("status").filter(has_text="Empty:")).to_be_visible()


def test_a_preset_is_chosen(desk: Desk, server: Running) -> None:
    _open(desk, server, "Preset")
    desk.open_tab("Settings")
    expect(desk.page.get_by_label("Preset")).to_have_value("")
    desk.page.get_by_label("Preset").click()
    desk.page.get_by_role("option", name="lexical", exact=True).click()
    expect(_editor(desk)).to_contain_text("Words only")
    expect(desk.page.get_by_role("status").filter(has_text="Valid.")).to_be_visible()


def test_models_and_storage_are_shown(desk: Desk) -> None:
    desk.open_tab("Settings")
    models = desk.page.get_by_role("region", name="Models")
    expect(models.get_by_role("listitem").filter(has_text="bge-small-en-v1.5")).to_contain_text("here")
    storage = desk.page.get_by_role("region", name="Storage")
    expect(storage).to_contain_text(re.compile(r"\d+ documents, .* MB of 4.0 GB used"))
    expect(storage.get_by_role("progressbar")).to_be_visible()


def _open(desk: Desk, server: Running, title: str) -> None:
    """Shows a new collection of one report."""
    fill(server, title, SHARED[0], chain=FAST)
    desk.page.reload()
    desk.open_collection(title)


def _editor(desk: Desk) -> Locator:
    desk.page.get_by_role("textbox").last.focus()
    return desk.page.get_by_role("textbox", name="Chain (YAML)")


def _type(desk: Desk, editor: Locator, text: str) -> None:
    """In the place of all that stands there."""
    editor.click()
    desk.page.keyboard.press("ControlOrMeta+a")
    desk.page.keyboard.insert_text(text)
