"""Starts the server, and stops it well."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from types import FrameType
from typing import TextIO

import uvicorn
from fastapi import FastAPI
from filelock import FileLock, Timeout

from apps.chat.errors import AppError
from apps.chat.server.app import create_app
from apps.chat.server.hosts import is_loopback
from apps.chat.server.logs import start_logging
from apps.chat.service import Service
from apps.chat.settings import AppSettings

_LOCK = "server.lock"
_GRACE_SECONDS = 5


def serve(settings: AppSettings, *, log: Path | None = None, out: TextIO | None = None) -> None:
    """Runs the app until it is told to stop; its address is printed to `out`.

    Raises `AppError` for a port, a folder or a log that cannot be used, and where others could reach an app
    that has no accounts.
    """
    service = Service(settings)
    _check_reach(service)
    start_logging(log)
    with _only_server(service), _listening(settings) as listener:
        app = create_app(service)
        if out:
            print(_welcome(service, listener), file=out, flush=True)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _obeyed)
        _Server(config, app).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends the sign of life of every open page when it is told to stop: it would wait for them else."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        for interface in self._app.state.interfaces:
            interface.stop_event.set()


def _obeyed(number: int, frame: object) -> None:
    """uvicorn has stopped the server, and raises the signal once more: that is no error."""


def _check_reach(service: Service) -> None:
    host = service.settings.host
    if not is_loopback(host) and not service.accounts.exist():
        raise AppError("no_accounts_yet", host=host)


def _only_server(service: Service) -> FileLock:
    folder = service.database.folder
    lock = FileLock(folder / _LOCK, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise AppError("other_server", folder=folder) from error
    return lock


def _listening(settings: AppSettings) -> socket.socket:
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        said = getattr(error, "strerror", None) or str(error)
        reason = said.partition(" (while")[0]  # what follows are the host and port again
        raise AppError("port_taken", host=host, port=port, reason=reason) from error


def _welcome(service: Service, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    lines = [f"ragkit runs at http://{shown}:{port}/ with the data in {service.database.folder}"]
    if not service.accounts.exist():
        lines.append("no accounts: only this machine can reach it; `ragkit users add NAME` for more")
    elif not is_loopback(service.settings.host):
        lines.append("passwords can be read on the way over http: put a proxy with https before it")
    return "\n".join([*lines, "Ctrl-C stops it."])
