"""What all tests share. This folder is on the path, so tests may import `corpus`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ragkit.models.offline import allow_network

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before any test imports a hub client


@pytest.fixture(autouse=True)
def _no_ragkit_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests change nothing."""
    monkeypatch.delenv("RAGKIT_OFFLINE", raising=False)


@pytest.fixture(autouse=True)
def _no_promise_is_left() -> Iterator[None]:
    """A chain with `offline: true` promises for its whole process, which other tests share."""
    before = {name: os.environ.get(name) for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")}
    yield
    allow_network()
    os.environ.update({name: value for name, value in before.items() if value is not None})
