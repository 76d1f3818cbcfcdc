"""One browser page of the app, used as a person does: everything is found by its role and label."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PATIENCE = 30_000  # milliseconds: the machine may be busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What must not happen: requests to anywhere else, and errors in the console."""

    home: str
    outside: list[str]
    errors: list[str]

    def check(self) -> None:
        """Neither has happened."""
        assert not self.outside, self.outside
        assert not self.errors, self.errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The English page."""

    page: Page
    watch: Watch

    # -- the library

    @property
    def documents(self) -> Locator:
        """The list of documents with its collection."""
        return self.page.get_by_role("region", name="Documents", exact=True)

    def document(self, name: str) -> Locator:
        """The row of a document."""
        button = self.page.get_by_role("button", name=name, exact=True)
        return self.documents.get_by_role("listitem").filter(has=button)

    def open_collection(self, name: str) -> None:
        """Chooses a collection by its name."""
        option = self.documents.get_by_role("option", name=name, exact=True)
        chosen = option.get_attribute("value") or ""
        self.documents.get_by_label("Collection", exact=True).select_option(chosen)
        expect(self.documents).to_have_attribute("data-collection", chosen, timeout=PATIENCE)

    @property
    def chosen_collection(self) -> Locator:
        """The collection that is shown."""
        return self.documents.get_by_role("option", selected=True)

    def collection_menu(self, item: str) -> None:
        """Chooses from the menu of the collection."""
        self.documents.get_by_label("Collection …").click()
        self.documents.get_by_role("menuitem", name=item, exact=True).click()

    def new_collection(self, name: str) -> None:
        """Makes a collection and shows it."""
        self.collection_menu("New collection")
        self.say(name)
        expect(self.chosen_collection).to_have_text(name, timeout=PATIENCE)

    def upload(self, *files: Path | str) -> None:
        """Chooses files on the disk."""
        self.page.get_by_label("Add documents").locator("input").set_input_files(
            [str(file) for file in files]
        )

    def wait_ready(self, *names: str) -> None:
        """Until the documents can be asked."""
        for name in names:
            expect(self.document(name)).to_contain_text("Ready", timeout=PATIENCE)

    # -- dialogs

    @property
    def dialog(self) -> Locator:
        """What asks for a word or a confirmation."""
        return self.page.get_by_role("dialog")

    def say(self, value: str) -> None:
        """Answers the dialog."""
        self.dialog.locator("input").fill(value)
        self.dialog.get_by_role("button", name="OK").click()

    # -- the chat

    @property
    def question(self) -> Locator:
        """The field for the question."""
        return self.page.get_by_role("textbox", name="Your question")

    def ask(self, question: str) -> Locator:
        """Asks, and waits for the checked answer."""
        self.question.fill(question)
        self.question.press("Enter")
        return self.answered(question)

    def answered(self, question: str) -> Locator:
        """The turn of a question, once it is answered."""
        turn = self.turn(question)
        expect(turn.get_by_role("button", name="Answer again")).to_be_visible(timeout=PATIENCE)
        return turn

    def turn(self, question: str) -> Locator:
        """The last turn with a question."""
        return self.page.get_by_role("article", name=question, exact=True).last

    @property
    def talks(self) -> Locator:
        """The list of conversations."""
        return self.page.get_by_role("region", name="Conversations", exact=True)

    def talk_menu(self, name: str, item: str) -> Locator:
        """An item of the menu of a conversation, which is opened."""
        self.talks.get_by_label(f"{name} …", exact=True).click()
        row = self.talks.get_by_role("listitem").filter(has=self.page.get_by_label(f"{name} …", exact=True))
        return row.get_by_role("menuitem", name=item, exact=True)

    # -- the evidence

    @property
    def evidence(self) -> Locator:
        """The panel beside the chat."""
        return self.page.get_by_role("region", name="Evidence", exact=True)

    def open_citation(self, turn: Locator, number: int = 1) -> None:
        """Clicks the first chip with a number."""
        turn.get_by_role("link", name=re.compile(rf"^Source {number}:")).first.click()

    def open_tab(self, name: str) -> None:
        """Shows another tab."""
        self.page.get_by_role("tab", name=name, exact=True).click()
