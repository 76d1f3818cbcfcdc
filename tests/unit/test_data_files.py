"""Reading texts, and freeing a file of its copies."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from ragkit.data.dedup import ExactFinder, deduplicate
from ragkit.data.records import Record, TextSource
from ragkit.data.semantic import SemanticFinder
from ragkit.data.writing import require_free
from ragkit.duplicates import NearFinder
from ragkit.embedders.hashing import HashingEmbedder
from ragkit.errors import ConfigError, LoadError
from ragkit.loaders.row_lines import RowError

LONG = "The Humber Bridge was opened in 1981 and spans 2220 metres from one bank to the other of the estuary."


def write(path: Path, lines: Iterable[object]) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def read(path: Path, **options: str) -> list[Record | RowError]:
    return list(TextSource.open(path, **options).read())


def texts(found: list[Record | RowError]) -> list[str]:
    return [one.text for one in found if isinstance(one, Record)]


def test_lines_keep_all_their_fields_and_a_changed_text_only_changes_the_text(tmp_path: Path) -> None:
    raw = '{"id": 7, "score": 1.50, "text": "a é"}'
    (tmp_path / "a.jsonl").write_text(raw + "\n\n", encoding="utf-8")
    (record,) = read(tmp_path / "a.jsonl")
    assert isinstance(record, Record)
    assert record.line() == raw
    assert record.id == "7"
    assert json.loads(record.line("b")) == {"id": 7, "score": 1.5, "text": "b"}


def test_bad_lines_are_named_and_the_others_read(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(
        b'{"text": "one"}\n{bad\n{"text": 3}\n{"other": "x"}\n[1]\n\xff\xfe\xfd\n{"text": "two"}\n'
    )
    found = read(file)
    assert texts(found) == ["one", "two"]
    assert [one.line for one in found if isinstance(one, RowError)] == [2, 3, 4, 5, 6]
    assert "--field" in next(one.reason for one in found if isinstance(one, RowError) and one.line == 4)


def test_another_field_can_hold_the_text(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", [{"body": "here"}])
    assert texts(read(file, field="body")) == ["here"]


def test_packed_files_and_plain_lines(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as packed:
        packed.write('{"text": "one"}\n')
    (tmp_path / "b.txt").write_text("first line\n\n第二行\n", encoding="utf-8")
    assert texts(read(tmp_path / "a.jsonl.gz")) == ["one"]
    found = read(tmp_path / "b.txt")
    assert texts(found) == ["first line", "第二行"]
    assert isinstance(found[0], Record) and found[0].line("two\nlines") == "two lines"


def test_documents_of_a_folder_go_through_their_loaders(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/a.md").write_text("# Title\n\nBody.", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    found = read(tmp_path)
    (record,) = [one for one in found if isinstance(one, Record)]
    assert json.loads(record.line())["id"] == "sub/a.md"
    assert "Body." in record.text
    assert [one.id for one in found if isinstance(one, RowError)] == ["empty.txt"]


@pytest.mark.parametrize("name", ["missing.jsonl", "table.csv"])
def test_what_is_not_read_is_refused_with_what_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "table.csv").write_text("id,text\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\.jsonl.*\.txt.*folder"):
        TextSource.open(tmp_path / name)


def test_an_output_is_never_the_input_nor_a_file_that_is_there(tmp_path: Path) -> None:
    source = TextSource.open(write(tmp_path / "a.jsonl", [{"text": "x"}]))
    there = write(tmp_path / "b.jsonl", [])
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "a.jsonl")
    for out, overwrite, said in (
        (tmp_path / "a.jsonl", True, "is the input"),
        (tmp_path / "link.jsonl", True, "is the input"),
        (there, False, "--force"),
        (tmp_path / "c.txt", True, r"must end in \.jsonl"),
        (tmp_path / "c.jsonl.gz", True, "packed"),
        (tmp_path, True, "folder"),
    ):
        with pytest.raises(ConfigError, match=said):
            require_free(out, source, overwrite=overwrite)
    require_free(there, source, overwrite=True)


def dedup(tmp_path: Path, lines: list[object], finder: object) -> tuple[object, list[object], list[object]]:
    source = TextSource.open(write(tmp_path / "in.jsonl", lines))
    out, aliases = tmp_path / "out.jsonl", tmp_path / "aliases.jsonl"
    done = deduplicate(source, finder, out=out, aliases=aliases)  # type: ignore[arg-type]
    return done, *([json.loads(x) for x in p.read_text("utf-8").splitlines()] for p in (out, aliases))


def test_one_text_is_kept_and_the_others_are_listed(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "text": LONG},
        {"id": "b", "text": "Something else entirely, about rivers."},
        {"id": "c", "text": LONG.replace("The Humber", "The humber").replace(".", " !")},
        {"id": "d", "text": f"{LONG} "},
    ]
    with NearFinder() as finder:
        done, kept, listed = dedup(tmp_path, lines, finder)
    assert kept == lines[:2]
    assert [(one["id"], one["kept_id"], one["kind"]) for one in listed] == [
        ("c", "a", "alike"),
        ("d", "a", "same"),
    ]
    assert (done.same, done.alike, done.clusters, done.lines.written) == (1, 1, 1, 2)
    assert done.examples[0].kept_line == 1


def test_exact_copies_only(tmp_path: Path) -> None:
    lines = [{"text": "One two"}, {"text": "one two"}, {"text": "One  two"}]
    done, kept, listed = dedup(tmp_path, lines, ExactFinder())
    assert [one["text"] for one in kept] == ["One two", "one two"]
    assert [(one["line"], one["kept_line"]) for one in listed] == [(3, 1)]
    assert done.examples[0].likeness == 1.0


def test_texts_whose_vectors_are_near_are_copies(tmp_path: Path) -> None:
    lines = [
        {"text": LONG},
        {"text": "另一篇完全不同的文章。"},
        {"text": LONG.replace("opened", "Opened")},
        {"text": ""},
    ]
    with SemanticFinder(HashingEmbedder(dimension=64), threshold=0.95) as finder:
        done, kept, _ = dedup(tmp_path, lines, finder)
    assert kept == [lines[0], lines[1], lines[3]]
    assert done.alike == 1
    assert finder.unread == 1


def test_many_vectors_are_found_through_inverted_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragkit.data.semantic._FLAT", 100)
    lines = [{"text": f"text number {n} of {n * n}"} for n in range(600)] + [{"text": "TEXT number 7 of 49"}]
    with SemanticFinder(HashingEmbedder(dimension=64), threshold=0.999) as finder:
        _, kept, listed = dedup(tmp_path, lines, finder)
    assert (7 + 1, 601) in {(one["kept_line"], one["line"]) for one in listed}
    assert len(kept) + len(listed) == 601


def test_a_file_that_changes_meanwhile_is_not_written(tmp_path: Path) -> None:
    file = write(tmp_path / "in.jsonl", [{"text": "one"}])
    source = TextSource.open(file)
    write(file, [{"text": "one"}, {"text": "two"}])
    with pytest.raises(LoadError, match="changed"):
        deduplicate(source, ExactFinder(), out=tmp_path / "out.jsonl", aliases=None)
    assert not (tmp_path / "out.jsonl").exists()
