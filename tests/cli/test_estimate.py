"""`ragkit estimate` by its command."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from conftest import Shell

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/estimate.json").read_text())


def test_how_many_a100s_for_13b(shell: Shell) -> None:
    done = shell.run("estimate", "13B", "--gpu", "A100-80")
    assert done.code == 0, done.err
    for told in ("4 x A100-80", "ZeRO-2", "master weights", "Rajbhandari et al. 2020", "tokens/s", "--batch"):
        assert told in done.out


def test_what_does_not_fit_is_exit_1_with_what_would(shell: Shell) -> None:
    done = shell.run("estimate", "13B", "--gpu", "RTX-4090", "--gpus", "1", "--json")
    assert done.code == 1
    jsonschema.validate(done.json, SCHEMA)
    assert done.json["fits"] is False
    options = [one["options"] for one in done.json["suggestions"]]
    assert "--method qlora" in options
    for option in options:
        again = shell.run("estimate", "13B", "--gpu", "RTX-4090", *option.split(), "--json")
        assert again.code == 0, option
        assert again.json["bytes"] <= 24e9


def test_without_hardware_all_cards_are_compared(shell: Shell) -> None:
    done = shell.run("estimate", "70B", "--method", "qlora", "--json")
    assert done.code == 0
    jsonschema.validate(done.json, SCHEMA)
    assert (done.json["fits"], done.json["memory"]) == (None, None)
    assert {need["hardware"]: need["gpus"] for need in done.json["needs"]}["H100"] == 1
    assert "RTX-4090" in shell.run("estimate", "70B", "--method", "qlora").out


def test_the_parts_make_the_whole(shell: Shell) -> None:
    done = shell.run("estimate", "SmolLM2-135M-Instruct", "--gpu", "cpu", "--memory", "8", "--json")
    jsonschema.validate(done.json, SCHEMA)
    assert sum(part["bytes"] for part in done.json["parts"]) == pytest.approx(done.json["bytes"], abs=20)
    assert done.json["plan"]["precision"] == "fp32"
    assert done.json["speed"] is None  # nothing is measured unasked


def test_a_cpu_is_measured_when_asked_for(shell: Shell) -> None:
    words = ["SmolLM2-135M", "--gpu", "cpu", "--method", "lora", "--tokens", "1000"]
    done = shell.run("estimate", *words, "--memory", "16", "--probe", "--json")
    assert done.code == 0
    assert "measured" in done.err
    assert done.json["speed"]["seconds"] > 0
    assert "--probe" in shell.run("estimate", *words, "--memory", "16").out
    assert shell.run("estimate", "7B", "--gpu", "H100", "--probe").code == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["9B"], 1, "'9B' is not known"),
        (["13B", "--gpu", "A1000"], 1, "No hardware is called 'A1000'"),
        (["13B", "--method", "prefix"], 1, "none of: full, lora, qlora, dpo, dpo-lora, inference"),
        (["13B", "--precision", "fp8"], 1, "none of: fp32, amp, mixed, bf16"),
        (["13B", "--targets", "w1"], 1, "none of: q_proj"),
        (["13B", "--batch", "0"], 2, "--batch"),
        (["nowhere.gguf"], 1, "no file nowhere.gguf"),
        (["files"], 1, "no config.json"),
        (["13B", "--shard", "zero9", "--gpus", "2"], 1, "none of: none, zero1, zero2, zero3"),
    ],
)
def test_bad_input_is_told(shell: Shell, words: list[str], code: int, said: str) -> None:
    done = shell.run("estimate", *words)
    assert done.code == code
    assert said in " ".join(done.err.split())


def test_a_shape_may_be_given(shell: Shell) -> None:
    sizes = ["--layers", "2", "--hidden", "64", "--heads", "4", "--intermediate", "96", "--vocab", "300"]
    done = shell.run("estimate", "mine", *sizes, "--gpu", "T4", "--json")
    assert done.code == 0, done.err
    assert done.json["model"]["parameters"] == 2 * (4 * 64 * 64 + 3 * 64 * 96 + 128) + 2 * 300 * 64 + 64
