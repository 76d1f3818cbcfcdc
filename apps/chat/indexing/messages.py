"""What the server and its worker say to each other, a line of JSON each, without texts of documents."""

from __future__ import annotations

import json
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Work = Literal["index", "remove", "suggest"]
Problem = Literal["", "other settings", "locked", "refused", "broken"]
"""How a job ended: well, the index is of other settings, somebody else writes to it, ragkit says why it
cannot be done, or an error that nobody expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work on one index. `config` is the JSON of its chain; with `anew`, an index of other settings is begun
    again, empty."""

    work: Work
    config: str
    paths: tuple[str, ...] = ()
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """A file is read; `done` of its `total` passages are embedded."""

    path: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file; `others` are paths with the same content."""

    path: str
    state: Literal["ready", "failed", "locked"]
    reason: str = ""
    pages: int = 0
    empty_pages: int = 0
    passages: int = 0
    warnings: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """Questions that the index answers."""

    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The job is over. `message` is for people where the problem is `refused`, for the log where `broken`."""

    problem: Problem = ""
    message: str = ""


Event = Embedding | Outcome | Suggested | End
_EVENTS: dict[str, Any] = {kind.__name__: kind for kind in (Embedding, Outcome, Suggested, End)}


def job_line(job: Job) -> str:
    """A job as a line."""
    return json.dumps(asdict(job)) + "\n"


def read_job(line: str) -> Job:
    """The job of a line."""
    return Job(**_tuples(json.loads(line)))


def event_line(event: Event) -> str:
    """An event as a line."""
    return json.dumps({"event": type(event).__name__} | asdict(event)) + "\n"


def read_event(line: str) -> Event:
    """The event of a line."""
    values = _tuples(json.loads(line))
    event: Event = _EVENTS[values.pop("event")](**values)
    return event


def where(error: Exception) -> str:
    """The kind and place of an unexpected error, for the log; its words may come from a document."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
