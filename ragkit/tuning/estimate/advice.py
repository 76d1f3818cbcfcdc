"""What would fit, and why devices share a run as they do, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ragkit.tuning.estimate.arranging import arranged, device_bytes, fewest, fits
from ragkit.tuning.estimate.cpu import TIGHT
from ragkit.tuning.estimate.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A change that makes the plan fit: in words, the options that ask for it, and bytes a device then."""

    text: str
    options: str
    bytes: float


def suggestions(plan: Plan) -> list[Suggestion]:
    """Changes by which the plan fits its hardware: single ones first, then several together, then devices.

    Empty when it fits already, or without hardware.
    """
    if plan.hardware is None or fits(plan):
        return []
    single = [
        made for text, options, changes in _changes(plan) if (made := _tried(plan, text, options, changes))
    ]
    found = single or list(_together(plan))[:2]
    return found + _devices(plan)


def _changes(plan: Plan) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if plan.trains and not plan.checkpointing:
        yield (
            "gradient checkpointing: layers keep inputs only and compute the rest again, a third slower",
            "--checkpointing",
            {"checkpointing": True},
        )
    if plan.attention == "eager":
        yield "sdpa attention, which never writes the scores down", "--attention sdpa", {"attention": "sdpa"}
    if plan.batch > 1:
        yield (
            f"one sequence at a time, with {plan.batch} accumulated: the same step, in more passes",
            f"--batch 1 --accumulation {plan.batch * plan.accumulation}",
            {"batch": 1, "accumulation": plan.batch * plan.accumulation if plan.trains else 1},
        )
    if plan.trains_all and plan.optimizer == "adamw":
        yield (
            "moments of 8 bits: 2 bytes a parameter, not 8",
            "--optimizer adamw8bit",
            {"optimizer": "adamw8bit"},
        )
    if plan.trains_all:
        method = "dpo-lora" if plan.is_dpo else "lora"
        yield (
            "LoRA: the weights are frozen, an adapter of about 1 % is learnt and has optimizer states",
            f"--method {method}",
            {"method": method},
        )
    if plan.trains and plan.bits > 4 and not plan.on_cpu:
        method = "dpo-lora" if plan.is_dpo else "qlora"
        bits = " --bits 4" if plan.is_dpo else ""
        yield (
            "QLoRA: LoRA on weights of 4 bits",
            f"--method {method}{bits}",
            {"method": method, "bits": 4},
        )
    if not plan.trains and plan.bits > 4 and not plan.on_cpu:
        yield "weights of 8 bits", "--bits 8", {"bits": 8}
        yield "weights of 4 bits", "--bits 4", {"bits": 4}
    if plan.on_cpu and plan.heap == "plain":
        yield f"{TIGHT} in the environment: no gaps, steps take longer", "--heap tight", {"heap": "tight"}
    if plan.sequence > 512:
        half = plan.sequence // 2
        yield f"texts of at most {half} tokens", f"--sequence {half}", {"sequence": half}


def _tried(plan: Plan, text: str, options: str, changes: dict[str, Any]) -> Suggestion | None:
    changed = plan.but(**changes)
    if changed.gpus > 1:
        changed = arranged(changed)
    if not fits(changed):
        return None
    return Suggestion(text=text, options=options, bytes=device_bytes(changed))


def _together(plan: Plan) -> Iterator[Suggestion]:
    """What each change adds to those before it, from where it fits on."""
    texts: list[str] = []
    options: list[str] = []
    changes: dict[str, Any] = {}
    for text, option, change in _changes(plan):
        short = text.partition(":")[0]
        if "--method" in option:  # the last method asked for holds
            kept = [(t, o) for t, o in zip(texts, options, strict=True) if "--method" not in o]
            texts, options = [t for t, _ in kept], [o for _, o in kept]
        if "method" in change and change["method"] != plan.method:  # adapters have no use for small moments
            kept = [(t, o) for t, o in zip(texts, options, strict=True) if "--optimizer" not in o]
            texts, options = [t for t, _ in kept], [o for _, o in kept]
            changes.pop("optimizer", None)
            changes.pop("bits", None)
        texts.append(short)
        options.append(option)
        changes |= change
        if len(texts) > 1 and (made := _tried(plan, " and ".join(texts), " ".join(options), changes)):
            yield made
    for length in (512, 256, 128):
        if length < plan.sequence // 2:
            said = [f"texts of at most {length} tokens", f"--sequence {length}"]
            text, option = " and ".join([*texts[:-1], said[0]]), " ".join([*options[:-1], said[1]])
            if made := _tried(plan, text, option, changes | {"sequence": length}):
                yield made


def _devices(plan: Plan) -> list[Suggestion]:
    if plan.on_cpu or plan.hardware is None:
        return []
    more = fewest(plan)
    if more is None or more.gpus <= plan.gpus:
        return []
    text = f"{more.gpus} x {plan.hardware.name}: {sharing(more)}"
    return [Suggestion(text=text, options=f"--gpus {more.gpus}", bytes=device_bytes(more))]


_STAGES = {
    "zero1": "ZeRO-1 (a part of the optimizer's states; no more is sent than by plain copies)",
    "zero2": "ZeRO-2 (a part of the optimizer's states and of the gradients; no more is sent than by plain "
    "copies)",
    "zero3": "ZeRO-3 or FSDP (a part of everything; weights are gathered layer by layer, which sends half "
    "as much again)",
}


def sharing(plan: Plan) -> str:
    """How the devices share the run, and what that costs (Rajbhandari et al. 2020, section 7)."""
    if plan.gpus == 1:
        return "one device, nothing is shared"
    said = []
    if plan.tensor > 1:
        said.append(
            f"tensor parallel over {plan.tensor} (parts of each matrix; needs a fast link in one machine)"
        )
    if plan.pipeline > 1:
        said.append(
            f"a pipeline of {plan.pipeline} stages (some layers each; little is sent, some wait for others)"
        )
    if plan.copies > 1:
        said.append(_STAGES.get(plan.sharding, "data parallel (a whole copy each, which reads other texts)"))
    return " and ".join(said)


def why(plan: Plan) -> str:
    """When to share what, for this plan: why no simpler way does, or which one would."""
    alone = plan.gpus == 1
    if not fits(plan):
        return "It does not fit one device." if alone else "Even so it does not fit."
    if alone:
        return "It fits one device: more of them, with a copy each, only make it faster."
    simplest = arranged(plan)
    if plan.hardware is None or simplest == plan:
        return _needed(plan)
    return f"A simpler way fits, too: {sharing(simplest)}."


def _needed(plan: Plan) -> str:
    if plan.tensor == plan.pipeline == 1:
        before = {"zero1": "a whole copy", "zero2": "ZeRO-1", "zero3": "ZeRO-2"}.get(plan.sharding)
        if before is None:
            return "A whole copy fits each device, so nothing needs to be divided: each reads other texts."
        return f"With {before} it does not fit; what is divided further costs nothing else but messages."
    divided = "each matrix is divided" if plan.tensor > 1 else "the layers are divided"
    if not plan.trains:
        return f"The weights and the cache do not fit one device, so {divided}."
    return f"With ZeRO-3 alone a device cannot hold its part, so {divided}."
