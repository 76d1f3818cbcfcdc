"""Files of rows: which rows are read, and what is said of those that cannot be."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import LoadError
from ragkit.loaders.row_lines import RowError
from ragkit.loaders.rows import Row, read_rows, row_document

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30)


def read(path: Path, content: str | bytes) -> tuple[list[Row], list[str]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = list(read_rows(path))
    rows = [row for row in found if isinstance(row, Row)]
    return rows, [str(error) for error in found if isinstance(error, RowError)]


def test_an_object_a_line_with_everything_else_as_metadata(tmp_path: Path) -> None:
    rows, errors = read(
        tmp_path / "a.jsonl",
        '\ufeff{"id": "a", "title": "Bridges", "text": "Long.", "date": "2020-01-02", "n": 3, "z": null}\n\n'
        '{"_id": 7, "text": "长江", "metadata": {"url": "http://x//y"}, "tags": ["a", "桥"]}',
    )
    assert errors == []
    assert [(row.line, row.id, row.title, row.text) for row in rows] == [
        (1, "a", "Bridges", "Long."),
        (3, "7", "", "长江"),
    ]
    assert rows[0].metadata == {"date": "2020-01-02", "n": "3"}
    assert rows[1].metadata == {"url": "http://x//y", "tags": '["a", "桥"]'}
    document = row_document(rows[0], tmp_path / "a.jsonl")
    assert document.source == f"{tmp_path}/a.jsonl#a"
    assert (document.title, document.text, document.language) == ("Bridges", "Long.", "en")
    assert document.metadata["date"] == "2020-01-02"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken", "not JSON"),
        (b"[1]", "a JSON object is wanted"),
        (b'{"text": "x"}', "no 'id' (it has 'text')"),
        (b'{"id": true, "text": "x"}', "'id' must be a text or a whole number"),
        (b'{"id": "b"}', "no 'text' (it has 'id')"),
        (b'{"id": "b", "text": 3}', "'text' must be a text, not 3"),
        (b'{"id": "b", "title": [], "text": "x"}', "'title' must be a text"),
        (b'{"id": "b", "text": " "}', "'text' is empty"),
        ('{"id": "b", "text": "河"}'.encode("gb18030"), "not UTF-8"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path, line: bytes, reason: str) -> None:
    good = b'{"id": "a", "text": "x"}\n'
    rows, errors = read(tmp_path / "a.jsonl", good + line + b"\n" + good.replace(b'"a"', b'"c"'))
    assert [row.id for row in rows] == ["a", "c"]
    assert len(errors) == 1
    assert errors[0].startswith("line 2: ")
    assert reason in errors[0]


def test_a_title_alone_is_the_text(tmp_path: Path) -> None:
    rows, _ = read(tmp_path / "a.jsonl", '{"id": "a", "title": "Only this", "text": ""}')
    assert (rows[0].title, rows[0].text) == ("", "Only this")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_with_quoted_cells(tmp_path: Path, separator: str) -> None:
    cells = [["id", "title", "text"], ["1", '"A, b"', '"two\nlines; and ""more"""'], ["2", "", "x"]]
    rows, errors = read(tmp_path / "a.csv", "\r\n".join(map(separator.join, cells)) + "\r\n")
    assert errors == []
    assert [(row.line, row.title, row.text) for row in rows] == [
        (2, "A, b", 'two\nlines; and "more"'),
        (4, "", "x"),
    ]


def test_a_tsv_has_no_quotes_and_gz_is_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(b'id\ttext\n1\t"Hello", he said\n')
    assert [row.text for row in read(tmp_path / "a.tsv.gz", packed)[0]] == ['"Hello", he said']
    with pytest.raises(LoadError, match="incomplete"):
        read(tmp_path / "b.tsv.gz", packed[:-9])


def test_bad_rows_of_a_table(tmp_path: Path) -> None:
    content = b'id,text\n1,x,y\n2,"x"y\n3,caf\xe9\n4,good\n5,"open\n6,lost\n'
    rows, errors = read(tmp_path / "a.csv", content)
    assert [row.id for row in rows] == ["4"]
    assert [error.split(":")[0] for error in errors] == ["line 2", "line 3", "line 4", "line 6"]
    assert "3 cells, but 2 columns" in errors[0]
    assert "a quote is opened and never closed, so 1 more lines" in errors[3]


def test_a_long_cell_is_read_and_the_csv_module_left_as_it_was(tmp_path: Path) -> None:
    import csv

    before = csv.field_size_limit()
    rows, _ = read(tmp_path / "a.csv", "id,text\n1," + "x" * 200_000)
    assert len(rows[0].text) == 200_000
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [("a,b\n1,2\n", "it names 'a', 'b'"), ("", "it names none"), (b"\xff\xfei\x00d\x00", "UTF-16")],
)
def test_a_table_without_the_columns_cannot_be_read(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    with pytest.raises(LoadError, match=reason):
        read(tmp_path / "a.csv", content)


@given(
    st.lists(st.fixed_dictionaries({"id": TEXTS, "title": TEXTS, "text": TEXTS, "more": TEXTS}), max_size=5)
)
def test_what_json_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[dict[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("rows") / "a.jsonl"
    rows, errors = read(path, "".join(json.dumps(row) + "\n" for row in given_rows))
    assert len(rows) + len(errors) == len(given_rows)
    wanted = [
        row for row in given_rows if row["id"].strip() and (row["text"].strip() or row["title"].strip())
    ]
    assert [(row.id, row.metadata) for row in rows] == [
        (row["id"].strip(), {"more": row["more"]}) for row in wanted
    ]


def test_the_content_decides_the_id_of_the_document(tmp_path: Path) -> None:
    rows, _ = read(
        tmp_path / "a.jsonl",
        '{"id": 1, "text": "x", "k": "v"}\n{"k": "v", "text": "x", "id": 2}\n{"id": 1, "text": "x"}\n',
    )
    first, same, other = (row.document_id for row in rows)
    assert first == same != other
