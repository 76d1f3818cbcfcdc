"""Why a remote model did not answer, in words, and whether it helps to ask again."""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.errors import RagkitError
from ragkit.models.remote_settings import RemoteSettings, Server

if TYPE_CHECKING:
    import openai

_MAY_RECOVER = (408, 409, 425, 429)
_NO_CREDIT = "insufficient_quota"
_REFUSING = (400, 422)
_TOO_LONG = "context_length_exceeded"
_LENGTH = re.compile(
    r"\b(?:maximum|exceed\w*|larger than|greater than)\b.{0,60}\bcontext\b|\bcontext\b.{0,60}\bexceed"
    r"|\binputs?[ _`]*tokens? (?:count|exceed|\+)|prompt is too long|too many (?:input |prompt )?tokens"
    r"|reduce the length",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"unsupported|unknown|unrecogni[sz]ed|unexpected|refused|deprecated|extra inputs"
    r"|invalid (?:parameter|argument)|no such (?:parameter|option)"
    r"|\bnot (?:\w+ )?(?:support|permit|allow|accept|recogni[sz]e|known|available|valid)",
    re.IGNORECASE,
)
_OPTION = re.compile(r"\b[a-z]+(?:_[a-z]+)*\b")
_SHOWN = 200  # characters of what a server says


class GarbageError(Exception):
    """What the server sent cannot be read; the message is the kind of error."""


class NoStreamError(Exception):
    """The server sent something else than a stream."""


class BrokenStreamError(Exception):
    """The stream ended before the answer did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a request failed; `again` where asking again may help, after `wait` seconds if the server says so.

    `free` ones cost nothing. `refused` holds the names of options that the server does not take.
    """

    reason: str
    again: bool = False
    wait: float | None = None
    free: bool = False
    refused: frozenset[str] = frozenset()


class Failures:
    """Tells what went wrong with a server, and never its key."""

    def __init__(self, settings: RemoteSettings, server: Server, key: str) -> None:
        self._settings = settings
        self._server = server
        self._key = key

    def of(self, error: Exception) -> Failure:
        """The failure that an error stands for. Raises `OfflineError` where that is the reason.

        What is no fault of the server is raised as it is.
        """
        import openai

        match error:
            case openai.APIStatusError():
                return self._refusal(error)
            case openai.APIConnectionError() if not isinstance(error, openai.APITimeoutError):
                return self._unreachable(error)
            case TimeoutError():
                return Failure(reason=f"no whole answer within {self._settings.deadline:g} s (deadline)")
            case NoStreamError():
                hint = "is base_url right? Most end in /v1"
                return Failure(reason=f"it sent {self._clean(str(error))} instead of a stream; {hint}")
        reason = self._broken(error)
        if not reason:
            raise error
        return Failure(reason=reason, again=True)

    def _broken(self, error: Exception) -> str:
        """What is wrong with a stream, "" if it is something else."""
        import httpx2
        import openai

        match error:
            case openai.APITimeoutError() | httpx2.TimeoutException():
                return f"it was silent for {self._settings.timeout:g} s (timeout)"
            case httpx2.HTTPError() | httpx2.StreamError() | BrokenStreamError():
                return "the stream broke off"
            case GarbageError():
                return f"it sent something that is no answer ({error})"
            case openai.APIError():
                return f"the stream broke off ({self._clean(error.message)})"
        return ""

    def _unreachable(self, error: openai.APIConnectionError) -> Failure:
        import httpx2

        causes: list[BaseException] = []
        cause = error.__cause__
        while cause is not None and cause not in causes:
            if isinstance(cause, RagkitError):  # offline
                raise cause from None
            causes.append(cause)
            cause = cause.__cause__ or cause.__context__
        why = next((text for cause in causes if (text := self._clean(str(cause)))), "no reason is known")
        free = any(isinstance(cause, httpx2.ConnectError) for cause in causes)
        return Failure(reason=f"it cannot be reached at {self._server.url} ({why})", again=True, free=free)

    def _refusal(self, error: openai.APIStatusError) -> Failure:
        status, said = error.status_code, self._said(error.body)
        reason = f"{self._advice(error)} ({status}{': ' if said else ''}{said})"
        hopeless = _spent(error) or error.response.headers.get("x-should-retry") == "false"
        again = (status in _MAY_RECOVER or status >= 500) and not hopeless
        wait = _retry_after(error.response.headers)
        refused = _refused(error) if status in _REFUSING else frozenset()
        return Failure(reason=reason, again=again, wait=wait, free=True, refused=refused)

    def _advice(self, error: openai.APIStatusError) -> str:
        status, model = error.status_code, self._settings.model
        there = self._clean(error.response.headers.get("location", "another address"))
        known = {
            401: f"it does not take the key: check {self._key_place()}",
            402: "no credit is left there",
            403: f"it forbids this: check that the key may use {model}",
            404: f"it does not know this: check base_url ({self._server.url}) and model ({model})",
            429: "no credit is left there" if _spent(error) else "it is asked too often",
        }
        if _is_too_long(error):
            return f"{model} cannot read that much: lower context_tokens, history_tokens or most_tokens"
        if status < 400:
            return f"it points to {there}: write the right base_url"
        return known.get(status) or ("it has a fault" if status >= 500 else "it refuses the request")

    def _key_place(self) -> str:
        if self._settings.key_file is not None:
            return "the file that key_file names"
        return f"the environment variable {self._settings.key_env or 'that key_env names'}"

    def _said(self, body: object) -> str:
        """The words of an error body; of a page of HTML, that it is one."""
        if isinstance(body, Mapping):
            body = body.get("message") or body.get("detail") or body.get("error") or ""
        text = str(body or "")
        return "a page of HTML" if text.lstrip().startswith("<") else self._clean(text)

    def _clean(self, text: str) -> str:
        """A server's words, short, on one line, without the key and without what a terminal would obey."""
        if self._key:
            text = text.replace(self._key, "[key]")
        text = "".join(char if char.isprintable() else " " for char in text)
        text = re.sub(r"\s+", " ", text).strip()
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _is_too_long(error: openai.APIStatusError) -> bool:
    too_long = error.code == _TOO_LONG or _LENGTH.search(error.message) is not None
    return too_long and error.status_code in (*_REFUSING, 413)


def _refused(error: openai.APIStatusError) -> frozenset[str]:
    """Options that the server does not take: the one that it names as such, else all in words that say so."""
    if _is_too_long(error):
        return frozenset()
    if _REFUSAL.search(error.message):
        return frozenset((error.param,) if error.param else _OPTION.findall(error.message))
    a_limit = (error.param or "").startswith("max_")  # may be too high, and is wanted all the same
    return frozenset() if a_limit or not error.param else frozenset((error.param,))


def _spent(error: openai.APIStatusError) -> bool:
    return _NO_CREDIT in (error.code, error.type)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from now, of the header Retry-After as a number or a date; None where there are none."""
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        date = email.utils.parsedate_tz(value)
        seconds = email.utils.mktime_tz(date) - time.time() if date else 0.0
    return seconds if math.isfinite(seconds) and seconds > 0.0 else None
