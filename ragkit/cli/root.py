"""The group of all commands."""

from __future__ import annotations

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
