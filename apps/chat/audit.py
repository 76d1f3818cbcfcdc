"""Who came and went, and who was given what: lines of the log for whoever runs the app."""

from __future__ import annotations

import logging

_log = logging.getLogger(__name__)


def audit(event: str, *, person: int | None = None, warn: bool = False, **values: object) -> None:
    """Notes an event with the number of the account that caused it; `warn` where it may be an attack."""
    level = logging.WARNING if warn else logging.INFO
    _log.log(level, "", extra={"request": {"event": event, "person": person, **values}})
