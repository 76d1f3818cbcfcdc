"""Numbers with the thing that they count."""

from __future__ import annotations


def counted(count: int, name: str) -> str:
    """`1 question`, `1,200 questions`: a name that takes an s for more than one."""
    return f"{count:,} {name}{'s' * (count != 1)}"
