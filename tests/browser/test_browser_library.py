"""The library: many documents at once, what becomes of each, collections, removal and undo."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from conftest import DEMO, FAST, Visit, fill
from desk_page import Desk
from playwright.sync_api import expect
from running_app import Running

NTSB = sorted((DEMO / "ntsb-en").glob("*.pdf"))
_AS_DROPPED = """(files) => {
  const dropped = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    dropped.items.add(new File([bytes], name));
  }
  return dropped;
}"""


def test_many_files_at_once_are_read_and_become_ready(desk: Desk, server: Running) -> None:
    fill(server, "Many", chain=FAST)
    desk.page.reload()
    desk.open_collection("Many")
    expect(desk.documents).to_contain_text("No documents yet")
    files = [*NTSB[:3], DEMO / "wikipedia-en" / "places-and-history.txt"]
    desk.upload(*files)
    desk.wait_ready(*(file.name for file in files))
    expect(desk.documents).to_contain_text("4 of 4 ready")
    expect(desk.document(NTSB[0].name)).to_contain_text("3 pages")


def test_files_are_dropped(desk: Desk, server: Running) -> None:
    fill(server, "Dropped", chain=FAST)
    desk.page.reload()
    desk.open_collection("Dropped")
    files = [("a.md", b"# The weir\n\nIt was built in 1907."), (NTSB[0].name, NTSB[0].read_bytes())]
    sent = [(name, base64.b64encode(content).decode()) for name, content in files]
    dropped = desk.page.evaluate_handle(_AS_DROPPED, sent)
    place = desk.page.get_by_text("Drop files here, or choose them")
    for event in ("dragenter", "dragover", "drop"):
        place.dispatch_event(event, {"dataTransfer": dropped})
    desk.wait_ready("a.md", NTSB[0].name)


def test_the_list_is_searched(desk: Desk) -> None:
    field = desk.documents.get_by_role("searchbox", name="Find in the list")
    field.fill("PLACES")
    expect(desk.documents.get_by_role("listitem")).to_have_count(1)
    expect(desk.document("places.md")).to_be_visible()
    field.fill("")
    expect(desk.documents.get_by_role("listitem")).to_have_count(3)


def test_a_removed_document_comes_back(desk: Desk, server: Running) -> None:
    fill(server, "Removing", NTSB[0], NTSB[1], chain=FAST)
    desk.page.reload()
    desk.open_collection("Removing")
    desk.document(NTSB[0].name).get_by_role("button", name=f"Remove {NTSB[0].name}").click()
    expect(desk.document(NTSB[0].name)).to_have_count(0)
    expect(desk.documents.get_by_role("status")).to_contain_text(f"Removed “{NTSB[0].name}”.")
    desk.documents.get_by_role("button", name="Undo").click()
    expect(desk.document(NTSB[0].name)).to_contain_text("Ready")
    expect(desk.documents.get_by_role("status")).to_have_count(0)


def test_several_removed_documents_come_back(desk: Desk, server: Running) -> None:
    fill(server, "Removing two", NTSB[0], NTSB[1], chain=FAST)
    desk.page.reload()
    desk.open_collection("Removing two")
    for file in NTSB[:2]:
        desk.document(file.name).get_by_role("button", name=f"Remove {file.name}").click()
        expect(desk.document(file.name)).to_have_count(0)
    expect(desk.documents.get_by_role("status")).to_contain_text("Removed 2 documents.")
    desk.documents.get_by_role("button", name="Undo").click()
    desk.wait_ready(NTSB[0].name, NTSB[1].name)


def test_a_page_of_a_deleted_collection_changes_no_other(visit: Visit) -> None:
    first = visit()
    first.new_collection("Soon gone")
    second = visit()
    second.open_collection("Soon gone")
    first.collection_menu("Delete")
    first.dialog.get_by_role("button", name="OK").click()
    expect(first.chosen_collection).to_have_text("Aviation")
    second.collection_menu("Delete")
    second.dialog.get_by_role("button", name="OK").click()
    expect(second.documents.get_by_role("alert")).to_contain_text("This collection is gone")
    expect(second.chosen_collection).to_have_text("Aviation")


def test_collections_are_made_renamed_and_deleted(desk: Desk) -> None:
    desk.new_collection("Weirs")
    desk.collection_menu("Rename")
    desk.say("Weirs and locks")
    expect(desk.chosen_collection).to_have_text("Weirs and locks")
    desk.collection_menu("Delete")
    expect(desk.dialog).to_contain_text("Delete the collection “Weirs and locks” with its 0 documents")
    desk.dialog.get_by_role("button", name="Cancel").click()
    expect(desk.chosen_collection).to_have_text("Weirs and locks")
    desk.collection_menu("Delete")
    desk.dialog.get_by_role("button", name="OK").click()
    expect(desk.chosen_collection).to_have_text("Aviation")


def test_what_cannot_be_done_is_told_in_a_banner(desk: Desk, server: Running) -> None:
    fill(server, "Taken")
    desk.new_collection("To rename")
    desk.collection_menu("Rename")
    desk.say("Taken")
    expect(desk.documents.get_by_role("alert")).to_contain_text("Taken")
    expect(desk.chosen_collection).to_have_text("To rename")


def test_a_document_is_named_that_has_the_same_content(desk: Desk, server: Running, tmp_path: Path) -> None:
    fill(server, "Twice", NTSB[0], chain=FAST)
    desk.page.reload()
    desk.open_collection("Twice")
    copy = tmp_path / "a copy.pdf"
    copy.write_bytes(NTSB[0].read_bytes())
    desk.upload(copy)
    expect(desk.document("a copy.pdf")).to_contain_text(f"Same content as {NTSB[0].name}")


def test_a_locked_document_asks_for_its_password(desk: Desk, server: Running, tmp_path: Path) -> None:
    fill(server, "Vault", chain=FAST)
    desk.page.reload()
    desk.open_collection("Vault")
    locked = tmp_path / "locked.pdf"
    locked.write_bytes(_locked(NTSB[0], "Brücke 7"))
    desk.upload(locked)
    row = desk.document("locked.pdf")
    expect(row).to_contain_text("Locked with a password")
    row.get_by_role("button", name="Enter password").click()
    expect(desk.dialog.get_by_label("Password of “locked.pdf”")).to_have_attribute("type", "password")
    desk.say("wrong")
    expect(desk.documents.get_by_role("alert")).to_contain_text("not the password of 'locked.pdf'")
    row.get_by_role("button", name="Enter password").click()
    desk.say("Brücke 7")
    desk.wait_ready("locked.pdf")
    expect(row).to_contain_text("3 pages")


def test_broken_and_scanned_files_are_named_with_their_reason(
    desk: Desk, server: Running, tmp_path: Path
) -> None:
    fill(server, "Odd files", chain=FAST)
    desk.page.reload()
    desk.open_collection("Odd files")
    broken, scanned = tmp_path / "broken.pdf", tmp_path / "scanned.pdf"
    broken.write_bytes(NTSB[0].read_bytes()[:2000])
    scanned.write_bytes(_with_an_empty_page(NTSB[0]))
    desk.upload(broken, scanned)
    row = desk.document("broken.pdf")
    expect(row).to_contain_text("Not readable")
    assert len(row.inner_text().splitlines()) >= 3, "no reason is given"
    expect(row.get_by_role("button", name="Try again")).to_be_visible()
    expect(desk.document("scanned.pdf")).to_contain_text("1 page without text, perhaps scanned")


def test_a_program_called_pdf_is_refused(desk: Desk, server: Running, tmp_path: Path) -> None:
    fill(server, "Refusing", chain=FAST)
    desk.page.reload()
    desk.open_collection("Refusing")
    program = tmp_path / "invoice.pdf"
    program.write_bytes(b"MZ" + bytes(2000))
    desk.upload(program)
    uploads = desk.page.get_by_role("region", name="Add documents")
    expect(uploads.get_by_role("alert")).to_contain_text("invoice.pdf")
    expect(uploads.get_by_role("alert")).to_contain_text("program")
    uploads.get_by_role("button", name="× invoice.pdf").click()
    expect(uploads.get_by_role("alert")).to_have_count(0)
    expect(desk.documents).to_contain_text("No documents yet")
    desk.watch.errors[:] = [error for error in desk.watch.errors if "status of 4" not in error]


def test_one_asks_while_a_large_document_is_read(desk: Desk, server: Running) -> None:
    fill(server, "Reading", DEMO / "ntsb-en" / "20080116X00055.pdf")
    desk.page.reload()
    desk.open_collection("Reading")
    desk.upload(DEMO / "agency-plans-en" / "DHS2020.pdf")
    row = desk.document("DHS2020.pdf")
    expect(row).to_contain_text("Embedding")
    expect(row.get_by_role("progressbar")).to_be_visible()
    turn = desk.ask("Why did the crop-seeding Air Tractor end up in a ravine near Soledad, California?")
    expect(turn.get_by_role("link").first).to_be_visible()
    expect(row).not_to_contain_text("Ready", timeout=1)
    desk.collection_menu("Delete")
    desk.dialog.get_by_role("button", name="OK").click()
    expect(desk.chosen_collection).to_have_text("Aviation")


@pytest.mark.parametrize("key", ["Escape", "Cancel"])
def test_a_dialog_can_be_left(visit: Visit, key: str) -> None:
    desk = visit()
    desk.collection_menu("New collection")
    desk.dialog.get_by_role("textbox").fill("Never made")
    if key == "Escape":
        desk.page.keyboard.press("Escape")
    else:
        desk.dialog.get_by_role("button", name=key).click()
    expect(desk.dialog).to_have_count(0)
    expect(desk.chosen_collection).to_have_text("Aviation")
    expect(desk.documents.get_by_role("option", name="Never made")).to_have_count(0)


def _locked(file: Path, password: str) -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=file)
    writer.encrypt(password, algorithm="AES-256")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _with_an_empty_page(file: Path) -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=file)
    writer.add_blank_page()
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()
