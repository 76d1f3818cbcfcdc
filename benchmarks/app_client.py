"""A browser to a running app, without the browser: logs in, and asks as the page does."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

_CONFIG = re.compile(r"window\.gradio_config = (\{.*?\});\s*</script>", re.DOTALL)
_PATIENCE = 120.0


@dataclass(slots=True, kw_only=True)
class AppClient:
    """One person's page. `function` is the number of the listener that answers typed questions."""

    http: httpx.AsyncClient
    session: str = field(default_factory=lambda: secrets.token_hex(6))
    function: int = -1

    @classmethod
    async def open(cls, url: str, name: str, password: str) -> AppClient:
        """Logs in and loads the page. Raises `RuntimeError` where that fails."""
        client = cls(http=httpx.AsyncClient(base_url=url, timeout=_PATIENCE))
        done = await client.http.post("/login", data={"name": name, "password": password})
        if done.status_code != 303:
            raise RuntimeError(f"{name} cannot log in: {done.status_code}")
        page = (await client.http.get("/en/")).text
        found = _CONFIG.search(page)
        if not found:
            raise RuntimeError("the page holds no description of its parts")
        client.function = _asking(json.loads(found[1]))
        return client

    async def upload(self, collection: str, name: str, content: bytes) -> None:
        """Sends one file. Raises `httpx.HTTPStatusError`, or `RuntimeError` where it is refused."""
        sent = {"file": (name, content)}
        done = await self.http.post(f"/api/collections/{collection}/files", files=sent)
        done.raise_for_status()
        if refused := done.json()["refused"]:
            raise RuntimeError(refused[0]["reason"])

    async def ask(self, question: str) -> None:
        """Asks and reads until the answer is complete. Raises `RuntimeError` for one that fails."""
        event = {"data": [None, question], "fn_index": self.function, "session_hash": self.session}
        joined = await self.http.post("/en/gradio_api/queue/join", json=event)
        if joined.status_code != 200:
            raise RuntimeError(f"the question is not taken: {joined.status_code} {joined.text[:200]}")
        listening = self.http.stream(
            "GET", "/en/gradio_api/queue/data", params={"session_hash": self.session}
        )
        async with listening as lines:
            async for line in lines.aiter_lines():
                if line.startswith("data:") and _complete(json.loads(line[5:])):
                    return
        raise RuntimeError("the answer ends before it is complete")

    async def close(self) -> None:
        """Leaves."""
        await self.http.aclose()


def _asking(config: dict[str, Any]) -> int:
    """The listener of the field for questions."""
    fields = [one["id"] for one in config["components"] if one["props"].get("elem_id") == "question"]
    for listener in config["dependencies"]:
        if any(target == [fields[0], "submit"] for target in listener["targets"]):
            return int(listener["id"])
    raise RuntimeError("the page has no field for questions")


def _complete(message: dict[str, Any]) -> bool:
    """Whether this is the end. Raises `RuntimeError` where it is one in error."""
    if message.get("msg") != "process_completed":
        return False
    if not message.get("success"):
        raise RuntimeError(f"the answer failed: {message.get('output')}")
    return True
