"""What people are told of errors: a sentence in their language; only administrators learn of folders."""

from __future__ import annotations

import errno
import logging
import sqlite3
import traceback
from pathlib import Path

from apps.chat.errors import AppError
from apps.chat.words import Language, say
from ragkit import (
    ConfigError,
    GenerationError,
    IndexDamaged,
    IndexLocked,
    IndexMismatch,
    IndexNotFound,
    MissingDependency,
    ModelDamaged,
    ModelNotFound,
    OfflineError,
    QueryError,
    RagkitError,
    SessionError,
    StorageError,
)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_KEYS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((ConfigError, MissingDependency, ModelNotFound, ModelDamaged, OfflineError), "chain_unusable"),
    ((IndexLocked,), "index_busy"),
    ((IndexNotFound,), "nothing_ready"),
    ((IndexMismatch, IndexDamaged), "index_unusable"),
    ((StorageError,), "disk_refused"),
    ((SessionError,), "talks_unusable"),
    ((GenerationError,), "not_written"),
    ((QueryError,), "unsearchable"),
    ((RagkitError,), "refused"),
    ((sqlite3.OperationalError,), "data_busy"),
)
_log = logging.getLogger(__name__)


def told(error: Exception, language: Language, *, admin: bool) -> str:
    """The sentence for a person; all but what the app says no to is logged, as kind and place."""
    if isinstance(error, AppError):
        return error.said(language)
    key = _key(error)
    _log.log(logging.ERROR if key == "unexpected" else logging.WARNING, "%s: %s", key, place(error))
    sentence = say(language, key, {})
    if admin and isinstance(error, RagkitError):
        return say(language, "with_reason", {"said": sentence, "reason": error})
    return sentence


def place(error: BaseException) -> str:
    """The kind of an error and where it was raised, for the log: its words may be a document's."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-6:]))
    return f"{type(error).__name__} at {where}"


def is_full(error: Exception) -> bool:
    """Whether the disk is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def _key(error: Exception) -> str:
    if is_full(error):
        return "disk_full"
    return next((key for kinds, key in _KEYS if isinstance(error, kinds)), "unexpected")
