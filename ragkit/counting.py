"""Numbers as people read them."""

from __future__ import annotations


def counted(count: int, name: str) -> str:
    """`1 question`, `1,200 questions`: a name that takes an s for more than one."""
    return f"{count:,} {name}{'s' * (count != 1)}"


def minutes(seconds: float) -> str:
    """`40 s`, `12 min`."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
