"""`ragkit estimate`: what a run takes before it is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.options import JsonOption
from ragkit.cli.output import notice, print_json

if TYPE_CHECKING:
    from ragkit.tuning.estimate import Hardware, Plan

_SHAPE = "Shape"
_HARDWARE = "Hardware"


def estimate(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A name (Qwen2.5-7B), a size (13B), a folder, or a .gguf file."),
    ],
    method: Annotated[
        str, typer.Option("--method", "-m", help="full, lora, qlora, dpo, dpo-lora or inference.")
    ] = "full",
    precision: Annotated[
        str | None,
        typer.Option(
            help="fp32; amp: float32 weights, 16-bit arithmetic; mixed: 16-bit weights, float32 copy in the "
            "optimizer; bf16: 16 bits alone. Default: mixed to train, bf16 for inference, fp32 on cpu."
        ),
    ] = None,
    sequence: Annotated[int, typer.Option(min=1, help="Tokens of a text; of prompt and answer.")] = 2048,
    batch: Annotated[int, typer.Option(min=1, help="Texts (pairs for DPO) a device reads at once.")] = 1,
    accumulation: Annotated[int, typer.Option(min=1, help="Passes before a step of the optimizer.")] = 1,
    effective_batch: Annotated[
        int, typer.Option(min=1, help="Texts of a step, for which a batch is proposed.")
    ] = 32,
    optimizer: Annotated[str, typer.Option(help="adamw, adamw8bit, adafactor or sgd.")] = "adamw",
    checkpointing: Annotated[
        bool, typer.Option(help="Keep the inputs of layers only, and compute the rest again.")
    ] = True,
    attention: Annotated[str, typer.Option(help="sdpa (flash) or eager, which writes scores down.")] = "sdpa",
    bits: Annotated[int | None, typer.Option(help="Bits of frozen weights: 16, 8 or 4.")] = None,
    rank: Annotated[int, typer.Option(min=1, help="LoRA: r.")] = 16,
    targets: Annotated[
        str, typer.Option(metavar="NAMES", help="LoRA: matrices by comma, such as q_proj,v_proj; or all.")
    ] = "all",
    gpu: Annotated[
        str | None,
        typer.Option("--gpu", help="A100-80, H100, L40S, RTX-4090, T4 ..., or cpu. Default: compare all."),
    ] = None,
    gpus: Annotated[int | None, typer.Option(min=1, help="How many. Default: as few as hold it.")] = None,
    memory: Annotated[
        float | None, typer.Option(min=0.1, help="GB of one device, instead of its own.")
    ] = None,
    shard: Annotated[
        str, typer.Option(help="none, zero1, zero2, zero3, or auto: the simplest that fits.")
    ] = "auto",
    tensor: Annotated[int, typer.Option(min=1, help="Devices that divide each matrix.")] = 1,
    pipeline: Annotated[int, typer.Option(min=1, help="Devices that divide the layers.")] = 1,
    heap: Annotated[
        str, typer.Option(help="cpu: plain, or tight for MALLOC_MMAP_THRESHOLD_=262144.")
    ] = "plain",
    tokens: Annotated[
        float, typer.Option(min=0, help="Tokens to train on or to write, to tell how long it takes.")
    ] = 0.0,
    utilisation: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Share of the rated TFLOP/s that is reached: assumed.")
    ] = 0.4,
    tflops: Annotated[
        float | None, typer.Option(min=0.001, help="TFLOP/s of one device, instead of the data sheet's.")
    ] = None,
    probe: Annotated[
        bool, typer.Option("--probe", help="cpu: measure its TFLOP/s with half a second of products.")
    ] = False,
    layers: Annotated[int | None, typer.Option(min=1, rich_help_panel=_SHAPE)] = None,
    hidden: Annotated[int | None, typer.Option(min=1, rich_help_panel=_SHAPE)] = None,
    heads: Annotated[int | None, typer.Option(min=1, rich_help_panel=_SHAPE)] = None,
    kv_heads: Annotated[int | None, typer.Option(min=1, rich_help_panel=_SHAPE)] = None,
    intermediate: Annotated[int | None, typer.Option(min=1, rich_help_panel=_SHAPE)] = None,
    vocab: Annotated[int | None, typer.Option(min=1, rich_help_panel=_SHAPE)] = None,
    json: JsonOption = False,
) -> None:
    """Say what training or running a model takes: memory part by part, devices, batch, time.

    Nothing is loaded or measured: it is arithmetic on the shape, each line with its formula and source.
    Exit code 1 if it does not fit the given devices, with what would.

    Examples:

        ragkit estimate 13B --gpu A100-80

        ragkit estimate 13B --method qlora --gpu RTX-4090 --gpus 1 --sequence 1024

        ragkit estimate SmolLM2-135M-Instruct --method lora --gpu cpu --probe --tokens 1e6

        ragkit estimate 70B --method inference --sequence 8192 --batch 16

        ragkit estimate mine --layers 24 --hidden 2048 --heads 16 --intermediate 5632 --vocab 32000
    """
    from ragkit.cli.estimate_shapes import estimate_shape
    from ragkit.cli.estimate_told import print_estimate
    from ragkit.tuning.estimate import ALL_LINEARS, Plan, needs, read_shape
    from ragkit.tuning.estimate import estimate as estimated

    shape = read_shape(
        model,
        {
            "layers": layers,
            "hidden": hidden,
            "heads": heads,
            "kv_heads": kv_heads,
            "intermediate": intermediate,
            "vocab": vocab,
        },
    )
    hardware = _hardware(gpu, memory)
    settings: dict[str, Any] = {
        "precision": precision or _usual_precision(method, hardware),
        "method": method,
        "optimizer": optimizer,
        "attention": attention,
        "heap": heap,
        "sequence": sequence,
        "batch": batch,
        "accumulation": accumulation,
        "checkpointing": checkpointing and method != "inference",
        "bits": bits or 0,
        "rank": rank,
        "targets": ALL_LINEARS if targets == "all" else tuple(targets.split(",")),
    }
    plan = _shared(Plan(shape=shape, hardware=hardware, **settings), gpus, shard, tensor, pipeline)
    rate = _rate(tflops, probe, plan)
    found = estimated(
        plan, effective_batch=effective_batch, tflops=rate, utilisation=utilisation, tokens=tokens
    )
    compared = needs(plan) if hardware is None else []
    if json:
        print_json(estimate_shape(found, compared, effective_batch))
    else:
        print_estimate(found, compared, effective_batch)
    if not found.fits:
        raise typer.Exit(1)


def _hardware(gpu: str | None, memory: float | None) -> Hardware | None:
    from dataclasses import replace

    from ragkit.tuning.estimate import Hardware, find_hardware

    if gpu is None:
        return Hardware(name=f"{memory:g} GB", memory=memory) if memory else None
    found = find_hardware(gpu)
    return replace(found, memory=memory) if memory else found


def _usual_precision(method: str, hardware: Hardware | None) -> str:
    if hardware and hardware.is_cpu:
        return "fp32"
    return "bf16" if method == "inference" else "mixed"


def _shared(plan: Plan, gpus: int | None, shard: str, tensor: int, pipeline: int) -> Plan:
    """The plan on its devices: as asked for, or in the simplest way that fits."""
    from ragkit.tuning.estimate import arranged, fewest

    by_hand = tensor > 1 or pipeline > 1 or shard != "auto"
    if by_hand:
        count = gpus or tensor * pipeline
        sharding = "none" if shard == "auto" else shard
        return plan.but(gpus=count, sharding=sharding, tensor=tensor, pipeline=pipeline)
    if plan.hardware is None:
        return plan.but(gpus=gpus or 1)
    if plan.hardware.is_cpu:
        if gpus and gpus > 1:
            raise typer.BadParameter("there is one cpu; name a card to share the work among several")
        return plan
    if gpus is None:
        return fewest(plan) or plan
    return arranged(plan.but(gpus=gpus))


def _rate(tflops: float | None, probe: bool, plan: Plan) -> float:
    """TFLOP/s of one device as given or, if asked for, measured; 0 where the data sheet's is used."""
    from ragkit.tuning.estimate import probe as measured

    if tflops:
        return tflops
    if not probe:
        return 0.0
    if not plan.on_cpu:
        raise typer.BadParameter("--probe measures this processor: it needs --gpu cpu")
    rate = measured()
    notice(f"measured: {rate:.3f} TFLOP/s of float32 matrix products")
    return rate
