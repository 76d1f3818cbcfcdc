"""Saved talks: `Sessions` keeps their turns on disk, `recall` reads the passages of those that go on."""

from ragkit.sessions.storage import Sessions, SessionSummary, check_name
from ragkit.sessions.turns import Passage, Recalled, SavedTurn, recall, saved

__all__ = [
    "Passage",
    "Recalled",
    "SavedTurn",
    "SessionSummary",
    "Sessions",
    "check_name",
    "recall",
    "saved",
]
