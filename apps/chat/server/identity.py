"""Who sends a request: told by a signed cookie, never by anything else that a browser sends."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from time import time

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from apps.chat.errors import AppError, NotFound
from apps.chat.storage import Accounts, Person

COOKIE = "ragkit_session"
LASTS = 14 * 24 * 3600
"""Seconds that a login is good for."""
_FILE = "session.key"
_BYTES = 32


class Identity:
    """Makes and reads session cookies. Logging out ends one; a new password or no account, all of them."""

    def __init__(self, accounts: Accounts, folder: Path, *, loopback: bool) -> None:
        """With `loopback`, only this machine can reach the app, which then may have no accounts."""
        self._accounts = accounts
        self._loopback = loopback
        self._signer = URLSafeTimedSerializer(signing_key(folder), salt="session")

    def cookie(self, person: Person) -> str:
        """The value of the session cookie of a person who gave the right password."""
        return self._signer.dumps([person.id, self._accounts.seal(person.id), secrets.token_urlsafe(16)])

    def end(self, connection: HTTPConnection) -> None:
        """Ends the session of a request, also for whoever has copied its cookie."""
        if session := self._session(connection.cookies.get(COOKIE, "")):
            self._accounts.end_session(session.name, time() + LASTS)

    def person(self, connection: HTTPConnection) -> Person | None:
        """Who sends this; None where they have to log in."""
        if self._accounts.exist():
            return self._logged_in(connection.cookies.get(COOKIE, ""))
        return self._accounts.alone() if self._loopback else None

    def _logged_in(self, cookie: str) -> Person | None:
        session = self._session(cookie)
        return self._accounts.with_id(session.person) if session else None

    def _session(self, cookie: str) -> _Session | None:
        """The session of a cookie; None where that is not good any more."""
        try:
            number, seal, name = self._signer.loads(cookie, max_age=LASTS)
            good = secrets.compare_digest(str(seal), self._accounts.seal(number))
        except (BadSignature, NotFound, ValueError, TypeError):
            return None
        session = _Session(person=number, name=name)
        return session if good and not self._accounts.has_ended(session.name) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    person: int
    name: str


def signing_key(folder: Path) -> bytes:
    """The key of a data folder that signs cookies, which only its owner can read; made when first wanted."""
    file = folder / _FILE
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = file.read_bytes()
    else:
        key = secrets.token_bytes(_BYTES)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(key)
    if len(key) != _BYTES:
        raise AppError("key_damaged", file=file)
    return key
