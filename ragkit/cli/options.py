"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.errors import ConfigError

if TYPE_CHECKING:
    from ragkit.config import Config
    from ragkit.index import LocalIndex
    from ragkit.types import DocumentSummary

IndexOption = Annotated[
    str | None,
    typer.Option("--index", "-i", help="Name (a folder below indexes/) or path. Default: indexes/default."),
]
ConfigOption = Annotated[
    str | None,
    typer.Option(
        "--config",
        "--preset",
        "-c",
        help="YAML file or preset (`ragkit config show --presets`). Default: ragkit.yaml, else default.",
    ),
]
LiteralOption = Annotated[
    bool, typer.Option("--literal", help='Take "phrases", -words and filters in the question for text.')
]
ShowPromptOption = Annotated[
    bool, typer.Option("--show-prompt", help="Show on stderr what the language model was asked.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


@contextmanager
def option(name: str) -> Iterator[None]:
    """What cannot be used within is a wrong value of the option: wrong usage."""
    try:
        yield
    except ConfigError as error:
        raise typer.BadParameter(str(error), param_hint=name) from error


def read_config(config: str | None, index: str | None) -> Config:
    """The configuration with the index that the command line names."""
    from ragkit.config import load_config

    loaded = load_config(config)
    return loaded.model_copy(update={"index": index_path(index)}) if index else loaded


def index_path(name: str) -> Path:
    """A bare name is a folder below `indexes/`; anything else is a path."""
    return Path("indexes") / name if Path(name).name == name and name not in {".", ".."} else Path(name)


def open_to_read(config: str | None, index: str | None) -> LocalIndex:
    """The index for commands that look at documents only: whatever chain it was built with."""
    from ragkit.index import LocalIndex

    loaded = read_config(config, index)
    return LocalIndex(loaded.index, analyzer=loaded.analyzer.build(), dense_kind=loaded.dense_index)


def shown(source: str) -> str:
    """A path as people see it: relative to the working directory where it lies below it."""
    return source.removeprefix(f"{Path.cwd()}/")  # as text: the id of a row may hold // or ..


def find_document(index: LocalIndex, reference: str) -> DocumentSummary:
    """The one document with this id (or its start), path (or its end) or id of a row; else a usage error."""
    absolute = os.path.abspath(reference)
    documents = index.documents()
    exact = [d for d in documents if {absolute, reference} & {*d.sources, d.id}]
    found = exact or [d for d in documents if _matches(d, reference)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise typer.BadParameter(f"no document {reference!r} in the index; `ragkit list` names them all")
    names = "\n".join(f"  {d.id[:12]}  {shown(d.sources[0])}" for d in found[:10])
    raise typer.BadParameter(f"{reference!r} fits {len(found)} documents:\n{names}")


def _matches(document: DocumentSummary, reference: str) -> bool:
    by_id = len(reference) >= 4 and document.id.startswith(reference)
    return by_id or any(source.endswith((f"/{reference}", f"#{reference}")) for source in document.sources)
