"""A browser, a server with documents that tests share, and pages whose every request is watched."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from desk_page import PATIENCE, Desk, Watch
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from running_app import Running, running, upload, wait_for

DEMO = Path(__file__).parents[2] / "corpora" / "demo"
AVIATION = "Aviation"
"""The collection that a page shows first: no test changes it, and others come later in the alphabet."""
SHARED = (
    DEMO / "ntsb-en" / "20080116X00055.pdf",
    DEMO / "ntsb-en" / "20080117X00072.pdf",
    DEMO / "wikipedia-zh" / "places.md",
)
FAST = "embedder: {type: hashing, dimension: 64}\nretriever: {type: bm25}\n"
_QUIET = ("background-networking", "component-update", "gpu", "quic", "sync")
_FLAGS = ["--no-sandbox", "--no-first-run", *(f"--disable-{one}" for one in _QUIET)]
_NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

expect.set_options(timeout=PATIENCE)

Visit = Callable[..., Desk]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which finds no host but this one."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        pytest.skip("no Chromium on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=[*_FLAGS, _NOWHERE])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With the default chain and the documents of `SHARED`, read and ready."""
    options = ("--config", "default", "--questions", "10000", "--requests", "100000")
    with running(tmp_path_factory.mktemp("browser"), *options, accounts=False) as started:
        fill(started, AVIATION, *SHARED)
        yield started


@pytest.fixture
def visit(browser: Browser, server: Running) -> Iterator[Visit]:
    """Opens pages: `visit(width=390, locale="zh-CN", dark=True)`; in the end, every one has been quiet."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def opened(
        *,
        width: int = 1440,
        height: int = 900,
        locale: str = "en-US",
        dark: bool = False,
        url: str = "",
    ) -> Desk:
        home = url or server.url
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=locale,
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        watch = watched(context, page, home)
        watches.append(watch)
        page.goto(home)
        expect(page.get_by_role("textbox").first).to_be_visible()
        expect(page.get_by_role("banner")).to_be_visible()
        return Desk(page=page, watch=watch)

    yield opened
    for context in contexts:
        context.close()
    for watch in watches:
        watch.check()


@pytest.fixture
def desk(visit: Visit) -> Desk:
    """The page of a large screen, in English and light."""
    return visit()


def watched(context: BrowserContext, page: Page, home: str) -> Watch:
    """Notes what must not happen from now on."""
    watch = Watch(home=home, outside=[], errors=[])

    def requested(request: Request) -> None:
        if not request.url.startswith((home, "data:", "blob:")):
            watch.outside.append(request.url)

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            watch.errors.append(message.text)

    context.on("request", requested)
    page.on("console", said)
    page.on("pageerror", lambda error: watch.errors.append(str(error)))
    return watch


def fill(server: Running, title: str, *files: Path, chain: str = "") -> str:
    """A collection with these files, read and ready; returns its id."""
    library = server.library("")
    collection = server.collection("", title)
    if chain:
        library.set_chain(collection, chain)
    if not files:
        return collection
    with httpx.Client(base_url=server.url, timeout=60) as client:
        sent = upload(client, collection, *((file.name, file.read_bytes()) for file in files))
    assert sent.status_code == 201, sent.text
    wait_for(lambda: all(file.state == "ready" for file in library.files(collection)), "not read", 120)
    return collection


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine gets a second try; what is broken fails twice."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))
