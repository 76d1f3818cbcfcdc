"""What all tests share. This folder is on the path, so tests may import `corpus`."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before any test imports a hub client


@pytest.fixture(autouse=True)
def _no_ragkit_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests change nothing."""
    monkeypatch.delenv("RAGKIT_OFFLINE", raising=False)
