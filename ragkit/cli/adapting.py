"""The option `--adapter`: another LoRA adapter than the configuration's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ragkit.config import Config

AdapterOption = Annotated[
    str | None,
    typer.Option(
        "--adapter",
        metavar="NAME",
        help="LoRA adapter of the generator local: a name of its adapters, or a folder.",
        show_default=False,
    ),
]


def with_adapter(settings: Config, adapter: str | None) -> Config:
    """The configuration with that adapter; as it is where none was asked for. Raises `ConfigError`."""
    return settings if adapter is None else settings.with_adapter(adapter)
