"""What a training takes is told before it begins: counted against PyTorch, refused where it does not fit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from ragkit.errors import ConfigError
from ragkit.tuning.estimate import Hardware
from ragkit.tuning.estimate.encoders import (
    encoder_parts,
    encoder_plan,
    encoder_seconds,
    layer_bytes,
    smaller,
)
from ragkit.tuning.estimate.memory import Part
from ragkit.tuning.estimate.shapes import UnknownShape
from ragkit.tuning.runs.costs import Costs, check_fits, usable_bytes

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("dropout", [0.1, 0.0])
def test_layers_keep_what_pytorch_keeps_for_the_backward_pass(attention: str, dropout: float) -> None:
    config = transformers.BertConfig(
        hidden_size=96, num_hidden_layers=3, num_attention_heads=4, intermediate_size=320, vocab_size=100,
        hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout, attn_implementation=attention,
    )  # fmt: skip
    model = transformers.BertModel(config, add_pooling_layer=False).train()
    own = {one.untyped_storage().data_ptr() for one in model.parameters()}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    ids, present = torch.randint(0, 100, (4, 50)), torch.ones(4, 50, dtype=torch.long)
    present[1, 30:] = 0
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(ids, attention_mask=present)
    measured = sum(one.untyped_storage().nbytes() for place, one in kept.items() if place not in own)
    plan = encoder_plan(model, config, [(4, 50)], attention=attention, dropout=dropout > 0.0)
    assert 3 * layer_bytes(plan) == pytest.approx(measured, rel=0.05)  # the rest is around the layers
    assert plan.parameters == plan.learnt == sum(one.numel() for one in model.parameters())


def test_an_encoder_takes_more_for_more_texts_and_says_of_what() -> None:
    config = transformers.BertConfig(
        hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128, vocab_size=50
    )
    model = transformers.BertModel(config)
    small, large = (encoder_parts(encoder_plan(model, config, [(rows, 128)], held=7.0)) for rows in (8, 800))
    assert {one.name: one.bytes for one in small}["libraries and data"] == 7.0
    assert sum(one.bytes for one in large) > sum(one.bytes for one in small)
    assert {"weights", "optimizer states", "activations", "gaps"} <= {one.name for one in large}
    plan = encoder_plan(model, config, [(8, 128)])
    once, twice = (encoder_seconds(plan, [(count, 100)], tflops=1.0) for count in (10, 20))
    assert twice == pytest.approx(2 * once)
    with pytest.raises(UnknownShape, match="num_hidden_layers"):
        encoder_plan(model, transformers.PretrainedConfig(), [(1, 1)])


GB = 1e9


def costs(*, memory: float = 1.0, disk: float = 0.001) -> Costs:
    part = Part(name="weights", bytes=memory * GB, formula="")
    return Costs(
        parts=[part],
        free=2.0 * GB,
        disk=disk * GB,
        seconds=600.0,
        assumed="a pace",
        would=["--batch 1: 0.5 GB"],
    )


def test_costs_are_told_before_a_folder_is_made(tmp_path: Path) -> None:
    lines: list[str] = []
    folder = tmp_path / "a" / "b"
    check_fits(costs, folder, anyway=False, told=lines.append)
    assert lines[0].startswith(
        "memory: about 1.0 GB of 2.0 free (weights 1.0); learning: 10 min in all, if a pace are reached; "
        "disk: up to 0.0 GB of"
    )
    assert not folder.exists()


@pytest.mark.parametrize(
    ("counted", "said"),
    [
        (partial(costs, memory=3.0), r"takes about 3.0 GB. --anyway .*What would fit:\n  --batch 1: 0.5 GB"),
        (
            partial(costs, disk=1e9),
            r"would not fit on the disk: it writes up to .* --out. --anyway begins it",
        ),
    ],
)
def test_what_does_not_fit_is_refused_unless_it_shall_begin(
    counted: Callable[[], Costs], said: str, tmp_path: Path
) -> None:
    lines: list[str] = []
    with pytest.raises(ConfigError, match=said):
        check_fits(counted, tmp_path, anyway=False, told=lines.append)
    check_fits(counted, tmp_path, anyway=True, told=lines.append)
    assert len(lines) == 2


def test_what_a_run_has_written_is_room_that_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "state").write_bytes(bytes(3000))
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=1000))
    check_fits(partial(costs, disk=4000 / GB), tmp_path, anyway=False, told=lambda line: None)
    with pytest.raises(ConfigError, match="on the disk"):
        check_fits(partial(costs, disk=4001 / GB), tmp_path, anyway=False, told=lambda line: None)


def test_a_process_may_have_no_more_than_its_container(monkeypatch: pytest.MonkeyPatch) -> None:
    from ragkit.tuning.runs import costs as module

    monkeypatch.setattr(module, "this_machine", lambda: Hardware(name="cpu", memory=4.0))
    monkeypatch.setattr(module, "process_bytes", lambda: 1.0 * GB)
    assert usable_bytes(Hardware(name="cpu", memory=2.0)) == 3.0 * GB
    assert usable_bytes(Hardware(name="cpu", memory=4.0)) == 4.0 * GB


def test_the_largest_batch_that_fits_reads_as_many_rows_a_step() -> None:
    config = transformers.BertConfig(
        hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128, vocab_size=50
    )
    plan = encoder_plan(transformers.BertModel(config), config, [(32, 100), (64, 100)], held=0.0)
    most = sum(one.bytes for one in encoder_parts(plan)) / 3.0
    found = smaller(plan, 32, 2, most)
    assert found is not None
    less, part = found
    assert sum(one.bytes for one in encoder_parts(less)) <= most
    assert [rows for rows, _ in less.texts] == [part, 2 * part]
    assert less.accumulation * part == 64
    assert smaller(plan, 32, 2, 1.0) is None


def test_what_cannot_be_counted_is_told_and_begins(tmp_path: Path) -> None:
    def unknown() -> Costs:
        raise UnknownShape("a shape that nobody knows")

    lines: list[str] = []
    check_fits(unknown, tmp_path, anyway=False, told=lines.append)
    assert lines == ["memory is not estimated: a shape that nobody knows"]
