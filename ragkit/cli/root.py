"""The group of all commands."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Any

import typer
from typer.core import TyperGroup


class Root(TyperGroup):
    """Says where an option of the whole program stands, when it was given behind a command."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command. Raises a usage error for such an option."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            option, place = getattr(error, "option_name", None), getattr(error, "ctx", None)
            known = {name for parameter in self.params for name in parameter.opts}
            if (
                place is None or option not in known
            ):  # only an unknown option has a name; its class is private
                raise
            command = place.command_path.removeprefix(ctx.command_path)
            said = f"it stands before the command: {ctx.command_path} {option}{command} ..."
            raise typer.BadParameter(said, ctx=place, param_hint=option) from None


def unwrap_help(app: typer.Typer) -> None:
    """Lets the terminal break the lines of every command's help, but for those of examples and lists."""
    infos: list[Any] = [*app.registered_commands]
    if app.registered_callback and not isinstance(app.info.help, str):
        infos.append(app.registered_callback)
    for info in infos:
        if info.callback:
            info.help = _unwrapped(cleandoc(info.callback.__doc__ or "")) or None
    for group in app.registered_groups:
        if group.typer_instance:
            unwrap_help(group.typer_instance)


def _unwrapped(text: str) -> str:
    return re.sub(r"(?<=\S)\n(?=[^\s\-]|--)", " ", text)
