"""A server from its start to its end: what it says, how it feels, and that it stops well."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest
from running_app import Running, running, upload, wait_for, within

from apps.chat.errors import TooMuch
from apps.chat.settings import Limits
from apps.chat.storage import Person
from apps.chat.turns import Turns

DEMO = Path(__file__).parents[2] / "corpora" / "demo"
ANNA, BEN = Person(id=1, name="anna", admin=True), Person(id=2, name="ben", admin=False)


def test_health_tells_numbers_only(server: Running) -> None:
    done = server.client().get("/health")
    assert done.status_code == 200
    assert done.json()["status"] == "ok"
    assert set(done.json()) == {"status", "database", "indexer", "waiting"}


def test_health_fails_where_nothing_is_indexed(tmp_path: Path) -> None:
    with within(tmp_path) as app:
        assert app.client().get("/health").json()["indexer"] is False
        (tmp_path / "data" / "app.sqlite").write_bytes(b"no database" * 1000)
        done = app.client().get("/health")
        assert (done.status_code, done.json()["database"]) == (503, False)


def test_a_pdf_is_uploaded_indexed_drawn_and_the_server_stops_well(tmp_path: Path) -> None:
    pdf = min(DEMO.rglob("*.pdf"), key=lambda path: path.stat().st_size)
    with running(tmp_path, accounts=False) as server:
        client, collection = server.client(), server.collection("")
        (file,) = upload(client, collection, (pdf.name, pdf.read_bytes())).json()["files"]
        library = server.library("")
        wait_for(lambda: library.file(file["id"]).state == "ready", "it is not indexed", 120)
        page = client.get(f"/api/pages/{file['id']}/0.png?scale=1")
        assert page.content.startswith(b"\x89PNG")
        assert page.headers["cache-control"] == "no-store"
        assert client.get(f"/api/pages/{file['id']}/0.png?scale=1").content == page.content
        assert client.get(f"/api/pages/{file['id']}/9999.png").status_code == 404
        assert client.get(f"/api/pages/{file['id']}/0.png?scale=99").status_code == 422
        with client.stream("GET", "/en/gradio_api/heartbeat/abc") as beating:  # a page that stays open
            next(beating.iter_raw())
            told = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(30) == 0
            assert time.monotonic() - told < 4.5, "it waits for the open page"  # which is given five seconds
        assert not [line for line in server.logged() if line["level"] == "error"]


def test_the_key_and_the_database_are_for_their_owner_only(server: Running) -> None:
    for name in ("session.key", "app.sqlite"):
        assert (server.data / name).stat().st_mode & 0o077 == 0
    assert server.data.stat().st_mode & 0o077 == 0


def test_a_full_queue_is_told_in_the_language_of_the_page(tmp_path: Path) -> None:
    with within(tmp_path, queue=1) as app:
        client = app.client("anna")
        gate = next(route.app for route in app.app.routes if getattr(route, "path", "") == "/zh")
        number = next(number for number, fn in gate._blocks.fns.items() if fn.queue)  # type: ignore[attr-defined]
        gate._blocks._queue.max_size = 0  # type: ignore[attr-defined]  # as if all places were taken
        body = {"fn_index": number, "session_hash": "abc", "data": [None, "?"]}
        done = client.post("/zh/gradio_api/queue/join", json=body)
        assert (done.status_code, done.json()) == (429, {"detail": "当前等待的请求过多，请几秒后重试。"})
        assert done.headers["retry-after"] == "5"


def test_only_so_many_questions_are_answered_at_once_and_wait() -> None:
    turns = Turns(Limits(chats_at_once=1, queue=1))
    second, inside, leave = threading.Event(), threading.Event(), threading.Event()

    def ask(person: Person) -> None:
        with turns.turn(person):
            inside.set()
            leave.wait(10)

    def wait_in_line() -> None:
        with turns.turn(BEN):
            second.set()

    threads = [threading.Thread(target=ask, args=(ANNA,)), threading.Thread(target=wait_in_line)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    wait_for(lambda: turns.waiting == 2, "it does not wait", 10)
    with pytest.raises(TooMuch, match="2 questions are waiting"), turns.turn(ANNA):
        pass
    assert not second.is_set()
    leave.set()
    for thread in threads:
        thread.join(10)
    assert second.is_set()
    assert turns.waiting == 0


def test_questions_of_a_person_are_counted() -> None:
    turns = Turns(Limits(questions_per_minute=2))
    for _ in range(2):
        with turns.turn(ANNA):
            pass
    with pytest.raises(TooMuch, match="2 a minute"), turns.turn(ANNA):
        pass
    with turns.turn(BEN):
        pass
