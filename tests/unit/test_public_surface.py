"""What `import ragkit` offers."""

from __future__ import annotations

import ragkit


def test_every_exported_name_is_there() -> None:
    for name in ragkit.__all__:
        assert getattr(ragkit, name) is not None


def test_the_lazy_places_are_the_exported_names() -> None:
    assert sorted(ragkit._PLACES) == ragkit.__all__
