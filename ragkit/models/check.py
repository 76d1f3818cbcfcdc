"""One thing that `ragkit doctor` looks at, and how it looks at a Python package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata

_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?(?:>=([\d.]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: whether it is well, what was found, and the command that mends it.

    What is optional is well without being `present`; `fix` then adds it, and `without` says what works
    all the same.
    """

    name: str
    ok: bool
    detail: str
    fix: str = ""
    present: bool = True
    optional: bool = False
    without: str = ""


def package(requirement: str) -> tuple[str, str, str]:
    """The name of a required package, its installed version, and what is wrong with that; "" for nothing."""
    match = _REQUIREMENT.match(requirement)
    name, least = match.groups() if match else (requirement, None)
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return name, "", "not installed"
    if least and _numbers(found) < _numbers(least):
        return name, found, f"{found} is older than {least}"
    return name, found, ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
