"""What `import ragkit` offers."""

from __future__ import annotations

import inspect

import ragkit
from ragkit import errors


def test_every_exported_name_is_there() -> None:
    for name in ragkit.__all__:
        assert getattr(ragkit, name) is not None


def test_the_lazy_places_are_the_exported_names() -> None:
    assert sorted(ragkit._PLACES) == sorted(ragkit.__all__)


def test_a_name_that_was_given_for_outside_is_that_of_the_thing() -> None:
    from ragkit.evaluation import Question

    assert ragkit.GoldenQuestion is Question


def test_every_error_can_be_caught_by_its_public_name() -> None:
    raised = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert raised <= set(ragkit.__all__)
