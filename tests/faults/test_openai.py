"""A remote model that misbehaves: an answer after a new try, or one clear error in time."""

from __future__ import annotations

import re
import socket
import sqlite3
import time
from contextlib import closing, suppress
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from openai_client import IMPATIENT, KEY, TALK, TEXT, WORDS, failure, writer, written
from openai_server import (
    Behaviour,
    answer,
    breaks_off,
    closed_port,
    error,
    falls_silent,
    hangs_up,
    repeats,
    sends,
    serving,
    silent,
    status,
)

from ragkit.errors import GenerationError
from ragkit.models import spending

pytest.importorskip("openai", reason="the client of OpenAI is not installed")
pytestmark = pytest.mark.usefixtures("key_never_told")


RECOVERS: dict[str, list[Behaviour]] = {
    "429": [error(429, "slow down")],
    "500": [error(500, "oops")],
    "503 with a page": [status(503, "<html><body>busy</body></html>")],
    "529": [status(529, "overloaded")],
    "408": [error(408, "too slow")],
    "hangs up": [hangs_up],
    "silence": [silent],
    "two faults": [hangs_up, error(502, "bad gateway")],
    "half a stream": [breaks_off(*WORDS[:2])],
    "half a stream twice": [breaks_off(*WORDS[:1]), breaks_off(*WORDS[:2])],
    "a shorter half the second time": [breaks_off(*WORDS[:2]), breaks_off("The ")],
    "silence in the middle": [falls_silent(*WORDS[:2])],
    "an end without a reason": [
        sends(b'data: {"choices": [{"delta": {"content": "The "}}]}\n\ndata: [DONE]\n\n')
    ],
    "no events": [sends(b"")],
    "no event fields": [sends(b"hello\nworld\n\n")],
    "no JSON": [sends(b"data: {what\n\n")],
    "JSON of another kind": [sends(b"data: [1, 2]\n\n")],
    "choices of another kind": [sends(b'data: {"choices": "many"}\n\n')],
    "no choices": [sends(b'data: {"choices": []}\n\ndata: [DONE]\n\n')],
    "no UTF-8": [sends(b"data: \xff\xfe\n\n")],
    "nested too deep": [sends(b"data: " + b"[" * 100_000 + b"\n\n")],
    "an error in the stream": [sends(b'data: {"error": {"message": "out of memory"}}\n\n')],
    "a wrong length": [status(500, "x", {"content-length": "900"})],
}


@pytest.mark.parametrize("fault", RECOVERS)
def test_after_a_fault_the_answer_comes_whole_and_once(fault: str) -> None:
    with serving(*RECOVERS[fault], answer(*WORDS)) as server:
        text, finish = written(writer(server))
    assert text == TEXT
    assert finish.usage is not None
    assert len(server.requests) == len(RECOVERS[fault]) + 1


FAILS: dict[str, tuple[Behaviour, str]] = {
    "429": (error(429, "slow down"), r"asked too often \(429: slow down\)"),
    "500": (error(500, "oops"), r"a fault \(500: oops\)"),
    "a page": (status(502, "<html>nginx</html>"), r"502: a page of HTML"),
    "hangs up": (hangs_up, "cannot be reached"),
    "half a stream": (breaks_off(*WORDS[:2]), "broke off"),
    "no JSON": (sends(b"data: {what\n\n"), "no answer"),
    "no choices": (sends(b'data: {"choices": []}\n\n'), "broke off"),
    "an error in the stream": (sends(b'data: {"error": {"message": "no memory"}}\n\n'), "no memory"),
}


@pytest.mark.parametrize("fault", FAILS)
def test_a_fault_that_stays_is_one_error(fault: str) -> None:
    behaviour, expected = FAILS[fault]
    with serving(behaviour) as server:
        message = failure(writer(server))
    assert "127.0.0.1 gave no answer" in message
    assert re.search(expected, message), message
    assert len(server.requests) == 3


ENDLESS: dict[str, tuple[Behaviour, str]] = {
    "silence": (silent, r"silent for 0.5 s \(timeout\)|deadline"),
    "silence in the middle": (falls_silent("The "), r"silent for 0.5 s \(timeout\)|deadline"),
    "comments": (repeats(b": still here\n\n"), "deadline"),
    "a head": (repeats(b"x-more: 1\r\n", head=False), "gave no answer"),
    "empty events": (repeats(b'data: {"choices": []}\n\n'), "deadline"),
    "a line": (repeats(b"data: " + b"x" * 1000), "deadline"),
}


@pytest.mark.parametrize("fault", ENDLESS)
def test_what_has_no_end_ends_with_the_deadline(fault: str) -> None:
    behaviour, expected = ENDLESS[fault]
    with serving(behaviour) as server:
        message = failure(writer(server, **IMPATIENT), deadline=IMPATIENT["deadline"])
    assert re.search(expected, message), message


AT_ONCE: dict[str, tuple[Behaviour, str]] = {
    "400": (
        error(400, "This model has 512 tokens of context."),
        "refuses the request .400: This model has 512",
    ),
    "401": (error(401, f"Incorrect key: {KEY}"), "OPENAI_API_KEY .401: Incorrect key: .key."),
    "403": (error(403, "no"), "may use gpt-4.1-mini"),
    "404": (error(404, "no such model"), "check base_url .*model .gpt-4.1-mini.* .404: no such model"),
    "404 with a page": (status(404, "<html>?</html>"), "404: a page of HTML"),
    "422": (status(422, {"detail": [{"loc": ["body"], "msg": "wrong"}]}), "422: .*wrong"),
    "no credit": (error(429, "pay", code="insufficient_quota"), "no credit is left there .429: pay"),
    "elsewhere": (status(307, "", {"location": "http://192.0.2.1/"}), "points to http://192.0.2.1/"),
    "a page": (sends(b"<html>welcome</html>", "text/html; charset=utf-8"), "text/html instead of a stream"),
    "one object": (sends(b"{}", "application/json"), "application/json instead of a stream"),
    "only thoughts": (answer("", ended="length"), "most_tokens"),
    "held back": (answer("", ended="content_filter"), "held back"),
}


@pytest.mark.parametrize("fault", AT_ONCE)
def test_what_no_new_try_mends_is_told_at_once(fault: str) -> None:
    behaviour, expected = AT_ONCE[fault]
    with serving(behaviour) as server:
        message = failure(writer(server))
    assert re.search(expected, message), message
    assert len(server.requests) == 1


def test_words_of_a_server_are_harmless_and_short() -> None:
    with serving(error(400, f"\x1b[31m{KEY}\nred\u202e " + "x" * 5000)) as server:
        message = failure(writer(server))
    assert "\x1b" not in message
    assert "\u202e" not in message
    assert len(message) < 500


def test_nobody_listens() -> None:
    message = failure(writer(f"http://127.0.0.1:{closed_port()}/v1"))
    assert "after 3 tries" in message
    assert "cannot be reached" in message


@pytest.mark.parametrize("second", ["A bridge.", "The Humber", ""])
def test_another_text_after_a_break_is_an_error_and_never_mixed(second: str) -> None:
    with serving(breaks_off(*WORDS[:2]), answer(second)) as server:
        stream = writer(server).stream(TALK, most_tokens=60)
        pieces = [next(stream), next(stream)]
        with pytest.raises(GenerationError, match="wrote something else"):
            next(stream)
    assert "".join(pieces) == "".join(WORDS[:2])


def test_the_server_says_when_to_ask_again() -> None:
    with serving(status(429, {}, {"retry-after": "0.3"}), answer("Yes.")) as server:
        assert written(writer(server))[0] == "Yes."
    first, second = server.requests
    assert second.at - first.at >= 0.3


TOMORROW = formatdate(time.time() + 86_400, usegmt=True)


@pytest.mark.parametrize("after", ["30", TOMORROW], ids=["seconds", "date"])
def test_no_wait_is_longer_than_the_deadline(after: str) -> None:
    with serving(status(429, {}, {"retry-after": after})) as server:
        assert "after the deadline" in failure(writer(server), deadline=0.5)  # at once
    assert len(server.requests) == 1


@pytest.mark.parametrize("after", ["-5", "nan", "soon", "0"])
def test_a_senseless_wait_is_no_wait(after: str) -> None:
    with serving(status(429, {}, {"retry-after": after}), answer("Yes.")) as server:
        assert written(writer(server))[0] == "Yes."


def test_a_server_may_say_that_no_new_try_helps() -> None:
    with serving(status(500, {}, {"x-should-retry": "false"})) as server:
        failure(writer(server))
    assert len(server.requests) == 1


def test_a_slow_name_server_is_waited_for_until_the_deadline_only(monkeypatch: pytest.MonkeyPatch) -> None:
    known = socket.getaddrinfo

    def slow(host: bytes | str | None, *arguments: Any, **options: Any) -> Any:
        if host in (b"slow.example", "slow.example"):
            time.sleep(IMPATIENT["deadline"] + 4)
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return known(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    message = failure(writer("http://slow.example/v1", **IMPATIENT), deadline=IMPATIENT["deadline"])
    assert re.search(r"slow\.example gave no answer.*(deadline|timeout)", message)


def test_a_name_that_nobody_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "cannot be reached" in failure(writer("http://nowhere.example/v1"))


def test_an_answer_that_was_paid_for_comes_when_the_ledger_is_busy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(spending, "_PATIENCE", 0.1)
    prices = {"price_input": 1.0, "price_output": 1000.0, "spending_ceiling": 1.0}
    with serving(answer(*WORDS)) as server:
        stream = writer(server, **prices).stream(TALK, most_tokens=60)
        pieces = [next(stream)]
        with closing(sqlite3.connect(spending.ledger_path(), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            pieces += [next(stream), next(stream)]
            with pytest.raises(StopIteration) as end:
                next(stream)
            other.execute("ROLLBACK")
    assert "".join(pieces) == TEXT
    (told,) = end.value.value.notices
    assert re.search(r"\$0\.0648 were spent, but \$0\.0\d+ stay booked for this \(database is locked\)", told)


@pytest.mark.parametrize(
    ("behaviour", "left"),
    [
        (error(401, "no"), True),
        (error(500, "no"), True),
        (breaks_off("The "), False),
        (hangs_up, False),
        (answer("Yes.", usage=None), False),
        (answer("Yes.", usage={"prompt_tokens": 10, "completion_tokens": 1}), True),
    ],
)
def test_what_may_have_cost_something_stays_booked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, behaviour: Behaviour, left: bool
) -> None:
    """The ceiling leaves room for one answer at its dearest."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    prices = {"price_input": 1.0, "price_output": 1000.0, "spending_ceiling": 0.08, "retries": 0}
    with serving(behaviour, answer("Yes.")) as server:
        with suppress(GenerationError):
            written(writer(server, **prices))
        if left:
            assert written(writer(server, **prices))[0] == "Yes."
        else:
            assert "spending_ceiling" in failure(writer(server, **prices))
