"""What the tests of remote models share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def _openai_loaded() -> None:
    """Importing the client takes a second, which belongs to no test's deadline."""
    import openai  # noqa: F401


@pytest.fixture
def key_never_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, _openai_loaded: None
) -> Iterator[None]:
    """The environment holds a key, and whatever happens, no log says it, however much is logged."""
    from openai_client import KEY

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text
