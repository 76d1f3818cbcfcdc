"""The JSON of `ragkit estimate`."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.cli.shapes import Shape
from ragkit.tuning.estimate import Estimate, Need, Plan


class ModelPartShape(Shape):
    name: str
    parameters: int
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head: int
    intermediate: int
    vocab: int
    tied: bool
    source: str


class PlanShape(Shape):
    method: str
    precision: str
    sequence: int
    batch: int
    accumulation: int
    optimizer: str
    checkpointing: bool
    attention: str
    bits: int
    rank: int | None
    targets: list[str]
    hardware: str | None
    gpus: int
    sharding: str
    tensor: int
    pipeline: int
    copies: int
    heap: str | None


class PartShape(Shape):
    name: str
    bytes: int
    formula: str
    source: str


class BatchShape(Shape):
    effective: int
    largest: int
    batch: int
    accumulation: int
    copies: int


class SpeedShape(Shape):
    tokens_per_second: float
    reading_tokens_per_second: float | None
    flops_per_token: float
    seconds: float | None
    assumed: str


class SuggestionShape(Shape):
    text: str
    options: str
    bytes: int


class NeedShape(Shape):
    hardware: str
    gpus: int | None
    sharding: str | None
    tensor: int | None
    pipeline: int | None


class EstimateShape(Shape):
    """What one device takes; `fits` is null where no hardware was named."""

    model: ModelPartShape
    plan: PlanShape
    parts: list[PartShape]
    bytes: int
    moment: str
    memory: int | None
    fits: bool | None
    sharing: str
    why: str
    batch: BatchShape | None
    speed: SpeedShape | None
    suggestions: list[SuggestionShape]
    needs: list[NeedShape]


def estimate_shape(found: Estimate, needs: Sequence[Need], effective_batch: int) -> EstimateShape:
    """The estimate, and what each kind of card would take where they are compared."""
    plan = found.plan
    return EstimateShape(
        model=ModelPartShape(
            parameters=plan.shape.parameters,
            **{
                name: getattr(plan.shape, name)
                for name in ModelPartShape.model_fields
                if name != "parameters"
            },
        ),
        plan=_plan(plan),
        parts=[
            PartShape(name=part.name, bytes=round(part.bytes), formula=part.formula, source=part.source)
            for part in found.parts
        ],
        bytes=round(found.bytes),
        moment=found.moment,
        memory=round(plan.hardware.bytes) if plan.hardware else None,
        fits=found.fits if plan.hardware else None,
        sharing=found.sharing,
        why=found.why,
        batch=_batch(found, effective_batch),
        speed=_speed(found),
        suggestions=[
            SuggestionShape(text=one.text, options=one.options, bytes=round(one.bytes))
            for one in found.suggestions
        ],
        needs=[_need(need) for need in needs],
    )


def _plan(plan: Plan) -> PlanShape:
    adapts = plan.trains and not plan.trains_all
    own = ("rank", "targets", "hardware", "heap")
    return PlanShape(
        **{name: getattr(plan, name) for name in PlanShape.model_fields if name not in own},
        rank=plan.rank if adapts else None,
        targets=list(plan.targets) if adapts else [],
        hardware=plan.hardware.name if plan.hardware else None,
        heap=plan.heap if plan.on_cpu else None,
    )


def _batch(found: Estimate, effective: int) -> BatchShape | None:
    if found.batches is None:
        return None
    names = ("largest", "batch", "accumulation", "copies")
    return BatchShape(effective=effective, **{name: getattr(found.batches, name) for name in names})


def _speed(found: Estimate) -> SpeedShape | None:
    if found.speed is None:
        return None
    return SpeedShape(
        tokens_per_second=found.speed.tokens_per_second,
        reading_tokens_per_second=found.speed.reading or None,
        flops_per_token=found.speed.flops_per_token,
        seconds=found.speed.seconds,
        assumed=found.speed.assumed,
    )


def _need(need: Need) -> NeedShape:
    plan = need.plan
    if plan is None:
        return NeedShape(hardware=need.hardware, gpus=None, sharding=None, tensor=None, pipeline=None)
    names = ("gpus", "sharding", "tensor", "pipeline")
    return NeedShape(hardware=need.hardware, **{name: getattr(plan, name) for name in names})
