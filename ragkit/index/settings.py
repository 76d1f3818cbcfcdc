"""What an index was built with, and the error when a chain asks for something else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from ragkit.errors import IndexMismatch

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """Names of the parts that decide what is in an index; the same names give the same index."""

    embedder: str
    dimension: int
    analyzer: str
    chunker: str
    schema: int = SCHEMA_VERSION

    def as_rows(self) -> dict[str, str]:
        """The settings as the store keeps them."""
        return {key: str(value) for key, value in asdict(self).items()}


def settings_from_rows(rows: dict[str, str]) -> IndexSettings:
    """The inverse of `as_rows`; keys that are not settings are ignored."""
    return IndexSettings(
        embedder=rows["embedder"],
        dimension=int(rows["dimension"]),
        analyzer=rows["analyzer"],
        chunker=rows["chunker"],
        schema=int(rows["schema"]),
    )


def require_match(path: Path, stored: IndexSettings, wanted: IndexSettings) -> None:
    """Raises `IndexMismatch` naming every setting that differs, and the command that mends it."""
    differences = [
        f"  {key}: the index has {old}, the chain wants {wanted.as_rows()[key]}"
        for key, old in stored.as_rows().items()
        if old != wanted.as_rows()[key]
    ]
    if differences:
        raise IndexMismatch(
            f"The index {path} was built with other settings:\n"
            + "\n".join(differences)
            + "\nUse the chain it was built with (--config), another --index, "
            "or build it anew: ragkit index PATH... --rebuild"
        )
