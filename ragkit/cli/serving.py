"""`ragkit app`: the app in a browser."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ragkit.errors import MissingDependency

_PACKAGES = ("argon2", "fastapi", "gradio", "itsdangerous", "jinja2", "limits", "python_multipart", "uvicorn")
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of accounts and documents. Default: ~/.local/share/ragkit/app."),
]


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 lets others in, and wants accounts.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 7860,
    name: Annotated[
        list[str] | None,
        typer.Option(help="Another name that browsers call it by, as behind a proxy. Can be repeated."),
    ] = None,
    data: DataOption = None,
    config: Annotated[
        str | None,
        typer.Option("--config", "--preset", "-c", help="Chain of new collections: a YAML file or a preset."),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Let the chain reach other machines, as remote models need.")
    ] = False,
    log: Annotated[
        Path | None,
        typer.Option(
            help="Log every request (JSON lines) to a file, or to stderr with -. Else only warnings."
        ),
    ] = None,
    file_mb: Annotated[int, typer.Option(min=1, help="Largest file.")] = 100,
    files: Annotated[int, typer.Option(min=1, help="Most files of one person.")] = 2000,
    storage_mb: Annotated[int, typer.Option(min=1, help="Room for the files of one person.")] = 4096,
    questions: Annotated[int, typer.Option(min=1, help="Most questions of one person in a minute.")] = 60,
    requests: Annotated[int, typer.Option(min=1, help="Most requests of one person in a minute.")] = 1200,
    logins: Annotated[int, typer.Option(min=1, help="Most logins from one address in a minute.")] = 10,
    chats: Annotated[int, typer.Option(min=1, help="Answers that are written at the same time.")] = 4,
    queue: Annotated[int, typer.Option(min=1, help="Questions that may wait for their turn.")] = 64,
) -> None:
    """Start the app: upload documents and chat with them in a browser.

    Without accounts only this machine can reach it (see `ragkit users`).

    Examples:

        ragkit app

        ragkit app --host 0.0.0.0 --port 8080 --data /srv/ragkit --log /var/log/ragkit.jsonl
    """
    needs_app()
    from apps.chat.server import serve as run
    from apps.chat.settings import MEGABYTE, AppSettings, Limits

    limits = Limits(
        file_bytes=file_mb * MEGABYTE,
        files=files,
        storage_bytes=storage_mb * MEGABYTE,
        questions_per_minute=questions,
        requests_per_minute=requests,
        logins_per_minute=logins,
        chats_at_once=chats,
        queue=queue,
    )
    settings = AppSettings(
        data=data or AppSettings().data,
        host=host,
        port=port,
        names=tuple(name or ()),
        chain=_chain(config),
        offline=not online,
        limits=limits,
    )
    if settings.offline:
        from ragkit.models import forbid_network

        forbid_network()
    run(settings, log=log, out=sys.stderr)


def needs_app() -> None:
    """Raises `MissingDependency` unless all that the app is made of is installed."""
    missing = [package for package in _PACKAGES if find_spec(package) is None]
    if missing:
        raise MissingDependency(
            f"The app needs {', '.join(missing)}. Install with: pip install 'ragkit[app]'"
        )


def _chain(config: str | None) -> str:
    """The preset, or the whole path of the file. Raises `ConfigError` where it cannot be used."""
    from apps.chat.settings import AppSettings
    from ragkit.config import load_config, preset_names

    chosen = config or ("ragkit.yaml" if Path("ragkit.yaml").exists() else AppSettings().chain)
    load_config(chosen)
    return chosen if chosen in preset_names() else str(Path(chosen).absolute())
