"""Where a remote language model is asked, with which key, and for how long and how much."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ragkit.errors import GenerationError
from ragkit.models.offline import is_loopback
from ragkit.stages import StageConfig

DEFAULT_SERVER = "https://api.openai.com/v1"
_SERVER_VARIABLE = "OPENAI_BASE_URL"  # as the official client reads it
_KEYS = {"key", "api_key", "apikey", "openai_api_key", "secret", "token", "password", "authorization"}
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_HOST = re.compile(r"[\w.:-]+")
_ADVICE = "put it into the environment variable that key_env names, or into a file that key_file names"


@dataclass(frozen=True, slots=True)
class Server:
    """The address of a server; `local` where it is this machine."""

    url: str
    host: str
    local: bool

    @property
    def readable(self) -> bool:
        """Whether others can read what is sent there."""
        return not self.local and not self.url.startswith("https:")

    @property
    def notice(self) -> str:
        """What people should know before passages are sent there, "" where they stay on this machine."""
        plain = ", not encrypted (http)" if self.readable else ""
        return "" if self.local else f"passages are sent to {self.host}{plain}"


class RemoteSettings(StageConfig):
    """A language model behind an OpenAI-compatible server; `OpenAIConfig` says what each setting means."""

    model_config = ConfigDict(hide_input_in_errors=True)

    base_url: str | None = None
    model: str = Field(default="gpt-4.1-mini", min_length=1)  # cheap, and answers without thinking first
    key_env: str | None = "OPENAI_API_KEY"
    key_file: Path | None = None
    temperature: float | None = Field(default=0.0, ge=0.0, le=2.0)
    seed: int | None = 0
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high"] | None = None
    timeout: float = Field(default=60.0, gt=0.0, allow_inf_nan=False)
    deadline: float = Field(default=180.0, gt=0.0, allow_inf_nan=False)
    retries: int = Field(default=4, ge=0)
    backoff: float = Field(default=0.5, gt=0.0, allow_inf_nan=False)
    price_input: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    price_output: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    spending_ceiling: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _holds_no_key(cls, values: object) -> object:
        if isinstance(values, Mapping) and (found := [k for k in values if str(k).lower() in _KEYS]):
            raise _secret(f"{found[0]} does not belong into a configuration; {_ADVICE}")
        return values

    @field_validator("base_url", mode="before")
    @classmethod
    def _is_an_address(cls, url: object) -> object:
        if url is not None:
            try:
                _server(url)
            except ValueError as error:
                raise _secret(str(error)) from None
        return url

    @field_validator("key_env", mode="before")
    @classmethod
    def _is_a_variable(cls, name: object) -> object:
        if name is not None and not (isinstance(name, str) and _VARIABLE.fullmatch(name)):
            expected = "the name of an environment variable, such as OPENAI_API_KEY"
            raise _secret(f"it must be {expected}, not the key itself")
        return name

    @model_validator(mode="after")
    def _prices_fit(self) -> Self:
        if (self.price_input > 0.0) != (self.price_output > 0.0):
            raise PydanticCustomError("secret", "give both price_input and price_output, or none of them")
        if self.spending_ceiling is not None and not self.priced:
            needed = "price_input and price_output, in US dollars for a million tokens"
            raise PydanticCustomError("secret", f"spending_ceiling needs {needed}")
        return self

    @property
    def priced(self) -> bool:
        """Whether it is known what an answer costs."""
        return self.price_input > 0.0 and self.price_output > 0.0

    def cost(self, *, prompt_tokens: int, completion_tokens: int) -> float:
        """US dollars; tokens that the server had cached are counted at the full price."""
        return (prompt_tokens * self.price_input + completion_tokens * self.price_output) / 1e6

    def server(self) -> Server:
        """Where the model is asked. Raises `GenerationError` for a wrong address in the environment."""
        try:
            return _server(self.base_url or os.environ.get(_SERVER_VARIABLE) or DEFAULT_SERVER)
        except ValueError as error:
            raise GenerationError(f"The environment variable {_SERVER_VARIABLE}: {error}.") from None

    def key(self, server: Server) -> str:
        """The key, "" where none is needed. Raises `GenerationError`, which never says the key."""
        if self.key_file is not None:
            key, place = _read(self.key_file), "the file that key_file names"
        elif self.key_env is None:
            return ""
        else:
            key, place = os.environ.get(self.key_env, "").strip(), f"the environment variable {self.key_env}"
        if not key and not server.local:
            raise GenerationError(
                f"No key for {server.host}: {place} is empty. Put the key there, "
                "or write key_env: null where the server needs none."
            )
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise GenerationError(f"What stands in {place} is no key: one word of ASCII letters is.")
        return key


def _read(path: Path) -> str:
    """The text of a file; errors do not name it, since some people write the key there."""
    try:
        return path.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no text"
    raise GenerationError(f"The file that key_file names cannot be read ({reason}).")


def _server(url: object) -> Server:
    """The server at an address; `ValueError` does not repeat it: it may hold a password."""
    if not isinstance(url, str):
        raise ValueError(f"it must be an address, such as {DEFAULT_SERVER}")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"it is not an address, such as {DEFAULT_SERVER}") from None
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"it must hold no user, password, ? or #; as for the key, {_ADVICE}")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or not url.isprintable():
        raise ValueError(f"it must be an address with http:// or https://, such as {DEFAULT_SERVER}")
    return Server(url, host, is_loopback(host))


def _secret(reason: str) -> PydanticCustomError:
    """An error whose value is not shown."""
    return PydanticCustomError("secret", "{reason}", {"reason": reason})
