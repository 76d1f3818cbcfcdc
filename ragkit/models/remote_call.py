"""Requests to an OpenAI-compatible server: every wait ends in time, and closing a stream ends its request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field

from ragkit.models.remote_failures import GarbageError, NoStreamError
from ragkit.models.remote_settings import RemoteSettings, Server

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

_T = TypeVar("_T")
_NO_STREAMS = ("text/html", "application/json")


class _Read(BaseModel):
    """Read from what a server sent, which may lack anything."""

    model_config = ConfigDict(from_attributes=True)


class CachedCount(_Read):
    """Tokens that the server had read before."""

    cached_tokens: int | None = Field(default=None, ge=0)


class TokenCount(_Read):
    """What the server counted."""

    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    prompt_tokens_details: CachedCount | None = None


class _Delta(_Read):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Read):
    delta: _Delta | None = None
    finish_reason: str | None = None


class Piece(_Read):
    """One event of a stream."""

    choices: list[_Choice] | None = None
    usage: TokenCount | None = None

    @property
    def text(self) -> str:
        """What was written."""
        delta = self.choices[0].delta if self.choices else None
        return (delta.content or delta.refusal or "") if delta else ""

    @property
    def ended(self) -> str:
        """Why the answer ends here, "" where it goes on."""
        return (self.choices[0].finish_reason or "") if self.choices else ""


class Line:
    """An open line to a server, until `ends` (by the monotonic clock)."""

    def __init__(self, portal: BlockingPortal, client: AsyncOpenAI, *, ends: float, with_key: bool) -> None:
        self._portal = portal
        self._client = client
        self._ends = ends
        self._with_key = with_key

    @property
    def left(self) -> float:
        """Seconds until it ends."""
        return max(0.0, self._ends - monotonic())

    def ask(
        self, model: str, messages: Sequence[Mapping[str, str]], options: Mapping[str, object]
    ) -> Generator[Piece, None, None]:
        """What the model sends, as it is sent. Raises what the client raises, `TimeoutError` at the end."""
        stream = self._run(lambda: self._open(model, messages, options))
        try:
            kind = stream.response.headers.get("content-type", "").split(";")[0].strip().lower()
            if kind in _NO_STREAMS:
                raise NoStreamError(kind)
            while (piece := self._next(stream)) is not None:
                yield piece
        finally:
            self._portal.call(stream.close)  # whatever time is left

    async def _open(
        self, model: str, messages: Sequence[Mapping[str, str]], options: Mapping[str, object]
    ) -> AsyncStream[ChatCompletionChunk]:
        from openai import Omit

        return await self._client.chat.completions.create(
            model=model,
            messages=cast("list[ChatCompletionMessageParam]", messages),
            stream=True,
            extra_body=dict(options),
            extra_headers=None if self._with_key else cast("dict[str, str]", {"Authorization": Omit()}),
        )

    def _next(self, stream: AsyncStream[ChatCompletionChunk]) -> Piece | None:
        try:
            chunk = self._run(lambda: anext(stream, None))
            return None if chunk is None else Piece.model_validate(chunk)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            garbage = type(error).__name__  # of the client, which checks nothing that it parses
        raise GarbageError(garbage)

    def _run(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """Does something in the thread of the line, within its time; Ctrl-C ends it there too."""
        from anyio import fail_after

        async def in_time() -> _T:
            with fail_after(self.left):
                return await work()

        future = self._portal.start_task_soon(in_time)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise


@contextmanager
def line_to(server: Server, key: str, settings: RemoteSettings) -> Iterator[Line]:
    """A line that is closed with the block. Nothing but the server of the settings is ever asked.

    It does not follow redirects, and for a server on this machine no proxy.
    """
    from anyio.from_thread import start_blocking_portal
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    from ragkit.models.remote_loop import PromptLoop

    ends = monotonic() + settings.deadline
    with start_blocking_portal(backend_options={"loop_factory": PromptLoop}, name="ragkit-remote") as portal:
        client = AsyncOpenAI(
            base_url=server.url,
            api_key=key or "none",  # without one, the client looks for another in the environment
            timeout=min(settings.timeout, settings.deadline),
            max_retries=0,  # it would wait beyond the deadline, and not ask again for a broken stream
            http_client=DefaultAsyncHttpxClient(follow_redirects=False, trust_env=not server.local),
        )
        try:
            yield Line(portal, client, ends=ends, with_key=bool(key))
        finally:
            portal.call(client.close)
