"""`ragkit users`: who may log in to the app."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.options import JsonOption
from ragkit.cli.output import notice, print_json, say
from ragkit.cli.serving import DataOption, needs_app

if TYPE_CHECKING:
    from pathlib import Path

    from apps.chat.storage import Accounts, Database, Person
    from ragkit.cli.shapes import UserShape

users_app = typer.Typer(
    help="Accounts of the app. As soon as there is one, everybody has to log in.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name to log in with.")]


@users_app.command()
def add(
    name: Name,
    admin: Annotated[
        bool,
        typer.Option("--admin", help="May change what concerns everybody; the first account always may."),
    ] = False,
    data: DataOption = None,
) -> None:
    """Make an account; its password is asked for, or read from stdin.

    The first account takes over the documents and talks that were made without accounts.

    Examples:

        ragkit users add anna

        pass show ragkit/anna | ragkit users add anna
    """
    accounts = _accounts(data)
    alone = not accounts.exist()
    person = accounts.add(name, _password(), admin=admin)
    say(f"added {person.name}{' (admin)' if person.admin else ''}")
    if alone:
        notice("From now on everybody has to log in. What was made without accounts belongs to this one.")


@users_app.command("list")
def list_users(data: DataOption = None, json: JsonOption = False) -> None:
    """List the accounts, with what they store.

    Example:

        ragkit users list
    """
    from ragkit.cli.shapes import UsersShape

    database = _database(data)
    users = [_shape(database, person) for person in _accounts(data).all()]
    if json:
        print_json(UsersShape(users=users))
        return
    if not users:
        notice("no accounts: only this machine can reach the app; `ragkit users add NAME` makes one")
    for user in users:
        role = "admin" if user.admin else ""
        say(f"{user.name:32}{role:8}{user.files:>6} files {user.bytes:>15,} bytes")


@users_app.command()
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    data: DataOption = None,
) -> None:
    """Remove an account with its documents and talks, for good; its sessions end at once.

    Example:

        ragkit users remove anna
    """
    database, accounts = _database(data), _accounts(data)
    person = accounts.named(name)
    held = _shape(database, person)
    if not yes:
        typer.confirm(
            f"Remove {person.name} with {held.collections} collections and {held.files} files for good?",
            abort=True,
            err=True,
        )
    accounts.remove(name)
    shutil.rmtree(database.folder / "people" / str(person.id), ignore_errors=True)
    say(f"removed {person.name}")
    if not accounts.exist():
        notice("That was the last account: the app is open to whoever uses this machine, and to nobody else.")


@users_app.command()
def password(name: Name, data: DataOption = None) -> None:
    """Give an account another password, which is asked for, or read from stdin; its sessions end at once.

    Example:

        ragkit users password anna
    """
    accounts = _accounts(data)
    accounts.named(name)
    accounts.change_password(name, _password())
    say(f"changed the password of {name}")


def _database(data: Path | None) -> Database:
    needs_app()
    from apps.chat.settings import data_folder
    from apps.chat.storage import Database

    return Database(data or data_folder())


def _accounts(data: Path | None) -> Accounts:
    database = _database(data)
    from apps.chat.storage import Accounts

    return Accounts(database)


def _password() -> str:
    """Typed twice and not shown; without a terminal, the first line of stdin."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def _shape(database: Database, person: Person) -> UserShape:
    from apps.chat.storage import Library
    from ragkit.cli.shapes import UserShape

    library = Library(database, person)
    files, size = library.used()
    own = sum(collection.own for collection in library.collections())
    return UserShape(name=person.name, admin=person.admin, collections=own, files=files, bytes=size)
