"""What was spent on remote models, kept over processes, so that a ceiling holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ragkit.errors import GenerationError
from ragkit.state import state_folder

Settle = Callable[[float], str]
"""Called with what a request did cost, in US dollars, in place of the most that it could have.

It returns "", or why the most stays booked.
"""

_TABLE = (
    "CREATE TABLE IF NOT EXISTS spent (id INTEGER PRIMARY KEY, month TEXT NOT NULL, dollars REAL NOT NULL)"
)
_PATIENCE = 5.0  # seconds for other processes to end their transactions


class SpendingLedger:
    """Keeps what one user spends in a calendar month (UTC) at or below a ceiling in US dollars.

    Every request is booked with the most that it may cost before it is sent, in one transaction, so that
    processes side by side do not pass the ceiling together; a request that is never settled stays so.
    """

    def __init__(self, ceiling: float) -> None:
        self._ceiling = ceiling

    def reserve(self, most: float) -> Settle:
        """Books `most` dollars. Raises `GenerationError` where less than that is left."""
        month = datetime.now(UTC).strftime("%Y-%m")
        with _open() as ledger:
            ledger.execute("BEGIN IMMEDIATE")
            (spent,) = ledger.execute(
                "SELECT coalesce(sum(dollars), 0.0) FROM spent WHERE month = ?", (month,)
            ).fetchone()
            if spent + most > self._ceiling:
                raise GenerationError(
                    f"This answer may cost ${most:.4f}, and ${spent:.4f} of the spending_ceiling of "
                    f"${self._ceiling:g} are spent in {month}. Raise spending_ceiling, lower most_tokens or "
                    "context_tokens, or wait for the next month (UTC)."
                )
            booking = ledger.execute("INSERT INTO spent (month, dollars) VALUES (?, ?)", (month, most))
        number = booking.lastrowid

        def settle(dollars: float) -> str:
            try:
                with _open() as ledger:
                    ledger.execute("UPDATE spent SET dollars = ? WHERE id = ?", (dollars, number))
            except GenerationError as error:  # what was answered and paid for is not lost
                reason = error.__cause__ or error
                return f"${dollars:.4f} were spent, but ${most:.4f} stay booked for this ({reason})"
            return ""

        return settle


def no_ceiling(most: float) -> Settle:
    """Books nothing."""
    return lambda dollars: ""


def ledger_path() -> Path:
    """Where it is kept what was spent."""
    return state_folder() / "spending.sqlite"


@contextmanager
def _open() -> Iterator[sqlite3.Connection]:
    """A transaction on the ledger. Raises `GenerationError` where it cannot be kept."""
    path = ledger_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=_PATIENCE)) as ledger, ledger:
            ledger.execute(_TABLE)
            yield ledger
    except (OSError, sqlite3.Error) as error:
        raise GenerationError(
            f"What is spent cannot be written to {path} ({error}), so spending_ceiling cannot be kept. "
            "Make the file writable, set XDG_STATE_HOME, or leave out spending_ceiling."
        ) from error
