"""Which optional parts of ragkit are installed. Everything else works without them."""

from __future__ import annotations

import re
from importlib import metadata

from ragkit.models.check import Check, package

_USES = {
    "eval": "`ragkit eval`",
    "ragas": "`ragkit eval ragas`",
    "data": "`ragkit data`",
    "tune": "`ragkit tune`",
    "app": "`ragkit app`",
}
_EXTRA = re.compile(r"""extra == ["']([\w-]+)["']""")


def extra_checks() -> list[Check]:
    """A line for each extra; imports none of its packages."""
    try:
        wanted = metadata.requires("ragkit") or []
    except metadata.PackageNotFoundError:
        return []
    return [_extra(name, use, wanted) for name, use in _USES.items()]


def _extra(name: str, use: str, wanted: list[str]) -> Check:
    own = [line for line in wanted if (match := _EXTRA.search(line)) and match[1] == name]
    plain = [line.partition(";")[0].strip() for line in own if not line.startswith("ragkit[")]
    problems = [f"{found} {problem}" for found, _, problem in map(package, plain) if problem]
    return Check(
        name=f"ragkit[{name}]",
        ok=True,
        detail=f"{', '.join(problems)}; for {use}" if problems else f"for {use}",
        fix=f"pip install 'ragkit[{name}]'" if problems else "",
        present=not problems,
        optional=True,
        without="all other commands",
    )
