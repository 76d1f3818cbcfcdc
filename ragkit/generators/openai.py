"""Answers written by a language model behind an OpenAI-compatible server."""

from __future__ import annotations

from typing import Literal

from ragkit.generators.written import WrittenConfig, WrittenGenerator
from ragkit.models.remote import RemoteWriter
from ragkit.models.remote_settings import RemoteSettings


class OpenAIConfig(RemoteSettings, WrittenConfig):
    """A language model behind an OpenAI-compatible server writes the answer from the passages.

    The question and the passages are sent there. `base_url` is by default the environment's OPENAI_BASE_URL,
    else https://api.openai.com/v1. The key stands in the environment variable `key_env` (null: the server
    needs none) or in the file `key_file`, never here; servers on this machine need none. `temperature`,
    `seed` and `reasoning_effort` are sent unless null. After `timeout` seconds without a byte, an error 429
    or 5xx, or a broken stream it is asked again, `retries` times, first after `backoff` seconds; an answer
    takes `deadline` seconds at most. Prices are US dollars for a million tokens, 0 where unknown; nothing is
    asked that could bring what this user spends in a calendar month (UTC), in chains with a ceiling, above
    `spending_ceiling` dollars.
    """

    type: Literal["openai"] = "openai"

    def build(self) -> WrittenGenerator:
        """The generator; nothing is sent before the first question."""
        return WrittenGenerator(self, RemoteWriter(self))
