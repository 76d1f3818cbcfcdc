"""An event loop that never waits for a name server longer than whoever asks it."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import Future
from threading import Thread
from typing import Any


class PromptLoop(asyncio.SelectorEventLoop):
    """Looks names up in threads that nobody waits for, neither its end nor that of the program."""

    async def getaddrinfo(  # as asyncio has it
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        """As `socket.getaddrinfo`, whose many kinds of addresses only sockets look into."""
        found: Future[Any] = Future()

        def look_up() -> None:
            if not found.set_running_or_notify_cancel():
                return
            try:
                found.set_result(socket.getaddrinfo(host, port, family, type, proto, flags))
            except BaseException as error:  # raised where it is waited for
                found.set_exception(error)

        Thread(target=look_up, name="ragkit-name-server", daemon=True).start()
        return await asyncio.wrap_future(found, loop=self)
