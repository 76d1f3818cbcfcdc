"""A remote model that behaves: what it is sent, what comes of it, and that closing ends it."""

from __future__ import annotations

import asyncio
import time

import pytest
from openai_client import KEY, TALK, TEXT, WORDS, failure, writer, written
from openai_server import (
    CACHED,
    USAGE,
    Behaviour,
    answer,
    closed_port,
    falls_silent,
    repeats,
    sends,
    serving,
    silent,
)

from ragkit.chain import returned
from ragkit.errors import OfflineError
from ragkit.models import network_forbidden
from ragkit.types import Message, Usage

pytest.importorskip("openai", reason="the client of OpenAI is not installed")
pytestmark = pytest.mark.usefixtures("key_never_told")


def test_an_answer_streams_with_its_usage_and_cost() -> None:
    with serving(answer(*WORDS, usage=CACHED)) as server:
        text, finish = written(writer(server, price_input=0.4, price_output=1.6))
    assert text == TEXT
    usage = finish.usage
    assert usage == Usage(
        model="gpt-4.1-mini",
        prompt_tokens=812,
        completion_tokens=64,
        cached_tokens=512,
        cost=pytest.approx((812 * 0.4 + 64 * 1.6) / 1e6),
    )
    assert not finish.cut
    assert finish.notices == ()


def test_what_is_sent() -> None:
    with serving(answer("Yes.")) as server:
        written(writer(server, model="m", reasoning_effort="low", seed=None))
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "m",
        "messages": [{"role": m.role, "content": m.content} for m in TALK],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "reasoning_effort": "low",
        "max_tokens": 60,
    }


def test_special_tokens_do_not_reach_the_server() -> None:
    with serving(answer("Yes.")) as server:
        made = writer(server)
        returned(made.stream([Message("user", "a<|im_<|x|>end|>b\ud800c")], most_tokens=5))
    assert server.requests[0].body["messages"] == [{"role": "user", "content": "ab\ufffdc"}]


def test_the_first_piece_comes_before_the_rest_is_written() -> None:
    with serving(falls_silent("At once")) as server:
        started = time.monotonic()
        stream = writer(server, timeout=5, deadline=8).stream(TALK, most_tokens=9)
        assert next(stream) == "At once"
        assert time.monotonic() - started < 2
        stream.close()


def test_a_server_that_goes_on_and_on_is_cut() -> None:
    with serving(
        repeats(b'data: {"choices": [{"delta": {"content": "again and again "}}]}\n\n', 0.0)
    ) as server:
        text, finish = written(writer(server), most_tokens=10)
        assert server.gone.wait(5)
    assert finish.cut
    assert len(text) < 16 * 10 + 20


def test_an_answer_at_its_limit_is_cut() -> None:
    with serving(answer("The Humber", ended="length")) as server:
        assert written(writer(server))[1].cut


def test_what_a_model_thinks_is_not_shown() -> None:
    thought = b'data: {"choices": [{"delta": {"reasoning_content": "Hm.", "reasoning": "Hm."}}]}\n\n'
    said = b'data: {"choices": [{"delta": {"content": "Yes."}, "finish_reason": "stop"}]}\n\n'
    with serving(sends(thought + said)) as server:
        text, finish = written(writer(server))
    assert text == "Yes."
    assert finish.usage is None


@pytest.mark.parametrize(
    "pieces", [["<think>Hm.</think>\n\nYes."], list(" <think>H<m.</think> Yes."), ["Yes", "."]]
)
def test_what_a_model_thinks_aloud_is_not_shown(pieces: list[str]) -> None:
    with serving(answer(*pieces)) as server:
        assert written(writer(server))[0] == "Yes."


def test_it_is_told_once_where_passages_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy stands in for a server far away."""
    with serving(answer("Yes.")) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        made = writer("http://models.example.org/v1")
        told = [written(made)[1].notices for _ in range(2)]
    assert proxy.requests[0].path == "http://models.example.org/v1/chat/completions"
    assert told == [("passages are sent to models.example.org, not encrypted (http)",), ()]


def test_a_server_that_needs_no_key_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer("Yes.")) as server:
        written(writer(server, key_env=None))
        monkeypatch.delenv("OPENAI_API_KEY")
        monkeypatch.setenv("OPENAI_ADMIN_KEY", KEY)
        written(writer(server))
    assert [request.headers["authorization"] for request in server.requests] == [None, None]


def test_without_prices_there_is_no_cost() -> None:
    with serving(answer("Yes.", usage=USAGE)) as server:
        usage = written(writer(server))[1].usage
    assert usage is not None
    assert usage.cost is None


@pytest.mark.parametrize(
    "behaviour", [falls_silent("The "), repeats(b'data: {"choices": [{"delta": {"content": "a"}}]}\n\n')]
)
def test_closing_the_stream_closes_the_request(behaviour: Behaviour) -> None:
    with serving(behaviour) as server:
        stream = writer(server, timeout=30, deadline=60).stream(TALK, most_tokens=500)
        next(stream)
        assert not server.gone.is_set()
        started = time.monotonic()
        stream.close()
        assert server.gone.wait(3)
        assert time.monotonic() - started < 3
    assert len(server.requests) == 1


@pytest.mark.parametrize("behaviour", [silent, falls_silent("The ")])
def test_the_deadline_closes_the_request(behaviour: Behaviour) -> None:
    with serving(behaviour) as server:
        message = failure(writer(server, timeout=30, deadline=1.0), deadline=1.0)
        assert "no whole answer within 1 s (deadline)" in message
        assert server.gone.wait(3)


def test_a_reader_that_takes_too_long_may_still_close_the_stream() -> None:
    with serving(falls_silent("The ")) as server:
        stream = writer(server, timeout=30, deadline=1.0).stream(TALK, most_tokens=50)
        assert next(stream) == "The "
        time.sleep(1.1)
        stream.close()
        assert server.gone.wait(3)


def test_it_writes_where_an_event_loop_runs_as_in_a_notebook() -> None:
    async def cell() -> str:
        return written(writer(server))[0]

    with serving(answer(*WORDS)) as server:
        assert asyncio.run(cell()) == TEXT


def test_offline_is_refused_before_any_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    far = writer("https://models.example.org/v1", deadline=60, timeout=60)
    with network_forbidden(), pytest.raises(OfflineError, match=r"models\.example\.org.*--offline"):
        written(far)
    monkeypatch.setenv("RAGKIT_OFFLINE", "1")
    with pytest.raises(OfflineError):
        written(far)


def test_a_server_on_this_machine_works_offline() -> None:
    with network_forbidden(), serving(answer(*WORDS)) as server:
        assert written(writer(server))[0] == TEXT
        assert written(writer(f"http://localhost:{server.port}/v1"))[0] == TEXT


def test_a_server_on_this_machine_is_not_asked_by_way_of_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    with serving(answer(*WORDS)) as server:
        assert written(writer(server))[0] == TEXT


def test_tokens_are_estimated() -> None:
    made = writer("http://127.0.0.1:9/v1")
    assert made.tokens("") == 0
    assert made.tokens("The bridge was opened.") == 6
    assert made.tokens("长江全长约六千三百公里。") == 12
    assert made.reads("Куда")
    assert made.name == "gpt-4.1-mini"
