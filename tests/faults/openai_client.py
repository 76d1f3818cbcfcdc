"""Asks the server of the tests, impatiently."""

from __future__ import annotations

import time
import traceback

import pytest
from openai_server import (
    FakeOpenAI,
)

from ragkit.errors import GenerationError
from ragkit.models.remote import RemoteWriter
from ragkit.models.remote_settings import RemoteSettings
from ragkit.types import Finish, Message

KEY = "sk-test-3f9a0c71d2"
TALK = [Message("system", "Answer."), Message("user", "When was it opened?")]
WORDS = ("The Humber Bridge ", "was opened ", "in 1981.")
TEXT = "".join(WORDS)
SLACK = 1.5  # seconds: the machine may be busy
PATIENT = {"timeout": 1.5, "deadline": 10.0}
IMPATIENT = {"timeout": 0.5, "deadline": 1.5}


def writer(server: FakeOpenAI | str, **settings: object) -> RemoteWriter:
    url = server if isinstance(server, str) else server.url
    quick = {**PATIENT, "retries": 2, "backoff": 0.01}
    return RemoteWriter(RemoteSettings.model_validate({"base_url": url, **quick, **settings}))


def written(made: RemoteWriter, *, most_tokens: int = 60) -> tuple[str, Finish]:
    pieces: list[str] = []
    stream = made.stream(TALK, most_tokens=most_tokens)
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            return "".join(pieces), end.value


def failure(made: RemoteWriter, *, deadline: float = PATIENT["deadline"]) -> str:
    """The one error, which comes in time and does not say the key."""
    started = time.monotonic()
    with pytest.raises(GenerationError) as caught:
        written(made)
    assert time.monotonic() - started < deadline + SLACK
    message = str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "\n" not in message
    return message
