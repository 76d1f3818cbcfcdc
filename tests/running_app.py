"""The app as a process of its own, with the accounts anna (an admin), ben and eve."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI

from apps.chat.service import Service
from apps.chat.settings import AppSettings, Limits
from apps.chat.storage import Accounts, Database, Library

CHAIN = "embedder: {type: hashing}\nretriever: {type: bm25}\n"
PASSWORDS = {"anna": "correct horse", "ben": "battery staple", "eve": "eavesdropping"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server, and where it writes."""

    url: str
    data: Path
    log: Path
    process: subprocess.Popen[str]

    def client(self, name: str = "") -> httpx.Client:
        """A browser, logged in as somebody."""
        client = httpx.Client(base_url=self.url, timeout=30)
        if name:
            log_in(client, name)
        return client

    def library(self, name: str) -> Library:
        """What somebody has, as the server's own code sees it."""
        database = Database(self.data)
        accounts = Accounts(database)
        return Library(database, accounts.named(name) if name else accounts.alone())

    def collection(self, name: str, title: str = "Papers") -> str:
        """The id of a new collection of somebody, or of the one with this title."""
        library = self.library(name)
        held = [one.id for one in library.collections() if one.name == title and one.own]
        return held[0] if held else library.create(title).id

    def logged(self) -> list[dict[str, object]]:
        """The lines of the log."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """An app, and browsers to it."""

    service: Service
    app: FastAPI
    client: Callable[..., httpx.Client]

    def library(self, name: str) -> Library:
        """What somebody has."""
        accounts = self.service.accounts
        return self.service.library(accounts.named(name) if name else accounts.alone())


@contextmanager
def running(folder: Path, *options: str, accounts: bool = True) -> Iterator[Running]:
    """A server on a free port with its data in `folder`, until the block ends."""
    data, log = folder / "data", folder / "log.jsonl"
    chain = folder / "chain.yaml"
    chain.write_text(CHAIN, encoding="utf-8")
    if accounts and not Accounts(Database(data)).exist():
        add_people(Accounts(Database(data)))
    command = [sys.executable, "-m", "apps.chat", "--port", "0", "--data", str(data), "--log", str(log)]
    process = subprocess.Popen(
        [*command, "--config", str(chain), "--logins", "1000", *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "RAGKIT_OFFLINE": "1"},
    )
    try:
        yield Running(url=_address(process), data=data, log=log, process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    said = process.stderr.readline()
    assert " runs at http://" in said, said + process.stderr.read()
    url = said.split(" runs at ")[1].split()[0].rstrip("/")
    for _ in range(300):
        try:
            httpx.get(f"{url}/health", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return url
    raise AssertionError("the server does not answer")


@contextmanager
def within(
    folder: Path, *, host: str = "127.0.0.1", accounts: bool = True, **limits: int
) -> Iterator[Within]:
    """An app within the process of the test, whose indexer does not run."""
    from starlette.testclient import TestClient

    from apps.chat.server import create_app

    chain = folder / "chain.yaml"
    chain.write_text(CHAIN, encoding="utf-8")
    logins = {"logins_per_minute": 1000}
    settings = AppSettings(
        data=folder / "data", host=host, chain=str(chain), limits=Limits(**logins | limits)
    )
    service = Service(settings)
    if accounts:
        add_people(service.accounts)
    app = create_app(service)

    def client(name: str = "") -> httpx.Client:
        made = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
        if name:
            log_in(made, name)
        return made

    yield Within(service=service, app=app, client=client)
    service.pdf_pages.close()


def settings_in(folder: Path, *, host: str = "127.0.0.1", **limits: int) -> AppSettings:
    """Settings of an app with a chain that needs no model."""
    chain = folder / "chain.yaml"
    chain.write_text(CHAIN, encoding="utf-8")
    all_limits = Limits(**{"logins_per_minute": 1000} | limits)
    return AppSettings(data=folder / "data", host=host, chain=str(chain), limits=all_limits)


def add_people(accounts: Accounts) -> None:
    """Makes the accounts of `PASSWORDS`, the first of them an admin's."""
    for name, password in PASSWORDS.items():
        accounts.add(name, password)


def log_in(client: httpx.Client, name: str) -> None:
    """As the login page does."""
    done = client.post("/login", data={"name": name, "password": PASSWORDS[name]})
    assert done.status_code == 303, done.text


def upload(client: httpx.Client, collection: str, *files: tuple[str, bytes]) -> httpx.Response:
    """Sends files, as the page does."""
    sent = [("file", (name, content)) for name, content in files]
    return client.post(f"/api/collections/{collection}/files", files=sent)


def wait_for(done: Callable[[], bool], problem: str, seconds: float = 60) -> None:
    """Until it is so."""
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, problem
        time.sleep(0.05)
