"""BEIR-style folders: a corpus, queries, and which documents are relevant to which query, how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ragkit.errors import ConfigError
from ragkit.evaluation.golden import Evidence, Question
from ragkit.evaluation.importing.writing import GoldenWriter, source_of, utf8
from ragkit.loaders.row_lines import RowError, json_values, open_rows
from ragkit.loaders.rows import Row, read_rows

Judgements = dict[str, dict[str, int]]
_SPLITS = ("test", "dev", "train")
_UNANSWERABLE = "unanswerable.jsonl"


def is_beir(folder: Path) -> bool:
    """Whether a folder holds a corpus and queries."""
    return bool(_file(folder, "corpus.jsonl") and _file(folder, "queries.jsonl"))


def import_beir(folder: Path, out: GoldenWriter, *, split: str | None = None) -> None:
    """Writes the corpus, and the queries that `split` judges (the first there is of test, dev and train).

    What is relevant is a whole document, with its grade; a judgement of 0 or less says nothing. Queries of
    `unanswerable.jsonl` have no evidence. Only judgements and ids are kept in memory. Raises `ConfigError`.
    """
    judged = _read_judgements(_judgements(folder, split), out)
    wanted = {document for grades in judged.values() for document in grades}
    there = _copy_corpus(_needed(folder, "corpus.jsonl"), out, wanted)
    _copy_queries(_needed(folder, "queries.jsonl"), out, judged, there)
    if other := _file(folder, _UNANSWERABLE):
        for where, values in _lines(other, out):
            _write(where, values, (), out)


def _judgements(folder: Path, split: str | None) -> Path:
    """The file of judgements. Raises `ConfigError` that names those that are there."""
    names = [f"qrels/{name}.tsv" for name in ((split,) if split else _SPLITS)]
    for name in names if split else [*names, "qrels.tsv"]:
        if found := _file(folder, name):
            return found
    there = sorted(path.stem for path in (folder / "qrels").glob("*.tsv"))
    shown = f"--split {' or '.join(there)}" if there else "none is there"
    wanted = f"qrels/{split}.tsv" if split else "qrels/test.tsv or qrels.tsv"
    raise ConfigError(f"{folder} has no {wanted}; choose one: {shown}")


def _read_judgements(path: Path, out: GoldenWriter) -> Judgements:
    """query -> document -> grade, from three columns with or without a heading, or TREC's four."""
    judged: Judgements = {}
    with open_rows(path) as file:
        for number, line in enumerate(file, start=1):
            cells = line.decode("utf-8-sig", "replace").split("\t" if b"\t" in line else None)
            cells = [cell.strip() for cell in cells]
            if not any(cells) or (number == 1 and not _is_grade(cells[-1])):
                continue
            if len(cells) not in {3, 4} or not _is_grade(cells[-1]):
                out.leave_out(f"{path.name} line {number}", "a query, a document and a grade are wanted")
            elif (grade := int(float(cells[-1]))) > 0:
                judged.setdefault(cells[0], {})[cells[-2]] = grade
    if not judged:
        raise ConfigError(f"{path} holds no judgement above 0: nothing is relevant to any query")
    return judged


def _is_grade(cell: str) -> bool:
    try:
        return float(cell) == int(float(cell))
    except (ValueError, OverflowError):
        return False


def _copy_corpus(path: Path, out: GoldenWriter, wanted: set[str]) -> set[str]:
    """Writes every row that can be indexed; the ids of those that are wanted."""
    there = set()
    for row in read_rows(path):
        if isinstance(row, Row):
            out.document(row.id, title=row.title, text=row.text, metadata=row.metadata)
            if row.id in wanted:
                there.add(row.id)
        else:
            out.leave_out(f"{path.name} line {row.line}", row.reason)
    return there


def _copy_queries(path: Path, out: GoldenWriter, judged: Judgements, there: set[str]) -> None:
    asked = set()
    for where, values in _lines(path, out):
        name = _id(values)
        if name not in judged:
            continue  # of another split, or never judged
        if name in asked:
            out.leave_out(where, f"the query {name!r} stands there twice")
            continue
        asked.add(name)
        known = {document: grade for document, grade in judged[name].items() if document in there}
        if lost := judged[name].keys() - known.keys():
            kind = "documents" if known else "query, all its documents"
            out.leave_out(where, f"{kind} that the corpus lacks: {', '.join(sorted(lost)[:5])}")
        if known:
            evidence = [Evidence(source=source_of(id_), grade=grade) for id_, grade in known.items()]
            _write(where, values, tuple(evidence), out)
    for name in judged.keys() - asked:
        out.leave_out(f"query {name}", f"judged, but not in {path.name}")


def _write(
    where: str, values: Mapping[str, object], evidence: tuple[Evidence, ...], out: GoldenWriter
) -> None:
    text = values.get("text", values.get("query"))
    name = _id(values)
    if not name or not isinstance(text, str) or not text.strip():
        out.leave_out(where, "an id and a text are wanted")
        return
    given = values.get("answers")
    answers = (
        [one for one in given if isinstance(one, str) and one.strip()] if isinstance(given, list) else []
    )
    out.question(
        Question(
            id=name,
            question=utf8(text.strip()),
            answers=tuple(dict.fromkeys(map(utf8, answers))) if evidence else (),
            evidence=evidence,
        )
    )


def _lines(path: Path, out: GoldenWriter) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The objects of a .jsonl with where they stand."""
    with open_rows(path) as file:
        for line in json_values(file):
            if isinstance(line, RowError):
                out.leave_out(f"{path.name} line {line.line}", line.reason)
            else:
                yield f"{path.name} line {line.number}", line.values


def _id(values: Mapping[str, object]) -> str:
    found = values.get("_id", values.get("id"))
    return utf8(str(found).strip()) if isinstance(found, str | int) else ""


def _file(folder: Path, name: str) -> Path | None:
    """A file, packed or not."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _needed(folder: Path, name: str) -> Path:
    if found := _file(folder, name):
        return found
    raise ConfigError(f"{folder} has no {name} (nor {name}.gz)")
