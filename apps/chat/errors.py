"""What the app says no to. Every message is shown to people as it stands."""

from __future__ import annotations

from ragkit import RagkitError


class AppError(RagkitError):
    """Something that the app cannot or may not do."""


class NotFound(AppError):
    """There is no such thing, or not for this person: which of the two is not told."""


class NotAllowed(AppError):
    """The person may see it, and may not change it."""


class TooMuch(AppError):
    """A limit of size, number or rate."""


class NotReadable(AppError):
    """A file that is refused for what it is."""
