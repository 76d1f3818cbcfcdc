"""What `ragkit estimate` tells: a table of the memory, and in words what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ragkit.cli.output import out

if TYPE_CHECKING:
    from rich.table import Table

    from ragkit.tuning.estimate import Estimate, Need, Plan

_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_TIMES = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))


def print_estimate(found: Estimate, needs: Sequence[Need], effective_batch: int) -> None:
    """The table, the devices, the batch, the time, and what would fit."""
    console = out()
    console.print(_title(found.plan), markup=False)
    console.print(_parts(found))
    for line in _lines(found, effective_batch):
        console.print(line, markup=False)
    if needs:
        console.print(_needs(needs))


def size(count: float) -> str:
    """Bytes as people read them, in units of a thousand."""
    unit, name = next(((unit, name) for unit, name in _UNITS if count >= unit), (1.0, "bytes"))
    return f"{count / unit:.3g} {name}" if count < 999.5 * unit else f"{count / unit:,.0f} {name}"


def _title(plan: Plan) -> str:
    shape = plan.shape
    said = f"{shape.name}: {shape.parameters / 1e9:.3g} billion parameters, {plan.method}, {plan.precision}"
    said += f", {plan.sequence} tokens x {plan.batch} {'pairs' if plan.is_dpo else 'texts'}"
    if plan.trains:
        said += f", {plan.optimizer}, {'with' if plan.checkpointing else 'without'} checkpointing"
    return said


def _parts(found: Estimate) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("memory of one device")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("formula")
    table.add_column("source")
    for part in found.parts:
        table.add_row(part.name, size(part.bytes), part.formula, part.source)
    table.add_section()
    table.add_row("all", size(found.bytes), f"most at {found.moment}")
    return table


def _lines(found: Estimate, effective_batch: int) -> Iterator[str]:
    plan = found.plan
    if plan.hardware:
        verdict = "fits" if found.fits else "does not fit"
        where = "this machine" if plan.on_cpu else f"{plan.gpus} x {plan.hardware.name}"
        yield f"{verdict}: {where} of {plan.hardware.memory:.3g} GB, {found.sharing}. {found.why}"
    if plan.hardware and not plan.hardware.bfloat16 and plan.precision != "fp32":
        scaled = ", whose loss has to be scaled" if plan.trains else ""
        yield f"{plan.hardware.name} has no bfloat16: 16 bits are float16{scaled}"
    if found.batches and found.batches.largest:
        yield _batch(found, effective_batch)
    if found.speed:
        yield _speed(found)
    elif plan.on_cpu:
        yield "time: unknown for a cpu; --probe measures it for half a second, --tflops says it"
    if found.suggestions:
        yield "what would fit:"
        for one in found.suggestions:
            yield f"  {one.options}  ({size(one.bytes)}): {one.text}"
    elif not found.fits:
        yield "nothing known makes it fit: choose a smaller model or shorter texts"


def _batch(found: Estimate, effective: int) -> str:
    made, unit = found.batches, "pairs" if found.plan.is_dpo else "texts"
    assert made is not None
    if not found.plan.trains:
        return f"batch: up to {made.largest} texts of {found.plan.sequence} tokens at once on each copy"
    said = f"batch: up to {made.largest} {unit} at once; a step on {effective}: --batch {made.batch} "
    said += f"--accumulation {made.accumulation}"
    return said + (f" on each of {made.copies} copies" if made.copies > 1 else "")


def _speed(found: Estimate) -> str:
    speed = found.speed
    assert speed is not None
    doing = "trained on" if found.plan.trains else "written"
    said = f"time: about {speed.tokens_per_second:,.0f} tokens/s {doing}"
    if speed.reading:
        said += f", {speed.reading:,.0f} tokens/s of prompts read"
    if speed.seconds is not None:
        said += f"; {_duration(speed.seconds)} for those asked for"
    return f"{said}; assumed: {speed.assumed}, {speed.flops_per_token:.3g} FLOPs a token"


def _duration(seconds: float) -> str:
    unit, name = next(((unit, name) for unit, name in _TIMES if seconds >= unit), (1, "seconds"))
    return f"{seconds / unit:.3g} {name}"


def _needs(needs: Sequence[Need]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("on")
    table.add_column("devices", justify="right")
    table.add_column("shared by")
    for need in needs:
        plan = need.plan
        table.add_row(
            need.hardware, str(plan.gpus) if plan else "-", _short(plan) if plan else "nothing known holds it"
        )
    return table


def _short(plan: Plan) -> str:
    if plan.gpus == 1:
        return "nothing, it fits one"
    said = [f"tensor {plan.tensor}"] if plan.tensor > 1 else []
    said += [f"pipeline {plan.pipeline}"] if plan.pipeline > 1 else []
    names = {"none": "data parallel", "zero1": "ZeRO-1", "zero2": "ZeRO-2", "zero3": "ZeRO-3"}
    if plan.copies > 1:
        said.append(f"{names[plan.sharding]} over {plan.copies}")
    return ", ".join(said)
