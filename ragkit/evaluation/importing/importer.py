"""Imports a judged set, whatever its layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ragkit.errors import ConfigError, LoadError, StorageError
from ragkit.evaluation.importing.beir import import_beir, is_beir
from ragkit.evaluation.importing.squad import import_squad, import_squad_rows
from ragkit.evaluation.importing.tables import import_table
from ragkit.evaluation.importing.writing import (
    CORPUS,
    GOLDEN,
    GoldenWriter,
    Unusable,
    folder_for,
    writing,
)

Format = Literal["beir", "squad", "csv"]
FORMATS: tuple[Format, ...] = ("beir", "squad", "csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import wrote: the two files (no corpus for a table) and their counts; what it left out.

    `unanswerable` questions are those of `questions` that have no evidence and no answer. Of many that
    are `unusable` only the first have their `reasons`.
    """

    format: Format
    corpus: Path | None
    golden: Path
    documents: int
    questions: int
    unanswerable: int
    unusable: int
    reasons: tuple[Unusable, ...]


def import_golden(
    source: Path,
    folder: Path,
    *,
    split: str | None = None,
    overwrite: bool = False,
    told: Callable[[int], None] | None = None,
) -> Imported:
    """Writes `folder/corpus.jsonl` and `folder/golden.jsonl`, both or none.

    `source` is a BEIR-style folder, SQuAD-style .json (or .jsonl with contexts), or a .csv or .tsv.
    `split` is one of BEIR's; `told` is called with the number of documents now and then. Raises
    `ConfigError` where it is none of these or a file is there already, `LoadError`, `StorageError`.
    """
    found = _format(source)
    _require_free(source, folder, overwrite=overwrite)
    try:
        with folder_for(folder), writing(folder, told) as out:
            _read(found, source, out, split)
            if not out.counts.questions:
                raise ConfigError(f"{source} holds no question that can be used{_first(out)}")
    except LoadError as error:
        raise LoadError(f"{source}: {error}") from error
    except OSError as error:
        raise StorageError(f"{source} or {folder}: {error.strerror or error}") from error
    counts = out.counts
    return Imported(
        format=found,
        corpus=folder / CORPUS if counts.documents else None,
        golden=folder / GOLDEN,
        documents=counts.documents,
        questions=counts.questions,
        unanswerable=counts.unanswerable,
        unusable=counts.unusable,
        reasons=tuple(counts.reasons),
    )


def _read(found: Format, source: Path, out: GoldenWriter, split: str | None) -> None:
    if found == "beir":
        import_beir(source, out, split=split)
    elif found == "csv":
        import_table(source, out)
    elif source.suffix.lower() == ".json":
        import_squad(source, out)
    else:
        import_squad_rows(source, out)


def _format(source: Path) -> Format:
    if source.is_dir() and is_beir(source):
        return "beir"
    if source.is_file():
        name = source.name.lower().removesuffix(".gz")
        if source.suffix.lower() in {".csv", ".tsv"}:
            return "csv"
        if source.suffix.lower() == ".json" or name.endswith((".jsonl", ".ndjson")):
            return "squad"
    what = "is not there" if not source.exists() else "is none of the layouts that are read"
    raise ConfigError(
        f"{source} {what}: a folder with corpus.jsonl, queries.jsonl and qrels (BEIR), a .json or .jsonl "
        f"with contexts and questions (SQuAD), or a .csv or .tsv with a column of questions"
    )


def _require_free(source: Path, folder: Path, *, overwrite: bool) -> None:
    for path in (folder / CORPUS, folder / GOLDEN):
        here = {source.resolve(), *(child.resolve() for child in source.glob(CORPUS))}
        if path.resolve() in here:
            raise ConfigError(f"{path} is read by this import; write to another folder")
        if path.exists() and not overwrite:
            raise ConfigError(f"{path} is there already; write to another folder, or add --force")


def _first(out: GoldenWriter) -> str:
    return f": {out.counts.reasons[0]}" if out.counts.reasons else ""
