"""`ragkit models` and `ragkit doctor`: what is on this machine, and what is missing."""

from __future__ import annotations

import json as json_module
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.options import JsonOption
from ragkit.cli.output import out, print_json, say

if TYPE_CHECKING:
    from rich.console import Console

    from ragkit.models import Check, ModelEntry

models_app = typer.Typer(
    help="The models that ragkit knows, and whether they are here.", no_args_is_help=True
)


@models_app.command("list")
def list_models(json: JsonOption = False) -> None:
    """List the models, their licence, and where they lie.

    Example:

        ragkit models list
    """
    from ragkit.models import catalog

    rows = [_row(entry) for entry in catalog().models]
    if json:
        say(json_module.dumps({"models": rows}, indent=2))
        return
    for row in rows:
        where = row["path"] or f"missing: {row['install']}"
        copy = f"; copy for the generator local in {row['converted']}" if row["converted"] else ""
        say(f"{row['name']:42}{row['kind']:18}{row['licence']:12}{where}{copy}")


def _row(entry: ModelEntry) -> dict[str, str]:
    from ragkit.errors import RagkitError
    from ragkit.models import catalog, converted, resolve

    try:
        path = str(resolve(entry.name, download=False).path)
    except RagkitError:
        path = ""
    return {
        "name": entry.name,
        "kind": entry.kind,
        "licence": entry.licence,
        "path": path,
        "converted": converted() if entry.kind == "writer" else "",
        "install": "" if path else catalog().command(entry),
    }


@models_app.command("verify")
def verify_models(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="MODEL", help="Models; all that are here by default.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check every file of the models against its sha256.

    Example:

        ragkit models verify bge-small-en-v1.5
    """
    from ragkit.cli.shapes import VerifyShape, WeightsShape
    from ragkit.models import verify

    files = []
    for name in names or _models_here():
        for check in verify(name):
            files.append(WeightsShape(model=name, file=check.file, ok=check.ok, reason=check.reason))
            if not json:
                say(f"{'ok  ' if check.ok else 'BAD '} {name}/{check.file} {check.reason}".rstrip())
    whole = all(file.ok for file in files)
    if json:
        print_json(VerifyShape(ok=whole, files=files))
    if not whole:
        raise typer.Exit(1)


def _models_here() -> list[str]:
    from ragkit.errors import ModelDamaged, ModelNotFound
    from ragkit.models import catalog, resolve

    names = []
    for name in catalog().names:
        with suppress(ModelNotFound):
            with suppress(ModelDamaged):  # here, and `verify` says what is wrong with it
                resolve(name, download=False)
            names.append(name)
    return names


def doctor(json: JsonOption = False) -> None:
    """Say what this installation lacks and the one command that mends it.

    What only language models need may be absent: that is no failure, and it says what works without.

    Example:

        ragkit doctor
    """
    from ragkit.models import report

    checks = report()
    if json:
        say(json_module.dumps({"checks": [asdict(check) for check in checks]}, indent=2))
    else:
        console = out()
        for check in checks:
            _print_check(console, check)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _print_check(console: Console, check: Check) -> None:
    from rich.markup import escape

    state = "[red]missing[/red]" if not check.ok else "[green]ok[/green]     "
    mark = state if check.present or not check.ok else "[yellow]absent[/yellow] "
    console.print(f"{mark} [bold]{escape(check.name)}[/bold] {escape(check.detail)}")
    if check.without:
        console.print(f"        works without it: {escape(check.without)}")
    if check.fix:
        console.print(f"        {escape(check.fix)}")
