"""Paths of rows, and files that only look like them."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import ingest, write_old

from ragkit.index.row_sources import apparent_file, file_of, split_row


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("/x/a.jsonl#1", ("/x/a.jsonl", "1")),
        ("/x/a.CSV.gz#b.csv#c", ("/x/a.CSV.gz", "b.csv#c")),
        ("/x/a.tsv#" + "long" * 2000, ("/x/a.tsv", "long" * 2000)),
        ("/x/a.tsv#\0", ("/x/a.tsv", "\0")),
        ("/x/a.jsonl#", None),
        ("/x/a.txt#1", None),
        ("/x/a.jsonl", None),
    ],
)
def test_a_row_is_told_by_its_path(source: str, parts: tuple[str, str] | None) -> None:
    assert split_row(source) == parts
    assert apparent_file(source) == file_of(source) == (parts[0] if parts else source)


def test_a_file_that_looks_like_a_row_is_a_file(tmp_path: Path) -> None:
    looking = tmp_path / "list.csv#1.csv"
    assert split_row(f"{looking}#2") == (str(tmp_path / "list.csv"), "1.csv#2")
    looking.write_text("id,text\n2,x\n")
    assert split_row(str(looking)) is None
    assert split_row(f"{looking}#2") == (str(looking), "2")


def test_prune_and_rows_leave_files_that_look_like_rows(tmp_path: Path) -> None:
    folder, filler = tmp_path / "w", ingest(tmp_path / "index")
    folder.mkdir()
    rows, looking = folder / "list.csv", folder / "list.csv#1.txt"
    write_old(looking, "a note of its own")
    assert filler.run([folder], prune=True).pruned == ()
    report = filler.run([folder], prune=True)
    assert (report.pruned, filler.index.sources()) == ((), [str(looking)])
    write_old(rows, "id,text\n0,first\n2,second\n")
    filler.run([folder, rows], prune=True)
    write_old(rows, "id,text\n2,second one\n")
    report = filler.run([folder, rows], prune=True)
    assert (report.pruned, filler.index.sources()) == ((), [str(looking), f"{rows}#2"])
    assert filler.index.files() == [str(looking), str(rows)]
    with filler.index.writer() as writer:
        assert writer.remove_source(str(rows))
    assert filler.index.sources() == [str(looking)]
    rows.unlink()
    looking.unlink()
    assert len(filler.run([folder], prune=True).pruned) == 1
    assert filler.index.sources() == []
