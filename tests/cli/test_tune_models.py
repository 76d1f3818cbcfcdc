"""`ragkit data pairs` and `ragkit tune` of language models by their commands."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import Done, Shell

from tests.unit.tiny_sets import make_set

_LIBRARIES = ("torch", "transformers", "peft", "trl", "datasets")
needs_trl = pytest.mark.skipif(not all(map(find_spec, _LIBRARIES)), reason="ragkit[tune] is not installed")
_QUICK = ["--rank", "4", "--rate", "5e-3", "--accumulate", "2", "--every", "3", "--longest", "1500"]


def tune(shell: Shell, *words: str) -> Done:
    return shell.run("tune", *words, "--model", "model", *_QUICK, "--threads", "1")


@pytest.fixture
def tiny(shell: Shell) -> Shell:
    """A shell with a tiny model, its chain, and pairs for it."""
    from tests.unit.tiny_model import make_model

    make_model(shell.folder / "model")
    make_set(shell.folder / "towns")
    (shell.folder / "local.yaml").write_text("generator: {type: local, model: model}\n", encoding="utf-8")
    sizes = ["--count", "24", "--development", "6", "--test", "6", "--passages", "2"]
    made = shell.run("data", "pairs", "towns", "--out", "pairs", "--chain", "local.yaml", *sizes)
    assert made.code == 0, made.err
    assert "no text is in two parts" in made.out
    assert "written: pairs" in made.out
    return shell


@needs_trl
def test_a_model_is_tuned_shown_compared_merged_and_used(tiny: Shell) -> None:
    done = tune(tiny, "sft", "--data", "pairs", "--out", "runs/sft")
    assert done.code == 0, done.err
    for told in ("parameters learn", "sequences of", "tokens/s", "s left", "MB"):
        assert told in " ".join(done.err.split())
    assert "Warning" not in done.err
    assert "use: --adapter runs/sft/adapter" in done.out
    again = tune(tiny, "sft", "--data", "pairs", "--out", "runs/sft")
    assert (again.code, again.out) == (0, done.out)
    other = tune(tiny, "sft", "--data", "pairs", "--out", "runs/sft", "--seed", "1")
    assert other.code == 1
    assert "seed=0 (now 1)" in " ".join(other.err.split())

    dpo = tune(tiny, "dpo", "--data", "pairs", "--start", "runs/sft", "--out", "runs/dpo")
    assert dpo.code == 0, dpo.err
    listed = tiny.run("tune", "list", "--json").json
    assert [one["run"] for one in listed["runs"]] == ["runs/sft", "runs/dpo"]
    assert "finished" in tiny.run("tune", "list").out
    assert "lora.rank" in tiny.run("tune", "show", "runs/sft").out
    compared = tiny.run("tune", "compare", "runs/sft", "runs/dpo").out
    assert "rate" not in compared
    assert "beta" not in compared
    assert "development_loss" in compared

    merged = tiny.run("tune", "merge", "runs/sft", "--out", "merged", "--json")
    assert (merged.code, json.loads(merged.out)) == (0, {"written": "merged"})
    assert tiny.run("tune", "merge", "runs/sft", "--out", "merged").code == 1
    tiny.run("index", "files", "--config", "local.yaml")
    (tiny.folder / "merged.yaml").write_text("generator: {type: local, model: merged}\n", encoding="utf-8")
    question = ["ask", "--json", "When was the Humber Bridge opened?", "--config"]
    adapted = tiny.run(*question, "local.yaml", "--adapter", "runs/sft/adapter")
    assert adapted.code == 0, adapted.err
    assert tiny.run(*question, "merged.yaml").json["answer"] == adapted.json["answer"]


def test_a_missing_converter_is_told(tiny: Shell) -> None:
    done = tiny.run("tune", "export", "runs/none", "--out", "x.gguf", PATH="/nonexistent")
    assert done.code == 1
    assert "llama.cpp" in done.err


@needs_trl
def test_a_converter_writes_what_it_is_given(tiny: Shell) -> None:
    made = tune(tiny, "sft", "--data", "pairs", "--out", "sft", "--epochs", "0.2", "--json")
    assert made.code == 0
    assert json.loads(made.out)["record"]["status"] == "finished"
    script = tiny.folder / "cpp" / "convert_hf_to_gguf.py"
    script.parent.mkdir()
    script.write_text(
        "import sys, pathlib\n"
        "model, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[3])\n"
        "assert (model / 'model.safetensors').is_file() and sys.argv[5] == 'q8_0'\n"
        "out.write_text('GGUF')\n"
    )
    words = ["tune", "export", "sft", "--out", "tiny.gguf", "--type", "q8_0", "--llama-cpp", "cpp"]
    done = tiny.run(*words)
    assert done.code == 0, done.err
    assert (tiny.folder / "tiny.gguf").read_text() == "GGUF"
    script.write_text("raise SystemExit('no such architecture')")
    (tiny.folder / "tiny.gguf").unlink()
    failed = tiny.run(*words)
    assert failed.code == 1
    assert "no such architecture" in failed.err


def test_settings_for_several_cards_are_written(shell: Shell) -> None:
    done = shell.run("tune", "sft", "--accelerate", "cards", "--cards", "4")
    assert done.code == 0, done.err
    assert "accelerate launch --config_file cards/zero2.yaml -m ragkit tune sft" in done.out
    told = shell.run("tune", "dpo", "--accelerate", "others", "--json")
    assert "others/zero2.yaml" in json.loads(told.out)["written"]
    settings = json.loads((shell.folder / "cards/zero3.json").read_text(encoding="utf-8"))
    assert settings["zero_optimization"]["stage"] == 3
    if find_spec("accelerate"):
        from accelerate.commands.config.config_args import load_config_from_file

        for name, kind in (("ddp", "MULTI_GPU"), ("zero2", "DEEPSPEED"), ("zero3", "DEEPSPEED")):
            read = load_config_from_file(str(shell.folder / f"cards/{name}.yaml"))
            assert (read.num_processes, read.distributed_type.value) == (4, kind)


def test_pairs_of_golden_questions(indexed: Shell, tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    rows = [
        {
            "id": "a", "question": "When was the Humber Bridge opened?", "answers": ["1981"],
            "evidence": [{"source": "bridges.md", "quote": "The Humber Bridge was opened in 1981."}],
        },
        {"id": "b", "question": "Who painted the Humber Bridge?"},
        {
            "id": "c", "question": "黄河发源于哪里？", "answers": ["青海省"],
            "evidence": [{"source": "rivers.md", "quote": "黄河发源于青海省。"}],
        },
    ]  # fmt: skip
    golden.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    pytest.importorskip("transformers")
    from tests.unit.tiny_model import make_model

    make_model(tmp_path / "model")
    chain = tmp_path / "local.yaml"
    chain.write_text(f"generator: {{type: local, model: {tmp_path / 'model'}}}\n", encoding="utf-8")
    words = ["data", "pairs", "--golden", str(golden), "--index", "default", "--chain", str(chain)]
    done = indexed.run(*words, "--out", str(tmp_path / "out"), "--json", "--mix", "answered=2,fooling=1")
    assert done.code == 0, done.err
    files = [tmp_path / "out" / f"{part}.jsonl" for part in ("train", "development", "test")]
    made = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    replies = {one["question"]: one["reply"] for one in made}
    assert replies["When was the Humber Bridge opened?"].startswith("1981 [")
    assert replies["黄河发源于哪里？"].startswith("青海省[")
    assert done.json["leaked"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["data", "pairs"], "--golden"),
        (["data", "pairs", "nowhere"], "qrels.tsv"),
        (["data", "pairs", "nowhere", "--mix", "right=1"], "answered=1"),
        (["tune", "show", "nowhere"], "is no folder of"),
        (["tune", "compare", "one"], "two runs"),
    ],
)
def test_what_cannot_be_done_is_said(shell: Shell, words: list[str], said: str) -> None:
    done = shell.run(*words)
    assert done.code in (1, 2)
    assert said in " ".join(done.err.split())
