"""A remote model that does not take what it is asked with: options it does not know, and too long texts."""

from __future__ import annotations

import pytest
from openai_client import failure, writer, written
from openai_server import Behaviour, answer, error, serving, status

pytest.importorskip("openai", reason="the client of OpenAI is not installed")
pytestmark = pytest.mark.usefixtures("key_never_told")


REFUSED = {
    "stream_options": error(400, "Unknown parameter: 'stream_options'.", param="stream_options"),
    "max_tokens": error(
        400, "'max_tokens' is not supported. Use 'max_completion_tokens'.", param="max_tokens"
    ),
    "temperature": error(400, "Unsupported value: 'temperature' does not support 0.", param="temperature"),
    "seed": status(422, {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}),
}


@pytest.mark.parametrize("option", REFUSED)
def test_an_option_that_is_refused_is_left_out_from_then_on(option: str) -> None:
    with serving(REFUSED[option], answer("Yes.")) as server:
        made = writer(server, retries=0)
        text, finish = written(made)
        assert written(made)[0] == text == "Yes."
    first, second, third = (set(request.body) for request in server.requests)
    gained = {"max_completion_tokens"} if option == "max_tokens" else set()
    assert second == third == first - {option} | gained
    told = [f"127.0.0.1 does not take {option}: asked without"] if option in ("temperature", "seed") else []
    assert list(finish.notices) == told


def test_a_refusal_counts_for_other_questions_only_if_giving_way_helped() -> None:
    refuses = error(400, "the temperature of the seed vault is not allowed")
    with serving(refuses, refuses, answer("Yes.")) as server:
        made = writer(server, retries=0)
        assert "seed vault" in failure(made)
        text, finish = written(made)
    first, second, third = (set(request.body) for request in server.requests)
    assert (text, second, third) == ("Yes.", first - {"temperature", "seed"}, first)
    assert list(finish.notices) == []


def test_what_a_server_names_is_believed_before_what_it_repeats_of_the_question() -> None:
    refuses = error(400, "messages: the temperature is not allowed", param="messages")
    with serving(refuses) as server:
        assert "the temperature is not allowed" in failure(writer(server))
    assert len(server.requests) == 1


TOO_LONG = [
    error(
        400,
        "'max_tokens' or 'max_completion_tokens' is too large: 160. This model's maximum context length is "
        "8192 tokens and your request has 8100 input tokens",
    ),
    error(400, "Please shorten it.", code="context_length_exceeded", param="messages"),
    error(400, "the request exceeds the available context size, try increasing it"),
    error(413, "prompt is too long: 210000 tokens > 200000 maximum"),
    error(422, "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens"),
]


@pytest.mark.parametrize("behaviour", TOO_LONG)
def test_what_is_too_long_is_told_as_such_and_refuses_no_option(behaviour: Behaviour) -> None:
    with serving(behaviour, answer("Yes.")) as server:
        made = writer(server)
        assert "gpt-4.1-mini cannot read that much: lower context_tokens" in failure(made)
        assert written(made)[0] == "Yes."
    first, second = (set(request.body) for request in server.requests)
    assert first == second


def test_a_limit_that_is_too_high_is_not_taken_for_one_that_is_unknown() -> None:
    with serving(error(400, "max_tokens is too large: at most 16", param="max_tokens")) as server:
        assert "at most 16" in failure(writer(server))
    assert len(server.requests) == 1


def test_an_answer_never_goes_without_a_limit() -> None:
    refuses = error(400, "max_tokens and max_completion_tokens are refused")
    with serving(refuses) as server:
        failure(writer(server, retries=0))
    assert [next(k for k in r.body if k.startswith("max_")) for r in server.requests] == [
        "max_tokens",
        "max_completion_tokens",
    ]
