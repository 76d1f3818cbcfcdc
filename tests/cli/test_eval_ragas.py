"""`ragkit eval ragas` with a judge behind a real server on loopback."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import pytest
from judge_server import BRIDGE, RIVER, JudgeServer, has_a_fault, judging
from typer.testing import CliRunner, Result

pytest.importorskip("ragas", reason="ragkit[ragas] is not installed")
pytest.importorskip("openai", reason="the client of OpenAI is not installed")

from ragkit.cli.app import app
from ragkit.config import parse_config

CHAIN = """
embedder: {type: hashing}
retriever: {type: bm25}
abstention: {type: never}
verifier: {type: lexical}
generator:
"""
QUESTIONS = [
    {"id": "en-1", "question": "When was the Humber Bridge opened?", "answers": ["opened in 1981"]},
    {"id": "zh-1", "question": "长江有多长？", "answers": ["六千三百公里"]},
]


@pytest.fixture(scope="module")
def right() -> Iterator[JudgeServer]:
    """A judge who does nothing wrong."""
    with judging() as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, right: JudgeServer) -> Path:
    """An index of two files, golden questions about them, and a chain that needs no model of this machine."""
    made = tmp_path_factory.mktemp("judged")
    (made / "files").mkdir()
    (made / "files/bridges.md").write_text(f"# Bridges\n\n{BRIDGE}\n", encoding="utf-8")
    (made / "files/rivers.md").write_text(f"# 河流\n\n{RIVER}\n", encoding="utf-8")
    chain = f"{CHAIN}{indent(right.settings, '  ')}"
    (made / "ragkit.yaml").write_text(chain, encoding="utf-8")
    lines = (json.dumps(one, ensure_ascii=False) for one in QUESTIONS)
    (made / "golden.jsonl").write_text("\n".join(lines), encoding="utf-8")
    parse_config(f"{chain}\nindex: {made}/indexes/default", name="chain").build_ingest().run([made / "files"])
    return made


def run(folder: Path, *words: str) -> Result:
    here = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(app, ["eval", "ragas", "--golden", "golden.jsonl", *words])
    finally:
        os.chdir(here)


def test_the_command_prints_what_was_judged_and_where_texts_go(folder: Path, right: JudgeServer) -> None:
    done = run(folder, "--save", "judged.json")
    assert done.exit_code == 0
    assert "faithfulness by gpt-4.1-mini against the verifier's" in done.stdout
    assert "gpt-4.1-mini at 127.0.0.1 judges 2 questions" in done.stderr
    assert "prompts for zh: instructions and examples in Chinese" in done.stderr
    stored = json.loads((folder / "judged.json").read_text(encoding="utf-8"))
    assert [one["id"] for one in stored["answers"]] == ["en-1", "zh-1"]
    assert BRIDGE in stored["answers"][0]["contexts"][0]


def test_the_command_prints_one_json_object(folder: Path, right: JudgeServer) -> None:
    done = run(folder, "--json", "--metric", "faithfulness", "--metric", "context_recall")
    told = json.loads(done.stdout)
    assert told["counts"]["faithfulness"] == {"judged": 2, "skipped": 0, "failed": 0}
    assert told["scores"]["zh"]["faithfulness"]["mean"] == 1.0
    assert told["agreement"][0]["both"] == 1
    assert told["requests"] == 6


def test_the_exit_code_tells_whether_some_or_all_failed(folder: Path) -> None:
    faithfulness = ("--metric", "faithfulness")
    with judging(Humber=has_a_fault) as server:
        (folder / "judge.yaml").write_text(server.settings, encoding="utf-8")
        some = run(folder, "--judge", "judge.yaml", *faithfulness)
    with judging(Humber=has_a_fault, 长江=has_a_fault) as server:
        (folder / "judge.yaml").write_text(server.settings, encoding="utf-8")
        whole = run(folder, "--judge", "judge.yaml", *faithfulness, "--json")
    assert (some.exit_code, whole.exit_code) == (3, 1)
    assert "1 could not be judged, and are in no mean: 1 server" in some.stdout
    assert "en-1" in some.stdout
    assert "NaN" not in whole.stdout
    assert json.loads(whole.stdout)["scores"] == {"en": {}, "zh": {}, "all": {}}
