"""Writes docs/images/app-*.png: the app with the demo corpus, as a browser shows it.

.venv/bin/python docs/screenshots.py          needs Chromium; takes some minutes
.venv/bin/python docs/screenshots.py DATA     with a data folder that holds the demo corpus already
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

DOCS = Path(__file__).parent
DEMO = DOCS.parent / "corpora" / "demo"
KINDS = {".pdf", ".md", ".html", ".txt"}
RAVINE = "Why did the crop-seeding Air Tractor end up in a ravine near Soledad, California?"
LOST = "When did it lose airspeed?"
LAKE = "赛里木湖里的鱼是从什么时候开始引进的？"
POWER6 = "IBM 双核 POWER6 刚推出时的速度是多少？"
GOLDEN = (
    ("How much did DHS expect cybercrime to cost per year by 2021?", "DHS2020.pdf, page 17"),
    ("When does GSA want all of its electricity to be free of carbon pollution?", "GSA2022.pdf, page 8"),
    (
        "How many hours had the pilot of RV-8 N103JT flown that type before the accident?",
        "20080109X00035.pdf, page 3",
    ),
)
_LARGE = (1440, 900)
_PHONE = (390, 844)
_MOST_BYTES = 250_000
_PATIENCE = 120_000  # milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One file: how large the window is, and what is done before it is taken."""

    name: str
    does: Callable[[Page], None]
    size: tuple[int, int] = _LARGE
    locale: str = "en-US"
    dark: bool = False


@contextmanager
def app(data: Path) -> Iterator[str]:
    """The address of a running app."""
    command = [sys.executable, "-m", "apps.chat", "--port", "0", "--data", str(data)]
    log = ["--log", str(data / "log.jsonl")]
    data.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(  # noqa: S603  # every word of the command stands here
        [*command, *log], cwd=DOCS.parent, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr
        yield process.stderr.readline().split(" runs at ")[1].split()[0].rstrip("/")
    finally:
        process.terminate()
        process.wait()


def demo_files() -> list[Path]:
    """The documents of the demo corpus."""
    return sorted(file for file in DEMO.rglob("*") if file.suffix in KINDS)


def fill(page: Page, url: str) -> None:
    """Uploads what is not there yet, and waits until all of it is read."""
    documents = page.get_by_role("region", name="Documents", exact=True)
    collection = documents.get_attribute("data-collection")
    there = documents.inner_text()
    with httpx.Client(base_url=url, timeout=60) as client:
        for file in demo_files():
            if file.name not in there:
                sent = {"file": (file.name, file.read_bytes())}
                client.post(f"/api/collections/{collection}/files", files=sent).raise_for_status()
    page.reload()
    count = len(demo_files())
    expect(documents).to_contain_text(f"{count} of {count} ready", timeout=20 * _PATIENCE)


def ask(page: Page, question: str) -> None:
    """Asks, and waits for the answer."""
    field = page.get_by_role("textbox").last
    field.fill(question)
    field.press("Enter")
    turn = page.get_by_role("article", name=question, exact=True)
    expect(turn.locator("[data-copy]")).to_be_visible()


def open_citation(page: Page, number: int = 1) -> None:
    """Shows where a sentence of the last answer stands."""
    turn = page.get_by_role("article").last
    turn.get_by_role("link").nth(number - 1).click()
    expect(page.get_by_role("mark").first).to_be_visible()


def answered(page: Page) -> None:
    """An answer, a follow-up, and the page that is cited."""
    ask(page, RAVINE)
    ask(page, LOST)
    page.get_by_role("article").first.get_by_role("link").nth(1).click()
    expect(page.get_by_role("mark").first).to_be_visible()
    page.get_by_role("article").first.scroll_into_view_if_needed()


def answered_on_paper(page: Page) -> None:
    """One answer with its page."""
    ask(page, RAVINE)
    open_citation(page)


def answered_in_chinese(page: Page) -> None:
    """Two answers in Chinese with their passage."""
    ask(page, POWER6)
    ask(page, LAKE)
    open_citation(page)


def answered_on_a_phone(page: Page) -> None:
    """An answer and a follow-up."""
    ask(page, RAVINE)
    ask(page, LOST)
    page.get_by_role("article").first.scroll_into_view_if_needed()


def tested(page: Page) -> None:
    """Golden questions, and how well they are answered."""
    for question, source in GOLDEN:
        ask(page, question)
        page.get_by_role("article").last.get_by_role("button", name="Bad answer").click()
        choices = page.get_by_role("group", name="Which passage is right?")
        row = choices.locator(".choice").filter(has_text=source).first
        row.get_by_role("button", name="This one").click()
        expect(choices).to_have_count(0)
    page.get_by_role("tab", name="Quality").click()
    run = page.get_by_role("button", name="Run the golden questions")
    rows = page.get_by_role("region", name="Results").get_by_role("row")
    for _ in range(2):
        expect(run).to_be_enabled()
        before = rows.count()
        run.click()
        expect(rows).to_have_count(before + 1 + (before == 0))


PICTURES = (
    Picture(name="app-chat", does=answered),
    Picture(name="app-dark", does=answered_on_paper, dark=True),
    Picture(name="app-zh", does=answered_in_chinese, locale="zh-CN"),
    Picture(name="app-phone", does=answered_on_a_phone, size=_PHONE),
    Picture(name="app-quality", does=tested),
)


def take(browser: Browser, url: str, picture: Picture) -> bytes:
    """The PNG of one picture."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=picture.locale,
        color_scheme="dark" if picture.dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_role("banner")).to_be_visible()
    picture.does(page)
    page.mouse.move(width - 1, height - 1)
    page.evaluate("document.activeElement.blur()")
    time.sleep(1.0)
    taken = page.screenshot()
    context.close()
    return taken


def small(png: bytes) -> bytes:
    """The same picture, with 256 colours where it is too large. Raises `ValueError` where it still is."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for one in (picture, picture.quantize(256, kmeans=2, dither=Image.Dither.NONE)):
        written = io.BytesIO()
        one.save(written, "PNG", optimize=True)
        if written.tell() <= _MOST_BYTES:
            return written.getvalue()
    raise ValueError(f"{written.tell()} bytes with 256 colours; {_MOST_BYTES} are wanted")


def main(arguments: Sequence[str]) -> None:
    """All pictures."""
    chromium = shutil.which("chromium") or sys.exit("There is no Chromium: apt install chromium")
    expect.set_options(timeout=_PATIENCE)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = Path(arguments[0]) if arguments else Path(folder)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with app(data) as url:
            page = browser.new_page(locale="en-US")
            page.goto(url)
            expect(page.get_by_role("region", name="Documents", exact=True)).to_be_visible()
            fill(page, url)
            page.close()
            for picture in PICTURES:
                taken = small(take(browser, url, picture))
                (DOCS / "images" / f"{picture.name}.png").write_bytes(taken)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
