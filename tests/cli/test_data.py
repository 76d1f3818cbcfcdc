"""`ragkit data` as people run it: output, exit codes, and what is never overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Shell
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
LONG = "The Humber Bridge was opened in 1981 and spans 2220 metres from one bank to the other of the estuary."
COMMANDS = (
    ("clean", "--out", "out.jsonl"),
    ("filter", "--out", "out.jsonl"),
    ("dedup", "--out", "out.jsonl"),
    ("stats",),
)


def write(shell: Shell, name: str, *texts: str, extra: str = "") -> Path:
    path = shell.folder / name
    lines = (json.dumps({"id": f"d{n}", "text": text}, ensure_ascii=False) for n, text in enumerate(texts))
    path.write_text("".join(f"{line}\n" for line in lines) + extra, encoding="utf-8")
    return path


def lines(shell: Shell, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (shell.folder / name).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_json_has_the_documented_shape(shell: Shell, command: tuple[str, ...]) -> None:
    write(shell, "in.jsonl", LONG, f"{LONG} ", LONG.replace("opened", "open"), "donâ€™t", "桥很长。")
    done = shell.run("data", command[0], "in.jsonl", *command[1:], "--json")
    assert done.code == 0, done.err
    schema = json.loads((ROOT / "docs" / "schemas" / f"data-{command[0]}.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(done.json)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_bad_line_is_named_and_the_exit_code_is_3(shell: Shell, command: tuple[str, ...]) -> None:
    write(shell, "in.jsonl", LONG, extra="{broken\n")
    done = shell.run("data", command[0], "in.jsonl", *command[1:])
    assert done.code == 3
    assert "left out  line 2: not JSON" in done.err


@pytest.mark.parametrize("command", COMMANDS[:3], ids=lambda words: words[0])
def test_the_input_and_what_is_there_stay(shell: Shell, command: tuple[str, ...]) -> None:
    before = write(shell, "in.jsonl", LONG, LONG).read_bytes()
    (shell.folder / "out.jsonl").write_text("precious", encoding="utf-8")
    refused = shell.run("data", *command[:1], "in.jsonl", "--out", "out.jsonl")
    assert (refused.code, (shell.folder / "out.jsonl").read_text("utf-8")) == (1, "precious")
    assert "--force" in refused.err
    itself = shell.run("data", *command[:1], "in.jsonl", "--out", "in.jsonl", "--force")
    assert itself.code == 1
    assert "never changed" in itself.err
    assert shell.run("data", *command[:1], "in.jsonl").code == 2
    assert shell.run("data", *command[:1], "in.jsonl", "--dry-run").code == 0
    assert (shell.folder / "in.jsonl").read_bytes() == before
    assert sorted(path.name for path in shell.folder.glob("*.jsonl")) == ["in.jsonl", "out.jsonl"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_halves_of_characters_and_terminal_escapes_do_no_harm(shell: Shell, command: tuple[str, ...]) -> None:
    odd = '{"id": "\\ud800", "kind": "\\udfff", "text": "half \\ud83d and \\u001b[31m red, donâ€™t"}\n'
    write(shell, "in.jsonl", extra=odd + odd)
    more = ("--by", "kind") if command[0] == "stats" else ()
    for options in (("--json",), ("--force",) if command[0] != "stats" else ()):
        done = shell.run("data", command[0], "in.jsonl", *command[1:], *more, *options)
        assert done.code in {0, 1}, done.err
        assert "Traceback" not in done.err
        assert "\x1b" not in done.out
        (shell.folder / "out.aliases.jsonl").unlink(missing_ok=True)
        (shell.folder / "out.jsonl").unlink(missing_ok=True)


def test_clean_shows_each_rule_and_writes_what_is_left(shell: Shell) -> None:
    write(shell, "in.jsonl", "donâ€™t write to a@example.org", "fine")
    done = shell.run("data", "clean", "in.jsonl", "--mask", "email", "--out", "out.jsonl")
    assert done.code == 0
    assert "unicode: 1 text" in done.out
    assert "mask email: 1 text" in done.out
    assert lines(shell, "out.jsonl") == [
        {"id": "d0", "text": "don’t write to [EMAIL]"},
        {"id": "d1", "text": "fine"},
    ]


def test_filter_says_which_rule_dropped_what(shell: Shell) -> None:
    write(shell, "in.jsonl", "Too short.", LONG)
    done = shell.run(
        "data", "filter", "in.jsonl", "--limit", "words=10:", "--off", "sentences", "--out", "out.jsonl",
        "--dropped", "bad.jsonl",
    )  # fmt: skip
    assert done.code == 0
    assert "words: 1 text" in done.out
    assert [line["id"] for line in lines(shell, "out.jsonl")] == ["d1"]
    assert [line["id"] for line in lines(shell, "bad.jsonl")] == ["d0"]


def test_dedup_keeps_one_and_lists_the_others(shell: Shell) -> None:
    write(shell, "in.jsonl", LONG, LONG.upper(), "Other words.")
    done = shell.run("data", "dedup", "in.jsonl", "--out", "out.jsonl")
    assert done.code == 0
    assert [line["id"] for line in lines(shell, "out.jsonl")] == ["d0", "d2"]
    (alias,) = lines(shell, "out.aliases.jsonl")
    assert (alias["id"], alias["kept_id"], alias["likeness"]) == ("d1", "d0", 1.0)


def test_dedup_by_meaning_uses_the_chains_embedder(shell: Shell) -> None:
    write(shell, "in.jsonl", LONG, LONG.upper(), "Other words.")
    done = shell.run("data", "dedup", "in.jsonl", "--by", "semantic", "--out", "out.jsonl", "--json")
    assert done.code == 0, done.err
    assert done.json["alike"] == 1


def test_plain_lines_stay_plain_lines(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text(f"{LONG}\n{LONG}\nother\n", encoding="utf-8")
    assert shell.run("data", "dedup", "in.txt", "--out", "out.txt").code == 0
    assert (shell.folder / "out.txt").read_text("utf-8") == f"{LONG}\nother\n"
    assert shell.run("data", "dedup", "in.txt", "--out", "out.jsonl").code == 1


def test_a_folder_becomes_lines_that_can_be_indexed(shell: Shell) -> None:
    done = shell.run("data", "clean", "files", "--out", "out.jsonl")
    assert done.code == 0, done.err
    assert {"bridges.md", "rivers.md"} <= {str(line["id"]) for line in lines(shell, "out.jsonl")}
    assert shell.run("index", "out.jsonl").code == 0


def test_stats_finds_a_leak_and_fails_where_asked_to(shell: Shell) -> None:
    write(shell, "train.jsonl", LONG, "other words")
    write(shell, "test.jsonl", f"Before it. {LONG}")
    done = shell.run("data", "stats", "train.jsonl", "test.jsonl", "--report", "page.html")
    assert done.code == 0
    assert "with runs of 13 words in common: 1 text of the one, 1 of the other" in done.out
    assert "<svg" in (shell.folder / "page.html").read_text("utf-8")
    assert shell.run("data", "stats", "train.jsonl", "test.jsonl", "--fail-on-leak").code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("clean", "in.jsonl", "--skip", "unicod", "--dry-run"), "boilerplate"),
        (("filter", "in.jsonl", "--limit", "wordz=1:", "--dry-run"), "mean_word_length"),
        (("dedup", "nothing.jsonl", "--dry-run"), "is not there"),
        (("dedup", "in.jsonl", "--by", "near", "--threshold", "2", "--dry-run"), "equal to 1"),
        (("stats", "in.csv"), ".jsonl"),
        (("clean", "in.jsonl", "--field", "body", "--dry-run"), "--field"),
    ],
)
def test_wrong_input_is_told_with_what_is_right(shell: Shell, words: tuple[str, ...], said: str) -> None:
    write(shell, "in.jsonl", LONG)
    (shell.folder / "in.csv").write_text("id,text\n", encoding="utf-8")
    done = shell.run("data", *words)
    assert done.code in {1, 2}
    assert said in done.err.replace("\n", " ")
    assert "Traceback" not in done.err


def test_near_duplicates_can_be_collapsed_at_indexing(shell: Shell) -> None:
    text = (
        LONG + " It was the longest of its kind for sixteen years, and is still among the ten longest today."
    )
    (shell.folder / "docs").mkdir()
    (shell.folder / "docs/a.txt").write_text(text, encoding="utf-8")
    (shell.folder / "docs/b.txt").write_text(text.replace("2220", "2,220"), encoding="utf-8")
    done = shell.run("index", "docs", "--near-duplicates", "0.7", "--json")
    assert [file["status"] for file in done.json["files"]] == ["indexed", "duplicate"]
    assert "searched in its place" in done.json["files"][1]["reason"]
    listed = shell.run("list", "--json").json["documents"]
    assert [document["chunks"] > 0 for document in listed] == [True, False]
    gone = shell.run("rm", "docs/a.txt", "--yes")
    assert "searched again after the next `ragkit index`" in gone.err
    assert shell.run("index", "docs/b.txt").code == 0
    assert any(
        hit["source"].endswith("b.txt") for hit in shell.run("search", "bridge", "--json").json["hits"]
    )
