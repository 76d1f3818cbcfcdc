"""One server that tests share; each makes the collections that it needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from running_app import Running, running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With the accounts of `running_app.PASSWORDS`."""
    with running(tmp_path_factory.mktemp("app")) as started:
        yield started
