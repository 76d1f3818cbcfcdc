"""The command `chat`."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.adapting import AdapterOption, with_adapter
from ragkit.cli.answers import tell_where_it_goes
from ragkit.cli.lines import typed
from ragkit.cli.mending import mending
from ragkit.cli.options import ConfigOption, IndexOption, LiteralOption, ShowPromptOption, read_config
from ragkit.cli.output import notice, out, print_json
from ragkit.state import state_folder

if TYPE_CHECKING:
    from rich.console import Console

    from ragkit.cli.talk import Manner, Talk
    from ragkit.sessions import Sessions

_SESSIONS = "sessions.sqlite"
_HISTORY = "chat_history"
_MOST_NAMED = 10


def chat(
    index: IndexOption = None,
    session: Annotated[
        str | None,
        typer.Option("--session", "-s", help="The saved talk to go on with, or the name of a new one."),
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="Go on with the talk that was used last.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the saved talks and stop.")] = False,
    delete: Annotated[
        str | None, typer.Option("--delete", metavar="NAME", help="Forget a saved talk and stop.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    literal: LiteralOption = False,
    show_prompt: ShowPromptOption = False,
    adapter: AdapterOption = None,
    config: ConfigOption = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print each turn as one line of JSON; with --list one object.")
    ] = False,
) -> None:
    """Talk about the documents: a question may lean on those before it.

    Follow-up questions ("When was it opened?", "那北京呢?") are completed, and shown as they were understood.
    /help lists what else can be typed. Ctrl-C stops an answer, Ctrl-D leaves. Questions are read from stdin
    where that is no terminal.

    Every finished turn is saved at once, with the sentences that it cites, in a file that only you can read:
    XDG_STATE_HOME/ragkit/sessions.sqlite, or ~/.local/state/ragkit/sessions.sqlite.

    Examples:

        ragkit chat

        ragkit chat --session budget --index contracts

        printf 'Who wrote it?\\nAnd when?\\n' | ragkit chat --json
    """
    from ragkit.sessions import Sessions, check_name

    if sum([session is not None, last, list_, delete is not None]) > 1:
        raise typer.BadParameter("--session, --last, --list and --delete: give one of them")
    sessions = Sessions(state_folder() / _SESSIONS)
    if list_:
        _list(sessions, json=json)
    elif delete is not None:
        _delete(sessions, delete, sure=yes)
    else:
        if session is not None:
            check_name(session)
        from ragkit.cli.talk import Manner

        manner = Manner(json=json, literal=literal, show_prompt=show_prompt)
        name = _last(sessions) if last else session
        _talk(sessions, name, manner, adapter=adapter, config=config, index=index)


def _list(sessions: Sessions, *, json: bool) -> None:
    if json:
        from ragkit.cli.shapes import talks_shape

        print_json(talks_shape(sessions.all()))
        return
    from ragkit.cli.slash import print_sessions

    print_sessions(out(), sessions.all())


def _delete(sessions: Sessions, name: str, *, sure: bool) -> None:
    known = {summary.name: summary.turns for summary in sessions.all()}
    if name not in known:
        raise typer.BadParameter(_no_talk(name, list(known)), param_hint="--delete")
    if not sure:
        if not sys.stdin.isatty():
            raise typer.BadParameter(f"{name!r} has {known[name]} turns; delete it with --yes")
        typer.confirm(f"Delete {name!r} and its {known[name]} turns?", abort=True, err=True)
    sessions.delete(name)
    notice(f"{name!r} is deleted")


def _no_talk(name: str, known: list[str]) -> str:
    """That there is no such talk, and which there are."""
    from difflib import get_close_matches

    if not known:
        return f"no talk is saved, so none is called {name!r}"
    near = get_close_matches(name, known, n=1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    more = f" and {len(known) - _MOST_NAMED} more (ragkit chat --list)" if len(known) > _MOST_NAMED else ""
    return f"no saved talk is called {name!r}.{meant} Saved: {', '.join(known[:_MOST_NAMED])}{more}"


def _last(sessions: Sessions) -> str:
    if not (known := sessions.all()):
        raise typer.BadParameter("--last: no talk is saved yet")
    return known[0].name


def _talk(
    sessions: Sessions,
    name: str | None,
    manner: Manner,
    *,
    adapter: str | None,
    config: str | None,
    index: str | None,
) -> None:
    from ragkit.cli.talk import Talk

    known = {saved.name: saved.place for saved in sessions.all()} if name else {}
    settings = with_adapter(read_config(config, index or known.get(name or "")), adapter)
    with mending(settings, config):
        chain = settings.build()
    manner = replace(manner, told=tell_where_it_goes(settings))
    talk = Talk(chain, sessions, settings, name=name or "", manner=manner)
    if name:
        talk.resume()
    interactive = sys.stdin.isatty()
    if interactive:
        notice("Ask about the documents; /help lists the commands.")
    _converse(talk, out(stderr=manner.json), interactive=interactive)  # no command prints among lines of JSON
    if interactive and talk.turns:
        settled = f" --config {shlex.quote(config)}" if config else ""
        notice(f"saved; goes on with: ragkit chat --session {shlex.quote(talk.name)}{settled}")
    if talk.failed and not interactive:
        raise typer.Exit(1)


def _converse(talk: Talk, console: Console, *, interactive: bool) -> None:
    from ragkit.cli.slash import obey
    from ragkit.cli.talk import converse

    for line in typed(state_folder() / _HISTORY):
        if line.startswith("/"):
            if not obey(talk, console, line):
                return
        elif line.strip():
            converse(talk, line.strip(), interactive=interactive)
