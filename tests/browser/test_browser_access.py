"""For everyone: the keyboard alone, small screens, Chinese, dark, and letters that can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import FAST, SHARED, Visit, fill
from desk_page import PATIENCE, Desk
from playwright.sync_api import Browser, Page, expect
from running_app import PASSWORDS, Running, running

HERE = Path(__file__).parent
RAVINE = "Why did the crop-seeding Air Tractor end up in a ravine near Soledad, California?"
LAKE = "赛里木湖里的鱼是从什么时候开始引进的？"
_FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body) return "";
  one.dataset.reached = "1";
  return one.tagName;
}"""
_MISSED = """() => [...document.querySelectorAll("a[href], button, input, select, summary, textarea")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && !one.dataset.reached
    && one.tabIndex >= 0 && one.getBoundingClientRect().width)
  .map((one) => one.outerHTML.slice(0, 200))"""


def test_tab_reaches_everything_that_can_be_used(desk: Desk) -> None:
    turn = desk.ask(RAVINE)
    desk.open_citation(turn)
    expect(desk.evidence.get_by_role("img")).to_be_visible()
    rounds = 0
    while rounds < 2:  # the first begins where the chip is
        desk.page.keyboard.press("Tab")
        rounds += not desk.page.evaluate(_FOCUSED)
    assert desk.page.evaluate(_MISSED) == []


def test_the_keyboard_alone_is_enough(desk: Desk) -> None:
    keyboard = desk.page.keyboard
    desk.page.evaluate("document.activeElement.blur()")
    keyboard.press("/")
    expect(desk.question).to_be_focused()
    keyboard.type(RAVINE)
    keyboard.press("Enter")
    turn = desk.answered(RAVINE)
    expect(desk.question).to_be_focused()
    chip = turn.get_by_role("link", name="Source 1:").first
    chip.focus()
    keyboard.press("Enter")
    expect(desk.evidence.get_by_role("img", name="Page 1 of")).to_be_visible()
    following = desk.evidence.get_by_role("button", name="Next page")
    following.focus()
    keyboard.press("Enter")
    expect(desk.evidence).to_contain_text("Page 2 of 4")
    expect(following).to_be_focused()
    keyboard.press("Space")
    expect(desk.evidence).to_contain_text("Page 3 of 4")


def test_the_focus_stays_when_a_panel_is_shown_anew(desk: Desk) -> None:
    box = desk.documents.get_by_role("checkbox", name="Ask only this document: places.md")
    box.focus()
    desk.page.keyboard.press("Space")
    expect(desk.page.get_by_role("group", name="Asking only")).to_be_visible()
    expect(box).to_be_checked()
    expect(box).to_be_focused()


def test_menus_open_and_close_by_keys(desk: Desk) -> None:
    desk.documents.get_by_label("Collection …").focus()
    desk.page.keyboard.press("Enter")
    item = desk.documents.get_by_role("menuitem", name="New collection")
    expect(item).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(item).to_be_hidden()
    expect(desk.documents.get_by_label("Collection …")).to_be_focused()
    for key, name in (("ArrowDown", "New collection"), ("End", "Delete"), ("ArrowDown", "New collection")):
        desk.page.keyboard.press(key)
        expect(desk.documents.get_by_role("menuitem", name=name, exact=True)).to_be_focused()
    desk.page.keyboard.press("Escape")
    expect(desk.documents.get_by_label("Collection …")).to_be_focused()
    desk.page.keyboard.press("ArrowDown")
    expect(item).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(desk.dialog.get_by_role("textbox")).to_be_focused()
    desk.page.keyboard.press("Escape")
    expect(desk.dialog).to_have_count(0)


def test_the_focus_is_visible(desk: Desk) -> None:
    desk.question.focus()
    desk.page.keyboard.press("Shift+Tab")
    outline = desk.page.evaluate(
        "() => { const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement); "
        "return [outlineStyle, outlineWidth] }"
    )
    assert outline == ["solid", "2px"]


@pytest.mark.parametrize("width", [390, 1024])
def test_narrow_screens_have_drawers(visit: Visit, width: int) -> None:
    desk = visit(width=width, height=800)
    bar = desk.page.get_by_role("banner")
    library = bar.get_by_role("button", name="Documents and conversations")
    if width < 760:
        expect(desk.documents).to_be_hidden()
        library.click()
        expect(desk.documents).to_be_visible()
        desk.page.keyboard.press("Escape")
        expect(desk.documents).to_be_hidden()
    turn = desk.ask(RAVINE)
    expect(desk.evidence).to_be_hidden()
    desk.open_citation(turn)
    expect(desk.evidence.get_by_role("img", name="Page 1 of")).to_be_in_viewport()
    expect(desk.evidence.get_by_role("mark").first).to_be_in_viewport()
    desk.evidence.get_by_role("button", name="Close").click()
    expect(desk.evidence).to_be_hidden()
    expect(turn).to_be_in_viewport()
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
    for tab, part in (("Quality", "Results"), ("Settings", "Storage")):
        desk.open_tab(tab)
        expect(desk.page.get_by_role("region", name=part)).to_be_visible()
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width, tab


def test_chinese_by_the_language_of_the_browser(visit: Visit) -> None:
    page = visit(locale="zh-CN").page
    field = page.get_by_role("textbox", name="您的问题")
    expect(page.get_by_role("tab", name="设置")).to_be_visible()
    field.fill(LAKE)
    field.press("Enter")
    turn = page.get_by_role("article", name=LAKE, exact=True)
    expect(turn).to_contain_text("1980年代")
    expect(turn.get_by_role("img", name="出处支持这句话").first).to_be_visible()
    assert page.evaluate("document.documentElement.lang").startswith("zh")


def test_a_session_that_has_ended_leads_to_the_login(browser: Browser, tmp_path: Path) -> None:
    with running(tmp_path) as server, browser.new_context(locale="en-US") as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(server.url)
        page.get_by_label("Name").fill("ben")
        page.get_by_label("Password").fill(PASSWORDS["ben"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("banner")).to_contain_text("ben")
        context.request.post(f"{server.url}/logout")
        page.get_by_role("button", name="New conversation").click()
        ended = page.get_by_role("alert").filter(has_text="Your session has ended.")
        ended.get_by_role("link", name="Log in again").click()
        expect(page.get_by_label("Password")).to_be_visible()


def test_the_language_is_switched_and_remembered(desk: Desk) -> None:
    desk.page.get_by_role("link", name="Switch the language to Chinese").click()
    expect(desk.page.get_by_role("tab", name="设置")).to_be_visible()
    desk.page.goto(desk.watch.home)
    expect(desk.page.get_by_role("tab", name="设置")).to_be_visible()
    desk.page.get_by_role("link", name="切换为英文").click()
    expect(desk.page.get_by_role("tab", name="Settings")).to_be_visible()


def test_dark_is_chosen_and_remembered(desk: Desk) -> None:
    def lightness() -> int:
        shown = desk.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in shown.strip("rgb()").split(","))

    assert lightness() > 600
    desk.page.get_by_role("button", name="Light or dark").click()
    assert lightness() < 150
    desk.page.reload()
    expect(desk.documents).to_be_visible()
    assert lightness() < 150


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_contrast(visit: Visit, server: Running, dark: bool) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1 between the letters and what lies behind them."""
    fill(server, "Contrast", SHARED[0], chain=FAST)
    desk = visit(dark=dark)
    turn = desk.ask(RAVINE)
    desk.open_citation(turn)
    expect(desk.evidence.get_by_role("img")).to_be_visible()
    desk.ask("Who painted the Mona Lisa?")
    desk.documents.get_by_role("checkbox").first.check()
    expect(desk.page.get_by_role("group", name="Asking only")).to_be_visible()
    assert _faint(desk.page) == []
    turn.get_by_role("button", name="Bad answer").click()
    expect(desk.evidence.get_by_role("button", name="This one").first).to_be_visible()
    assert _faint(desk.page) == []
    for tab, part in (("Quality", "Results"), ("Settings", "Storage")):
        desk.open_tab(tab)
        expect(desk.page.get_by_role("region", name=part)).to_be_visible()
        assert _faint(desk.page) == []


def _faint(page: Page) -> list[str]:
    """Text whose contrast is too small: "ratio: text"."""
    found: list[str] = page.evaluate((HERE / "contrast.js").read_text(encoding="utf-8"))
    return found
