"""What a run takes: shapes, formulas by their sources, figures that others published."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.estimate_published import published
from ragkit.errors import ConfigError
from ragkit.tuning.estimate import (
    GB,
    Hardware,
    ModelShape,
    Plan,
    arranged,
    estimate,
    fewest,
    find_hardware,
    find_shape,
    known_hardware,
    known_shapes,
    needs,
    read_shape,
    this_machine,
)
from ragkit.tuning.estimate.speed import flops_per_token
from ragkit.tuning.estimate.weights import trained_parameters


def shape(name: str) -> ModelShape:
    found = find_shape(name)
    assert found is not None
    return found


LLAMA = {"7B": 6_738_415_616, "13B": 13_015_864_320, "70B": 68_976_648_192, "8B": 8_030_261_248}


@pytest.mark.parametrize(("name", "parameters"), LLAMA.items())
def test_parameters_are_those_of_the_published_models(name: str, parameters: int) -> None:
    assert shape(name).parameters == parameters


def test_names_are_found_with_their_publisher_and_in_any_case() -> None:
    assert shape("qwen/qwen2.5-7b").parameters == 7_615_616_512
    assert shape("SmolLM2-135M-Instruct").parameters == 134_515_008
    assert len(known_shapes()) > 20


def test_mixed_precision_takes_sixteen_bytes_a_parameter() -> None:
    found = estimate(Plan(shape=shape("7B")))
    states = sum(
        found.bytes_of(name) for name in ("weights", "gradients", "master weights", "optimizer states")
    )
    assert states == 16 * LLAMA["7B"]


def test_zero_divides_as_in_its_paper() -> None:
    """Rajbhandari et al. 2020, figure 1: 7.5 billion parameters on 64 devices, 120, 31.4, 16.6 and 1.9 GB."""
    model = ModelShape(
        name="7.5B", layers=36, hidden=4096, heads=32, kv_heads=32, intermediate=12032, vocab=1
    )
    whole = ("weights", "gradients", "master weights", "optimizer states")
    wanted = {"none": 120, "zero1": 31.4, "zero2": 16.6, "zero3": 1.9}
    for stage, gigabytes in wanted.items():
        plan = Plan(shape=model, gpus=64, sharding=stage, sequence=1)  # type: ignore[arg-type]  # of the literal's words
        found = estimate(plan)
        bytes_a_parameter = sum(found.bytes_of(name) for name in whole) / model.parameters
        assert bytes_a_parameter * 7.5 == pytest.approx(gigabytes, rel=0.02)


def test_lora_learns_as_many_as_published() -> None:
    """LitGPT's resource tables: 4,194,304 and 6,553,600 for rank 8 on queries and values."""
    for name, count in (("7B", 4_194_304), ("13B", 6_553_600)):
        plan = Plan(shape=shape(name), method="lora", rank=8, targets=("q_proj", "v_proj"))
        assert trained_parameters(plan) == count


@pytest.mark.parametrize("one", published(), ids=lambda one: f"{one.name}, {one.source[:8]}")
def test_published_figures_are_within_a_quarter(one) -> None:  # type: ignore[no-untyped-def]
    found = estimate(one.plan)
    said = found.bytes - (0 if one.overhead else found.bytes_of("overhead"))
    assert said / GB == pytest.approx(one.gigabytes, rel=0.25)


def test_65b_is_tuned_on_one_card_of_48_gigabytes() -> None:
    """Dettmers et al. 2023, abstract."""
    card = Hardware(name="48 GB", memory=48)
    plan = Plan(shape=shape("65B"), method="qlora", sequence=512, rank=64, precision="bf16", hardware=card)
    assert estimate(plan).fits
    assert not estimate(plan.but(bits=16, method="lora")).fits


def test_dpo_keeps_a_reference_unless_it_has_an_adapter() -> None:
    full, adapter = (Plan(shape=shape("1B"), method=method) for method in ("dpo", "dpo-lora"))  # type: ignore[arg-type]
    assert estimate(full).bytes_of("reference model") == estimate(full).bytes_of("weights")
    assert estimate(adapter).bytes_of("reference model") == 0
    assert full.tokens == 2 * Plan(shape=shape("1B")).tokens


def test_the_cache_is_two_numbers_a_layer_and_key() -> None:
    """Llama 2 13B: 800 kB a token (Kwon et al. 2023, section 3)."""
    found = estimate(Plan(shape=shape("13B"), method="inference", sequence=1000))
    assert found.bytes_of("KV cache") / 1000 == 2 * 5120 * 40 * 2


def test_operations_are_six_a_parameter_and_token() -> None:
    plan = Plan(shape=shape("7B"), sequence=1, checkpointing=False)
    assert flops_per_token(plan) == pytest.approx(6 * LLAMA["7B"], rel=0.03)
    frozen = plan.but(method="lora")
    assert flops_per_token(frozen) == pytest.approx(4 * LLAMA["7B"], rel=0.03)
    assert flops_per_token(plan.but(method="inference")) == pytest.approx(2 * LLAMA["7B"], rel=0.03)


def test_13b_takes_four_a100s_and_the_advice_says_so() -> None:
    plan = Plan(shape=shape("13B"), hardware=find_hardware("A100-80"))
    few = fewest(plan)
    assert few and (few.gpus, few.sharding) == (4, "zero2")
    found = estimate(plan)
    assert not found.fits
    assert {"--method lora", "--gpus 4"} <= {one.options for one in found.suggestions}
    for one in found.suggestions:
        assert one.bytes <= 80 * GB


def test_copies_come_before_anything_is_divided() -> None:
    plan = Plan(shape=shape("7B"), method="lora", hardware=find_hardware("A100-80"), gpus=8)
    assert arranged(plan).sharding == "none"
    assert "data parallel" in estimate(arranged(plan)).sharing


def test_what_was_shared_by_hand_is_held_against_the_simplest_way() -> None:
    plan = Plan(shape=shape("8B"), hardware=find_hardware("H100"), gpus=8, sharding="zero3")
    assert "A simpler way fits, too: ZeRO-1" in estimate(plan).why
    assert "With a whole copy it does not fit" in estimate(plan.but(sharding="zero1")).why


def test_changes_together_are_proposed_where_no_single_one_does() -> None:
    plan = Plan(shape=shape("0.5B"), method="dpo", precision="fp32", hardware=Hardware(name="cpu", memory=5))
    (first, *_) = estimate(plan).suggestions
    assert "--method dpo-lora" in first.options and "--sequence" in first.options


def test_a_batch_is_made_of_what_fits() -> None:
    found = estimate(
        Plan(shape=shape("7B"), method="lora", hardware=find_hardware("A100-40")), effective_batch=64
    )
    made = found.batches
    assert made and 1 <= made.batch <= made.largest
    assert made.batch * made.accumulation * made.copies >= 64


def test_every_card_is_compared_and_named() -> None:
    compared = needs(Plan(shape=shape("70B"), method="qlora"))
    assert [need.hardware for need in compared] == list(known_hardware())
    assert all(card.source for card in known_hardware().values())


def test_hardware_that_nobody_knows_is_told_with_what_is_known() -> None:
    with pytest.raises(ConfigError, match=r"'A1000'.*A100-80.*--memory GB"):
        find_hardware("A1000")
    assert find_hardware("cpu").memory >= this_machine(free=True).memory > 0
    assert find_hardware("nvidia a100-40").memory == 40


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": "prefix"}, "'prefix' is none of: full, lora"),
        ({"batch": 0}, "batch: 0 is less than 1"),
        ({"bits": 4}, "cannot be trained"),
        ({"method": "lora", "targets": ("w1",)}, "w1: none of: q_proj"),
        ({"gpus": 6, "tensor": 4}, "cannot be divided"),
        ({"gpus": 64, "pipeline": 64}, "64 stages for 32 layers"),
    ],
)
def test_plans_that_cannot_be_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Plan(shape=shape("7B"), **changes)  # type: ignore[arg-type]  # wrong on purpose


def test_a_shape_is_read_from_a_folder(tmp_path: Path) -> None:
    config = {
        "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "intermediate_size": 96, "vocab_size": 300, "tie_word_embeddings": True, "head_dim": 32,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    found = read_shape(str(tmp_path))
    assert (found.query, found.key, found.tied) == (128, 64, True)
    (tmp_path / "config.json").write_text(json.dumps(config | {"num_experts": 8}))
    with pytest.raises(ConfigError, match="mixture of experts"):
        read_shape(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"no number called num_hidden_layers.*--layers"):
        read_shape(str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ConfigError, match="JSON"):
        read_shape(str(tmp_path))


def test_a_shape_is_read_from_the_head_of_a_gguf_file(tmp_path: Path) -> None:
    def text(word: str) -> bytes:
        return struct.pack("<Q", len(word)) + word.encode()

    counts = {
        "block_count": 2, "embedding_length": 64, "attention.head_count": 4,
        "attention.head_count_kv": 2, "feed_forward_length": 96,
    }  # fmt: skip
    keys = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    for name, count in counts.items():
        keys += text(f"llama.{name}") + struct.pack("<II", 4, count)
    keys += text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 3) + text("a") + text("b") + text("c")
    tensor = text("token_embd.weight") + struct.pack("<IQQIQ", 2, 64, 3, 0, 0)
    file = tmp_path / "tiny.gguf"
    file.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 2 + len(counts)) + keys + tensor)
    found = read_shape(str(file))
    assert (found.layers, found.hidden, found.kv_heads, found.vocab, found.tied) == (2, 64, 2, 3, True)
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(ConfigError, match="damaged"):
        read_shape(str(file))
    file.write_bytes(b"no model")
    with pytest.raises(ConfigError, match="no GGUF file"):
        read_shape(str(file))


def test_a_shape_can_be_given_whole_or_in_part() -> None:
    given = {"layers": 2, "hidden": 64, "heads": 4, "intermediate": 96, "vocab": 300}
    assert read_shape("mine", given).kv_heads == 4
    assert read_shape("7B", {"vocab": 64000}).vocab == 64000
    with pytest.raises(
        ConfigError, match=r"'mine' is not known.*Qwen2.5-7B.*--heads, --intermediate, --vocab"
    ):
        read_shape("mine", {"layers": 2, "hidden": 64})
    with pytest.raises(ConfigError, match="cannot share 3 key-value heads"):
        read_shape("mine", given | {"kv_heads": 3})


def test_it_is_instant_and_loads_no_torch() -> None:
    code = "import sys, ragkit.tuning.estimate; print({'torch', 'transformers', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
