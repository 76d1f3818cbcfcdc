"""The chat: answers with their citations and verdicts, what can be done with them, and conversations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import FAST, SHARED, Visit, fill
from desk_page import Desk
from playwright.sync_api import expect
from running_app import Running, running

from tests.faults.openai_server import Behaviour, FakeOpenAI, answer, serving, status

RAVINE = "Why did the crop-seeding Air Tractor end up in a ravine near Soledad, California?"
HELICOPTER = "What took the attention of the student taxiing at Fullerton, California?"
WEIR = "# The weir\n\nThe weir at Teddington was built in 1811. It was rebuilt of stone in 1931.\n"
WRITER = """
generator: {{type: openai, base_url: "{url}", model: tiny, key_env: null}}
"""


def test_an_answer_cites_and_is_judged(desk: Desk) -> None:
    turn = desk.ask(RAVINE)
    expect(turn).to_contain_text("ravine")
    expect(turn.get_by_role("link", name="Source 1: 20080116X00055.pdf, page 1").first).to_be_visible()
    expect(turn.get_by_role("img", name="Supported by its source").first).to_be_visible()
    expect(turn.get_by_role("list", name="Sources")).to_contain_text("20080116X00055.pdf, page 1")
    expect(desk.question).to_have_value("")


def test_a_follow_up_is_shown_as_it_was_understood(desk: Desk) -> None:
    desk.ask(RAVINE)
    turn = desk.ask("And what was its registration?")
    expect(turn).to_contain_text("Understood as:")
    expect(turn).to_contain_text("Air Tractor")
    assert desk.page.get_by_role("article").count() == 2


def test_the_end_of_a_long_conversation_is_in_sight(visit: Visit) -> None:
    desk = visit(height=500)
    for question in (RAVINE, HELICOPTER):
        turn = desk.ask(question)
    expect(turn.get_by_role("button", name="Answer again")).to_be_in_viewport()


def test_what_the_documents_do_not_say_is_no_error(desk: Desk) -> None:
    turn = desk.ask("Who painted the Mona Lisa?")
    expect(turn).to_contain_text("The documents do not answer this")
    expect(turn).to_contain_text("Nearest to it:")
    expect(turn).to_contain_text("Ask it in other words")
    expect(desk.page.get_by_role("alert")).to_have_count(0)
    desk.open_citation(turn)
    expect(desk.evidence.get_by_role("img").or_(desk.evidence.get_by_text("places.md")).first).to_be_visible()


def test_a_suggested_question_is_asked(desk: Desk) -> None:
    welcome = desk.page.get_by_role("region", name="Conversation", exact=True)
    example = welcome.get_by_role("button").first
    question = example.inner_text()
    example.click()
    desk.answered(question)


def test_only_the_chosen_documents_are_asked(desk: Desk) -> None:
    desk.documents.get_by_role("checkbox", name="Ask only this document: 20080117X00072.pdf").check()
    scope = desk.page.get_by_role("group", name="Asking only")
    expect(scope).to_contain_text("20080117X00072.pdf")
    turn = desk.ask(RAVINE)
    expect(turn).not_to_contain_text("20080116X00055.pdf")
    scope.get_by_role("button", name="No longer ask only 20080117X00072.pdf").click()
    expect(scope).to_have_count(0)
    turn.get_by_role("button", name="Answer again").click()
    expect(desk.turn(RAVINE)).to_contain_text("20080116X00055.pdf")


def test_a_question_is_edited_and_asked_again(desk: Desk) -> None:
    desk.ask(RAVINE)
    desk.ask("And what was its registration?")
    desk.turn(RAVINE).get_by_role("button", name="Edit the question").click()
    expect(desk.dialog.get_by_role("textbox")).to_have_value(RAVINE)
    desk.say(HELICOPTER)
    desk.answered(HELICOPTER)
    expect(desk.page.get_by_role("article")).to_have_count(1)
    desk.turn(HELICOPTER).get_by_role("button", name="Answer again").click()
    desk.answered(HELICOPTER)
    expect(desk.page.get_by_role("article")).to_have_count(1)


def test_an_answer_is_made_again_in_its_place(desk: Desk) -> None:
    desk.ask(RAVINE)
    desk.ask(HELICOPTER)
    desk.turn(RAVINE).get_by_role("button", name="Answer again").click()
    expect(desk.dialog).to_contain_text("What follows it is forgotten.")
    desk.dialog.get_by_role("button", name="Cancel").click()
    expect(desk.page.get_by_role("article")).to_have_count(2)
    desk.turn(HELICOPTER).get_by_role("button", name="Answer again").click()
    expect(desk.page.get_by_role("article", name=RAVINE)).to_be_visible()
    desk.answered(HELICOPTER)
    expect(desk.page.get_by_role("article")).to_have_count(2)


def test_an_answer_is_copied_with_the_numbers_of_its_sources(desk: Desk) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = desk.ask(RAVINE)
    turn.get_by_role("button", name="Copy").click()
    desk.page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('ravine')")
    copied = desk.page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"ravine\. ?\[\d\]", copied), copied
    assert "[1] 20080116X00055.pdf, page 1" in copied, copied


def test_a_conversation_is_exported(desk: Desk) -> None:
    turn = desk.ask(RAVINE)
    name = desk.talks.get_by_role("listitem").get_by_role("button").first.inner_text()
    with desk.page.expect_download() as begun:
        desk.talk_menu(name, "Export as Markdown").click()
    said = Path(begun.value.path()).read_text(encoding="utf-8")
    assert f"## {RAVINE}" in said and "20080116X00055.pdf, page 1" in said, said
    desk.page.keyboard.press("Escape")
    with desk.page.expect_download() as begun:
        desk.talk_menu(name, "Export as JSON").click()
    (kept,) = json.loads(Path(begun.value.path()).read_text(encoding="utf-8"))["turns"]
    assert kept["question"] == RAVINE
    expect(turn).to_contain_text(kept["sentences"][0]["text"].strip())


def test_conversations_are_listed_renamed_and_deleted(desk: Desk, server: Running) -> None:
    fill(server, "Talking", SHARED[0], chain=FAST)
    desk.page.reload()
    desk.open_collection("Talking")
    expect(desk.talks).to_contain_text("Every answer is kept here.")
    desk.ask("Who jettisoned the seed?")
    desk.talks.get_by_role("button", name="New conversation").click()
    expect(desk.page.get_by_role("article")).to_have_count(0)
    desk.ask("Where is Soledad?")
    expect(desk.talks.get_by_role("listitem")).to_have_count(2)
    desk.talk_menu("Who jettisoned the seed?", "Rename").click()
    desk.say("The seed / 种子")
    desk.talks.get_by_role("button", name="The seed / 种子", exact=True).click()
    expect(desk.turn("Who jettisoned the seed?")).to_be_visible()
    expect(desk.talks.get_by_role("button", name="The seed / 种子")).to_have_attribute("aria-current", "true")
    desk.talk_menu("The seed / 种子", "Delete").click()
    expect(desk.dialog).to_contain_text("Delete the conversation “The seed / 种子”?")
    desk.dialog.get_by_role("button", name="OK").click()
    expect(desk.talks.get_by_role("listitem")).to_have_count(1)
    expect(desk.page.get_by_role("article")).to_have_count(0)


def test_conversations_are_kept_over_a_restart(visit: Visit, tmp_path: Path) -> None:
    weir = tmp_path / "weir.md"
    weir.write_text(WEIR, encoding="utf-8")
    question = "When was the weir at Teddington built?"
    with running(tmp_path, accounts=False) as before:
        fill(before, "Weirs", weir)
        desk = visit(url=before.url)
        desk.ask(question)
        desk.page.close()
    with running(tmp_path, accounts=False) as after:
        desk = visit(url=after.url)
        desk.talks.get_by_role("button", name=question, exact=True).click()
        expect(desk.turn(question)).to_contain_text("1811")
        expect(desk.document("weir.md")).to_contain_text("Ready")
        desk.page.close()


def test_a_page_that_was_open_over_a_restart_begins_anew(visit: Visit, tmp_path: Path) -> None:
    with running(tmp_path, accounts=False) as before:
        fill(before, "First", SHARED[2])
        fill(before, "Second", SHARED[2])
        desk = visit(url=before.url)
        desk.open_collection("Second")
    with running(tmp_path, "--port", before.url.rpartition(":")[2], accounts=False):
        desk.page.get_by_role("button", name="New conversation").click()
        expect(desk.documents.get_by_role("alert")).to_contain_text("This page was open from before")
        expect(desk.chosen_collection).to_have_text("First")
        desk.watch.errors.clear()  # the browser told of the server that was away


def test_buttons_work_while_an_answer_is_written(desk: Desk) -> None:
    """What is clicked meanwhile is done, and the answer comes all the same."""
    desk.ask(RAVINE)
    desk.question.fill("Who jettisoned the remaining seed?")
    desk.question.press("Enter")
    box = desk.documents.get_by_role("checkbox", name="Ask only this document: places.md")
    box.check()
    expect(desk.page.get_by_role("group", name="Asking only")).to_be_visible()
    desk.answered("Who jettisoned the remaining seed?")
    expect(box).to_be_checked()
    expect(desk.page.get_by_role("article")).to_have_count(2)
    desk.page.get_by_role("button", name="Ask all documents").click()
    expect(box).not_to_be_checked()
    box.check()
    desk.page.get_by_role("button", name="No longer ask only places.md").click()
    expect(box).not_to_be_checked()


def test_written_answers_are_markdown_and_each_sentence_is_judged(
    desk: Desk, server: Running, tmp_path: Path
) -> None:
    said = (
        "The weir at Teddington was **built in 1811** [1].\n\n",
        "Elephants `painted` it <svg onload=document.title='taken'> green in 1650 [1].\n",
        "It is ![shown](http://elsewhere.invalid/x.png) here.\n",
    )
    with _written(server, desk, tmp_path, "Written", answer(*said)):
        turn = desk.ask("When was the weir at Teddington built?")
    expect(turn.get_by_role("strong")).to_have_text("built in 1811")
    expect(turn.get_by_role("code")).to_have_text("painted")
    expect(turn.get_by_role("img", name="Supported by its source")).to_have_count(1)
    expect(turn.get_by_role("img", name="Not supported by the documents").first).to_be_visible()
    expect(turn).to_contain_text("green in 1650")
    assert desk.page.title() == "ragkit"


def test_an_answer_is_stopped_and_its_question_comes_back(
    desk: Desk, server: Running, tmp_path: Path
) -> None:
    slow = answer(*["It was rebuilt of stone. "] * 200, pause=0.1)
    question = "Of what was the weir rebuilt?"
    with _written(server, desk, tmp_path, "Slow", slow) as writer:
        desk.question.fill(question)
        desk.question.press("Enter")
        expect(desk.turn(question)).to_contain_text("It was rebuilt of stone.")
        desk.page.get_by_role("button", name="Stop").click()
        expect(desk.question).to_have_value(question)
        expect(desk.page.get_by_role("article")).to_have_count(0)
        assert writer.gone.wait(20), "the model still writes"
    expect(desk.talks).to_contain_text("Every answer is kept here.")
    expect(desk.page.get_by_role("button", name="Send")).to_be_visible()


def test_a_failed_answer_is_told_and_its_question_comes_back(
    desk: Desk, server: Running, tmp_path: Path
) -> None:
    question = "When was the weir built?"
    with _written(server, desk, tmp_path, "Failing", status(400, {"error": {"message": "no such model"}})):
        desk.question.fill(question)
        desk.question.press("Enter")
        alert = desk.turn(question).get_by_role("alert")
        expect(alert).to_contain_text("This could not be answered")
        expect(alert).to_contain_text("no such model")
    desk.watch.errors.clear()
    expect(desk.question).to_have_value(question)


def test_a_question_before_any_document_is_ready_is_told_so(desk: Desk) -> None:
    desk.new_collection("Nothing yet")
    desk.question.fill("When?")
    desk.question.press("Enter")
    expect(desk.turn("When?").get_by_role("alert")).to_contain_text("No document of this collection is ready")


def test_scripts_in_documents_are_text(desk: Desk, server: Running, tmp_path: Path) -> None:
    attack = "<svg onload=document.title='taken'>"
    file = tmp_path / f"{attack} ${{document.title='taken'}} {{{{x}}}}.txt"
    file.write_text(f"{attack}\n\nThe lock {attack} ${{1+1}} was opened in 1981.\n", encoding="utf-8")
    fill(server, f"Script {attack}", file, chain=FAST)
    desk.page.reload()
    desk.open_collection(f"Script {attack}")
    expect(desk.document(file.name)).to_contain_text("Ready")
    turn = desk.ask(f"When was the lock {attack} opened?")
    expect(turn).to_contain_text("${1+1} was opened in 1981.")
    desk.open_citation(turn)
    expect(desk.evidence).to_contain_text(file.name)
    expect(desk.evidence.get_by_role("mark")).to_contain_text(attack)
    turn.get_by_role("button", name="Bad answer").click()
    expect(desk.evidence.get_by_role("group", name="Which passage is right?")).to_contain_text(attack)
    assert desk.page.title() == "ragkit"


@contextmanager
def _written(
    server: Running, desk: Desk, folder: Path, title: str, *script: Behaviour
) -> Iterator[FakeOpenAI]:
    """A collection about a weir, whose answers a model behind a server on this machine writes."""
    file = folder / "weir.md"
    file.write_text(WEIR, encoding="utf-8")
    with serving(*script) as writer:
        fill(server, title, file, chain=FAST + WRITER.format(url=writer.url))
        desk.page.reload()
        desk.open_collection(title)
        yield writer
