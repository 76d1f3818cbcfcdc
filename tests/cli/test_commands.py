"""Every command: what it prints where, in which shape, and its exit code."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from conftest import CHINESE, LONG_NAME, Shell
from corpus import write_old
from pydantic import BaseModel

from ragkit.cli import answer_shapes, shapes
from ragkit.evaluation import read_run, write_run

SEARCH = ("search", "黄河发源于哪里")
ASK = ("ask", "黄河发源于哪个省?")


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        (("index", "files", "--index", "other"), shapes.IndexShape),
        (SEARCH, answer_shapes.SearchShape),
        (ASK, answer_shapes.AskShape),
        (("list",), shapes.ListShape),
        (("show", "rivers.md"), shapes.DocumentShape),
        (("show", "rivers.md", "--page", "1"), shapes.ShowPageShape),
        (("show", "rivers.md", "--chunks"), shapes.ShowChunksShape),
        (("config", "validate"), shapes.ValidShape),
        (("models", "verify"), shapes.VerifyShape),
    ],
)
def test_json_output_fits_its_schema(indexed: Shell, words: tuple[str, ...], shape: type[BaseModel]) -> None:
    done = indexed.run(*words, "--json")
    assert (done.code, done.err) == (0, "")
    jsonschema.validate(done.json, shape.model_json_schema(mode="serialization"))


@pytest.mark.parametrize(
    ("words", "key"),
    [(("stats",), "settings"), (("models", "list"), "models"), (("doctor",), "checks")],
)
def test_the_other_json_objects_are_whole(indexed: Shell, words: tuple[str, ...], key: str) -> None:
    done = indexed.run(*words, "--json")
    assert done.json[key]
    assert done.err == ""


def test_index_counts_what_it_did_and_skips_it_the_next_time(shell: Shell) -> None:
    totals = shell.run("index", "files", "--json").json["totals"]
    assert (totals["files"], totals["indexed"], totals["failed"]) == (3, 3, 0)
    again = shell.run("index", "files")
    assert (again.code, again.err) == (0, "")
    assert "3 files (3 unchanged)" in again.out


def test_one_broken_file_among_good_ones_is_named_and_ends_with_3(shell: Shell) -> None:
    (shell.folder / "files/broken.pdf").write_bytes(b"%PDF-1.7 nothing here")
    done = shell.run("index", "files")
    assert done.code == 3
    assert "failed  files/broken.pdf: " in done.out
    assert "3 indexed, 1 failed" in done.out


@pytest.mark.parametrize(
    "words",
    [
        ("index",),
        ("index", "nowhere"),
        ("search", "  "),
        ("search", "x", "--limit", "0"),
        ("show", "nothing-like-this.md"),
        ("show", "rivers.md", "--page", "9"),
        ("rm", "rivers.md"),
        ("no-such-command",),
    ],
)
def test_wrong_usage_is_2_and_stays_off_stdout(indexed: Shell, words: tuple[str, ...]) -> None:
    done = indexed.run(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("search", "x", "--index", "none"), "There is no index at indexes/none"),
        (("search", "x", "--config", "none.yaml"), "No configuration at none.yaml"),
        (("search", "x", "--config", "fixed.yaml"), "built with other settings"),
        (("eval", "--golden", "none.jsonl"), "No golden questions at none.jsonl"),
    ],
)
def test_an_error_is_one_message_on_stderr_and_1(
    indexed: Shell, words: tuple[str, ...], message: str
) -> None:
    if "fixed.yaml" in words:
        (indexed.folder / "fixed.yaml").write_text("chunker: {type: fixed}\nembedder: {type: hashing}\n")
    done = indexed.run(*words)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert message in done.err


def test_a_wrong_path_does_not_make_an_index(shell: Shell) -> None:
    shell.run("index", "nowhere", "--index", "made")
    assert not (shell.folder / "indexes/made").exists()


def test_ask_quotes_and_cites_and_search_finds(indexed: Shell) -> None:
    answer = indexed.run(*ASK, "--json").json
    assert answer["answer"] == "黄河发源于青海省。"
    citation = answer["sentences"][0]["citations"][0]
    assert CHINESE[citation["start"] : citation["end"]] == citation["quote"]
    assert citation["source"] == "files/rivers.md"
    assert indexed.run(*SEARCH, "--json").json["hits"][0]["source"] == "files/rivers.md"
    shown = indexed.run(*ASK, "--explain")
    assert "files/rivers.md，第 1 页" in shown.out
    assert "bm25 rank" in shown.out


@pytest.mark.parametrize("command", ["ask", "search"])
def test_half_a_character_in_a_question_is_no_fault(indexed: Shell, command: str) -> None:
    done = indexed.run(command, "When was the Humber\udce9 Bridge opened\udcff?", "--json")
    assert (done.code, done.err) == (0, "")
    assert "1981" in done.out


def test_an_unanswerable_question_is_4_only_when_strict(indexed: Shell) -> None:
    question = ("ask", "量子色动力学夸克禁闭?")
    assert indexed.run(*question).code == 0
    strict = indexed.run(*question, "--strict", "--json")
    assert strict.code == 4
    assert strict.json["abstained"]
    assert strict.json["reason"]


def test_piped_output_is_plain_whole_and_as_written(indexed: Shell) -> None:
    listed, shown = indexed.run("list"), indexed.run("show", "emoji.txt", "--page", "1")
    found = indexed.run("search", "smile warning", "--explain")
    for done in (listed, shown, found):
        assert done.code == 0
        assert "\x1b" not in done.out + done.err
    assert f"files/{LONG_NAME}emoji.txt" in listed.out
    assert f"files/{LONG_NAME}emoji.txt" in found.out.splitlines()[0]
    assert shown.out == "Set :smile: to [bold]on[/bold] :warning: now.\n"


def test_rm_asks_and_keeps_what_is_not_confirmed(shell: Shell) -> None:
    shell.run("index", "files")
    assert at_terminal(shell, "rm", "rivers.md", answer="n\n") != 0
    assert "rivers.md" in shell.run("list").out
    assert at_terminal(shell, "rm", "rivers.md", answer="y\n") == 0
    assert "rivers.md" not in shell.run("list").out
    done = shell.run("rm", "bridges.md", "--yes")
    assert (done.code, done.out) == (0, "")
    assert "Undo: ragkit index files/bridges.md" in done.err
    assert (shell.folder / "files/bridges.md").exists()


def test_rm_takes_the_named_path_and_leaves_its_twins(shell: Shell) -> None:
    for name in ("one/a.txt", "two/b.txt", "three/b.txt"):
        (shell.folder / name).parent.mkdir()
        write_old(shell.folder / name, "The same text in each of them.")
    shell.run("index", "one", "two", "three")
    unclear = shell.run("rm", "b.txt", "--yes")
    assert (unclear.code, "fits 2 paths" in unclear.err) == (2, True)
    done = shell.run("rm", "two/b.txt", "three/b.txt", "two/b.txt", "--yes", "--json")
    assert [name.rpartition("/")[2] for name in done.json["removed"]] == ["b.txt", "b.txt"]
    assert "one/a.txt" in " ".join(done.err.split()).partition("The same text stays under ")[2]
    assert shell.run("list", "--json").json["documents"][0]["sources"][0].endswith("one/a.txt")
    assert "Removed 1 document: one/a.txt." in shell.run("rm", "a.txt", "--yes").err
    assert shell.run("list", "--json").json == {"documents": []}


def test_a_folder_that_cannot_be_made_is_one_clear_error(shell: Shell) -> None:
    for place in ("/proc/none/index", "files/bridges.md", "files/bridges.md/index"):
        done = shell.run("index", "files", "--index", place)
        assert (done.code, done.out) == (1, "")
        said = " ".join(done.err.split())
        assert said.startswith(f"error: The index folder {place} cannot be made or read (")
        assert "--index" in said


def at_terminal(shell: Shell, *words: str, answer: str) -> int:
    """The exit code of a command whose standard input is a terminal."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer.encode())
        done = subprocess.run(
            [sys.executable, "-m", "ragkit", *words],
            cwd=shell.folder,
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.stdout.strip() == ""
    assert "Remove files/rivers.md" in done.stderr
    return done.returncode


def test_prune_names_what_it_forgets_and_compact_makes_small(shell: Shell) -> None:
    shell.run("index", "files")
    (shell.folder / "files/rivers.md").unlink()
    assert "1 files are gone from the disk" in shell.run("index", "files").err
    assert "pruned  files/rivers.md" in shell.run("index", "files", "--prune").out
    done = shell.run("compact")
    assert (done.code, done.out) == (0, "")
    assert "indexes/default: " in done.err


def test_rebuild_takes_new_settings_and_all_files(shell: Shell) -> None:
    shell.run("index", "files")
    (shell.folder / "ragkit.yaml").write_text("embedder: {type: hashing, dimension: 32}\n")
    write_old(shell.folder / "more.md", "More words.")
    assert shell.run("index", "more.md").code == 1
    assert shell.run("index", "more.md", "--rebuild").code == 0
    assert len(shell.run("list", "--json").json["documents"]) == 4
    assert shell.run("stats", "--json").json["settings"]["dimension"] == 32
    assert [path.name for path in (shell.folder / "indexes").iterdir()] == ["default"]


def test_config_validate_lists_every_problem(shell: Shell) -> None:
    (shell.folder / "bad.yaml").write_text(
        "embeder: {}\nchunker: {type: marcdown}\nretriever: {type: bm25, k: 1}\n"
    )
    done = shell.run("config", "validate", "bad.yaml")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: bad.yaml has 3 problems:\n")
    for words in (
        "embeder: unknown key (did you mean 'embedder'?)",
        "chunker.type: 'marcdown'",
        "retriever.k",
    ):
        assert words in done.err
    assert shell.run("config", "validate").out == "valid\n"


def test_config_show_prints_what_validate_takes(shell: Shell) -> None:
    for words in (("default",), ("default", "--full"), ()):
        (shell.folder / "shown.yaml").write_text(shell.run("config", "show", *words).out)
        assert shell.run("config", "validate", "shown.yaml").out == "valid\n"
    assert "multilingual" in shell.run("config", "show", "--presets").out


def test_the_printed_schema_takes_the_presets_and_refuses_a_wrong_key(shell: Shell) -> None:
    import yaml

    schema = shell.run("config", "schema").json
    jsonschema.validate(yaml.safe_load(shell.run("config", "show", "accurate").out), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"embeder": {}}, schema)


def test_eval_scores_questions_and_lists_misses(indexed: Shell, tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    golden.write_text(
        '{"id": "1", "language": "zh", "question": "黄河发源于哪个省?", "answers": ["青海省"], '
        '"evidence": [{"source": "rivers.md", "page": 1, "quote": "黄河发源于青海省"}]}\n'
        '{"id": "2", "language": "zh", "question": "长江", "answers": ["x"], '
        '"evidence": [{"source": "bridges.md", "page": 1, "quote": "x"}]}\n',
        encoding="utf-8",
    )
    done = indexed.run("eval", "--golden", str(golden), "--json")
    assert done.json["scores"]["zh"]["Success@1"]["mean"] == 0.5
    assert [row["ranks"] for row in done.json["questions"]] == [[1], [0]]
    assert "1 question with quotes that do not stand in this index (2)" in done.err
    shown = indexed.run("eval", "--golden", str(golden), "--misses", "--save", "a.json")
    assert (shown.code, (indexed.folder / "a.json").is_file()) == (0, True)
    assert "Success@1" in shown.out
    assert "rank -" in shown.out
    assert "长江" in shown.out


def test_eval_fails_where_a_run_is_worse_than_the_one_before_or_under_a_limit(
    indexed: Shell, tmp_path: Path
) -> None:
    golden = tmp_path / "golden.jsonl"
    golden.write_text(
        "".join(
            f'{{"id": "{n}", "question": "黄河发源于哪个省{"?" * n}", '
            '"evidence": [{"source": "rivers.md", "quote": "黄河发源于青海省"}]}\n'
            for n in range(8)
        ),
        encoding="utf-8",
    )
    ask = ("eval", "--golden", str(golden), "--search-only")
    first = indexed.run(*ask, "--save", "main.json", "--fail-under", "RR@10=1")
    assert first.code == 0
    same = indexed.run(*ask, "--baseline", "main.json", "--max-drop", "R@5=0")
    assert (same.code, "passed: nothing is significantly worse" in same.out) == (0, True)
    before = read_run(indexed.folder / "main.json")
    better = [one.model_copy(update={"scores": {**one.scores, "SpanR@5": 1.5}}) for one in before.questions]
    write_run(before.model_copy(update={"questions": tuple(better)}), indexed.folder / "higher.json")
    replaced = indexed.run(*ask, "--baseline", "main.json", "--save", "./main.json")
    assert (replaced.code, "is the baseline" in replaced.err) == (2, True)
    held = indexed.run("eval", "compare", "main.json", "main.json", "--fail-under", "AP=0.5")
    assert (held.code, "'AP' is not measured" in held.err, "--measure" in held.err) == (2, True, False)
    worse = indexed.run(*ask, "--baseline", "higher.json", "--json")
    assert (worse.code, worse.json["passed"]) == (1, False)
    assert "a significant drop" in worse.json["problems"][0]
    assert len(worse.json["worse"]) == 8
    under = indexed.run(*ask, "--measure", "P@3", "--fail-under", "P@3=0.5")
    assert (under.code, "FAILED  P@3 is 0.3333, at least 0.5 was asked for" in under.out) == (1, True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--measure", "nDGC@10"), "Did you mean nDCG@10?"),
        (("--measure", "ndcg@10"), "Did you mean nDCG@10?"),
        (("--search-only", "--measure", "F1"), "F1: measured on answers, and none are asked for"),
        (("--fail-under", "AP=0.5"), "'AP' is not measured"),
        (("--fail-under", "R@5=much"), "a number from 0 to 1 is wanted, as in R@5=0.6"),
        (("--fail-under", "R@5=nan"), "a number from 0 to 1 is wanted"),
        (("--baseline", "x.json", "--max-drop", "R@5=-1"), "as in R@5=0.02"),
        (("--max-drop", "R@5=0.1"), "needs --baseline RUN"),
        (("--save", "."), "is a folder"),
        (("--report", "golden.jsonl/x.html"), "cannot be written"),
        (("--baseline", "none.json"), "There is no stored run at none.json"),
        (("--report", "run.pdf"), "its ending must be"),
        (("--measure", "NumRet"), "There is no measure 'NumRet'"),
        (("--measure", "Accuracy"), "There is no measure 'Accuracy'"),
        (("--save", "golden.jsonl"), "golden.jsonl is there already and no stored run"),
        (("--save", "a.json", "--report", "./a.json"), "a.json is that of --save"),
        (("--baseline", "golden.jsonl"), "golden.jsonl is no stored run"),
    ],
)
def test_eval_says_what_is_wrong_before_it_asks_anything(
    indexed: Shell, given: tuple[str, ...], said: str
) -> None:
    (indexed.folder / "golden.jsonl").write_text('{"id": "1", "question": "长江?"}\n', encoding="utf-8")
    done = indexed.run("eval", "--golden", "golden.jsonl", *given)
    assert (done.code, done.out) == (2, "")
    assert said in " ".join(done.err.replace("│", " ").split())


def test_offline_by_option_or_environment_still_answers(indexed: Shell) -> None:
    assert indexed.run("--offline", *ASK, "--json").json["answer"]
    assert indexed.run(*ASK, "--json", RAGKIT_OFFLINE="1").json["answer"]


def test_doctor_says_what_is_missing_by_its_exit_code(indexed: Shell) -> None:
    done = indexed.run("doctor", "--json")
    assert done.code == (0 if all(check["ok"] for check in done.json["checks"]) else 1)


def test_a_model_without_its_weights_is_an_error_not_a_traceback(indexed: Shell) -> None:
    other = "embedder: {type: hashing}\ngenerator: {type: extractive, model: no-such-model}\n"
    (indexed.folder / "other.yaml").write_text(other)
    done = indexed.run("--offline", "ask", "When was the Humber Bridge opened?", "--config", "other.yaml")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert "no-such-model" in done.err


def test_the_version_is_that_of_the_package(indexed: Shell) -> None:
    from importlib.metadata import version

    assert indexed.run("--version").out == f"ragkit {version('ragkit')}\n"
