"""The command that mends an index which was built with other settings."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ragkit.cli.options import shown
from ragkit.errors import IndexMismatch, RagkitError

if TYPE_CHECKING:
    from ragkit.config import Config


@contextmanager
def mending(settings: Config, config: str | None) -> Iterator[None]:
    """Adds to `IndexMismatch` the preset that the index was built with, and the command that rebuilds it."""
    try:
        yield
    except IndexMismatch as error:
        fits = _fitting_preset(settings)
        kept = f"\n  as it was built: the same command with --preset {fits}" if fits else ""
        anew = f"\n  built anew: {_rebuilding(settings, config)}"
        every = "\n  (which reads all files of the index again, though one is named)"
        raise IndexMismatch(f"{error}\nHere that is{kept}{anew}{every}") from None


def _fitting_preset(settings: Config) -> str:
    """A preset with the settings of the index, the default one if it is; "" if none is."""
    from ragkit.config import load_config, preset_names

    for name in sorted(preset_names(), key=lambda name: name != "default"):
        try:
            load_config(name).model_copy(update={"index": settings.index}).open_index().close()
        except RagkitError:
            continue
        return name
    return ""


def _rebuilding(settings: Config, config: str | None) -> str:
    """A rebuild takes all files of the index; one of them must be named."""
    from ragkit.index import LocalIndex

    with LocalIndex(settings.index, analyzer=settings.analyzer.build()) as opened:
        file = next(iter(opened.files()), "PATH")
    words = ["ragkit", "index", shown(file), "--rebuild", "--index", str(settings.index)]
    return shlex.join([*words, "--config", config] if config else words)
