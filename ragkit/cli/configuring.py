"""`ragkit config`: look at configurations and check them."""

from __future__ import annotations

import json as json_module
from typing import Annotated

import typer

from ragkit.cli.options import JsonOption
from ragkit.cli.output import print_json, say

config_app = typer.Typer(help="Look at chain configurations and check them.", no_args_is_help=True)

Source = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE|PRESET", help="YAML file or preset. Default: ragkit.yaml if it exists, else default."
    ),
]


@config_app.command()
def validate(source: Source = None, json: JsonOption = False) -> None:
    """Check a configuration, and that the files it names are there; every problem is listed at once.

    Example:

        ragkit config validate ragkit.yaml
    """
    from ragkit.config import check_config, config_problems

    if not json:
        check_config(source)
        say("valid")
        return
    from ragkit.cli.shapes import ValidShape

    problems = config_problems(source)
    print_json(ValidShape(valid=not problems, problems=problems))
    if problems:
        raise typer.Exit(1)


@config_app.command()
def show(
    source: Source = None,
    full: Annotated[bool, typer.Option("--full", help="Write out every default.")] = False,
    presets: Annotated[bool, typer.Option("--presets", help="List the presets.")] = False,
) -> None:
    """Print a configuration as YAML, ready to be saved and changed.

    Example:

        ragkit config show default > ragkit.yaml
    """
    from ragkit.config import config_yaml, load_config, preset_names, preset_text

    if presets:
        for name in preset_names():
            say(f"{name:14}{preset_text(name).splitlines()[0].removeprefix('# ')}")
    elif source in preset_names() and not full:
        say(preset_text(str(source)), newline=False)
    else:
        say(config_yaml(load_config(source)), newline=False)


@config_app.command()
def schema() -> None:
    """Print the JSON schema, for completion and checks in an editor.

    Example:

        ragkit config schema > ragkit.schema.json
    """
    from ragkit.config import Config

    say(json_module.dumps(Config.model_json_schema(), indent=2, ensure_ascii=False))
