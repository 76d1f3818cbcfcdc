"""Files of rows, each a document of its own: .jsonl, .csv and .tsv with `id`, `title`, `text` and more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ragkit.index.row_sources import row_source
from ragkit.loaders.identity import content_id
from ragkit.loaders.pages import FileText, PageText, make_document
from ragkit.loaders.row_lines import Line, RowError, json_values, open_rows, table_values
from ragkit.types import Document

_KIND = "row"
_ID_KEYS = ("id", "_id")  # the second is how BEIR writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: `line` counts from 1, `metadata` are its other columns."""

    line: int
    id: str
    title: str
    text: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def document_id(self) -> str:
        """The id of the row's document: title, text and metadata decide, not the row's own id."""
        content = [self.title, self.text, dict(self.metadata)]
        return content_id(_KIND, json.dumps(content, sort_keys=True).encode())


def read_rows(path: Path) -> Iterator[Row | RowError]:
    """The rows of a file in order, one in memory at a time; a row that cannot be read is a `RowError`.

    Text is UTF-8. Lines of .jsonl are JSON objects; .csv and .tsv begin with the names of the columns.
    Raises `LoadError` where nothing can be read, or no more.
    """
    with open_rows(path) as file:
        name = path.name.lower().removesuffix(".gz")
        is_json = name.endswith((".jsonl", ".ndjson"))
        for line in json_values(file) if is_json else table_values(file, tabs=name.endswith(".tsv")):
            yield line if isinstance(line, RowError) else _row(line)


def row_document(row: Row, path: Path) -> Document:
    """The document that a row of the file `path` makes. A column "format" may say "markdown"."""
    content = FileText(pages=(PageText(text=row.text),), title=row.title)
    document = make_document(content, document_id=row.document_id, path=path)
    return replace(
        document, source=row_source(str(path), row.id), metadata={**document.metadata, **row.metadata}
    )


def _row(line: Line) -> Row | RowError:
    values = dict(line.values)
    given = [key for key in _ID_KEYS if key in values]
    if not given:
        return RowError(line=line.number, reason=f"no 'id' (it has {_names(values)})")
    row_id = values.pop(given[0])
    if isinstance(row_id, bool) or not isinstance(row_id, str | int) or not str(row_id).strip():
        return RowError(line=line.number, reason=f"'id' must be a text or a whole number, not {row_id!r:.40}")
    name = _unicode(str(row_id).strip())
    if "text" not in values:
        return RowError(line=line.number, id=name, reason=f"no 'text' (it has {_names(line.values)})")
    title, text = values.pop("title", None), values.pop("text")
    if not isinstance(text, str) or not isinstance(title, str | None):
        wrong = ("text", text) if not isinstance(text, str) else ("title", title)
        reason = f"{wrong[0]!r} must be a text, not {wrong[1]!r:.40}"
        return RowError(line=line.number, id=name, reason=reason)
    title = _unicode(title or "").strip()
    if not text.strip():
        title, text = "", title  # some data sets hold titles alone
    if not text:
        return RowError(line=line.number, id=name, reason="'text' is empty, and so is the title")
    text = _unicode(text.replace("\r\n", "\n").replace("\r", "\n"))
    return Row(line=line.number, id=name, title=title, text=text, metadata=_metadata(values))


def _metadata(values: Mapping[str, object]) -> dict[str, str]:
    """Columns as texts; those of BEIR's nested "metadata" stand beside the others."""
    nested = values.get("metadata")
    if isinstance(nested, Mapping):
        values = {**nested, **{key: value for key, value in values.items() if key != "metadata"}}
    return {_unicode(key): _shown(value) for key, value in values.items() if value not in (None, "")}


def _shown(value: object) -> str:
    return _unicode(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _names(values: Mapping[str, object]) -> str:
    return ", ".join(repr(_unicode(key)) for key in list(values)[:8]) or "nothing"


def _unicode(text: str) -> str:
    """Half a surrogate pair, which JSON can hold and UTF-8 cannot, becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
