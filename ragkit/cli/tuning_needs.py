"""What a training needs installed."""

from __future__ import annotations


def need(*modules: str, extra: str = "tune") -> None:
    """Raises `MissingDependency` unless the modules can be imported."""
    from importlib.util import find_spec

    from ragkit.errors import MissingDependency

    if missing := [name for name in modules if find_spec(name) is None]:
        raise MissingDependency(
            f"Tuning needs {' and '.join(missing)}: install with pip install 'ragkit[{extra}]'"
        )
