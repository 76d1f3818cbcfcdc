"""More work never takes less memory, and sharing it never takes more on a device.

On the processor with glibc's plain heap the gaps are fitted, not derived; the tight heap is held to the rule.
"""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from ragkit.tuning.estimate import Hardware, ModelShape, Plan, estimate, find_hardware
from ragkit.tuning.estimate.arranging import device_bytes, fits, largest_batch
from ragkit.tuning.estimate.plan import Attention, Method, Optimizer, Precision

CARD = find_hardware("A100-80")
CPU = Hardware(name="cpu", memory=24)


@st.composite
def shapes(draw: st.DrawFn) -> ModelShape:
    kv_heads = draw(st.sampled_from([1, 2, 4, 8]))
    heads = kv_heads * draw(st.sampled_from([1, 2, 4, 8]))
    return ModelShape(
        name="drawn",
        layers=draw(st.integers(1, 80)),
        hidden=heads * draw(st.sampled_from([32, 64, 128])),
        heads=heads,
        kv_heads=kv_heads,
        intermediate=draw(st.integers(1, 30_000)),
        vocab=draw(st.integers(1, 200_000)),
        tied=draw(st.booleans()),
        bias=draw(st.booleans()),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    method = draw(st.sampled_from(get_args(Method)))
    hardware = draw(st.sampled_from([CARD, CPU]))
    return Plan(
        shape=draw(shapes()),
        method=method,
        precision=draw(st.sampled_from(get_args(Precision))),
        sequence=draw(st.integers(1, 8192)),
        batch=draw(st.integers(1, 64)),
        accumulation=draw(st.integers(1, 3)),
        optimizer=draw(st.sampled_from(get_args(Optimizer))),
        checkpointing=draw(st.booleans()),
        attention=draw(st.sampled_from(get_args(Attention))),
        rank=draw(st.integers(1, 128)),
        hardware=hardware,
        heap="tight",
    )


def grown(shape: ModelShape, **more: int) -> ModelShape:
    values = {name: getattr(shape, name) for name in ModelShape.__dataclass_fields__}
    return ModelShape(**values | {name: values[name] + count for name, count in more.items()})


@given(plans(), st.integers(1, 64))
def test_more_texts_or_tokens_never_take_less(plan: Plan, more: int) -> None:
    before = device_bytes(plan)
    assert device_bytes(plan.but(batch=plan.batch + more)) >= before
    assert device_bytes(plan.but(sequence=plan.sequence + more)) >= before


@given(plans(), st.integers(1, 8))
def test_a_larger_model_never_takes_less(plan: Plan, more: int) -> None:
    before = device_bytes(plan)
    for name in ("layers", "intermediate", "vocab"):
        assert device_bytes(plan.but(shape=grown(plan.shape, **{name: more}))) >= before
    assert device_bytes(plan.but(rank=plan.rank + more)) >= before


@given(plans())
def test_thrift_never_takes_more(plan: Plan) -> None:
    before = device_bytes(plan)
    if plan.trains:
        assert device_bytes(plan.but(optimizer="sgd")) <= before
        assert device_bytes(plan.but(accumulation=1)) <= before
    if plan.method in ("lora", "dpo-lora", "inference"):
        eight, four = (device_bytes(plan.but(bits=bits)) for bits in (8, 4))
        assert four <= eight


@given(plans(), st.sampled_from([2, 4, 8, 64]))
def test_sharding_never_takes_more_on_a_device(plan: Plan, gpus: int) -> None:
    taken = [
        device_bytes(plan.but(gpus=gpus, sharding=stage)) for stage in ("none", "zero1", "zero2", "zero3")
    ]
    assert taken[0] == device_bytes(plan)
    assert sorted(taken, reverse=True) == taken
    assert all(
        device_bytes(plan.but(gpus=2 * gpus, sharding=stage)) <= one
        for stage, one in zip(("none", "zero1", "zero2", "zero3"), taken, strict=True)
    )


@given(plans(), st.sampled_from([2, 4, 8]))
def test_tensor_parallelism_never_takes_more_on_a_device(plan: Plan, tensor: int) -> None:
    if plan.shape.kv_heads % tensor == 0:
        assert device_bytes(plan.but(gpus=tensor, tensor=tensor)) <= device_bytes(plan) * (1 + 1e-9)


@given(plans())
def test_parts_are_whole_and_the_largest_batch_fits(plan: Plan) -> None:
    found = estimate(plan)
    assert all(part.bytes > 0 and part.formula for part in found.parts)
    assert len({part.name for part in found.parts}) == len(found.parts)
    largest = largest_batch(plan)
    assert largest == 0 or fits(plan.but(batch=largest))
    assert found.fits == (not found.suggestions) or not found.suggestions
    for one in found.suggestions:
        assert plan.hardware and one.bytes <= plan.hardware.bytes
