"""The question and its answer: whether a run fits, with what batch, how fast, and what to change."""

from __future__ import annotations

from dataclasses import dataclass

from ragkit.tuning.estimate.advice import Suggestion, sharing, suggestions, why
from ragkit.tuning.estimate.arranging import fewest, fits, largest_batch
from ragkit.tuning.estimate.hardware import known_hardware
from ragkit.tuning.estimate.memory import Part, parts, peak
from ragkit.tuning.estimate.plan import Plan
from ragkit.tuning.estimate.speed import UTILISATION, Speed, speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """The largest batch of a device, and an effective batch made of it: batch x accumulation x copies."""

    largest: int
    batch: int
    accumulation: int
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one kind of card takes to hold the run: None where no number of them does."""

    hardware: str
    plan: Plan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a plan takes on its fullest device, in bytes, and what follows.

    `moment` is when the most is in memory; `batches` and `speed` are None where there is no hardware, or
    nobody knows its speed; `suggestions` are empty where the plan fits.
    """

    plan: Plan
    parts: tuple[Part, ...]
    moment: str
    fits: bool
    batches: Batches | None
    speed: Speed | None
    suggestions: tuple[Suggestion, ...]
    sharing: str
    why: str

    @property
    def bytes(self) -> float:
        """All parts together."""
        return sum(part.bytes for part in self.parts)

    def bytes_of(self, name: str) -> float:
        """Bytes of the part called `name`; 0 where there is none."""
        return sum(part.bytes for part in self.parts if part.name == name)


def estimate(
    plan: Plan,
    *,
    effective_batch: int = 32,
    tflops: float = 0.0,
    utilisation: float = UTILISATION,
    tokens: float = 0.0,
) -> Estimate:
    """What the plan takes: pure arithmetic on its shape, in milliseconds and without torch.

    `effective_batch` counts the sequences (pairs) of an optimizer's step; `tflops` is the rate of one device
    where it is not known, `utilisation` the share of it that is reached, `tokens` how many to time.
    """
    return Estimate(
        plan=plan,
        parts=tuple(parts(plan)),
        moment=peak(plan).moment,
        fits=fits(plan),
        batches=_batches(plan, effective_batch) if plan.hardware else None,
        speed=speed(plan, tflops=tflops, utilisation=utilisation, tokens=tokens),
        suggestions=tuple(suggestions(plan)),
        sharing=sharing(plan),
        why=why(plan),
    )


def needs(plan: Plan) -> list[Need]:
    """The fewest of each known card that hold the run, each shared in the simplest way that fits."""
    return [
        Need(hardware=name, plan=fewest(plan.but(hardware=card))) for name, card in known_hardware().items()
    ]


def _batches(plan: Plan, effective: int) -> Batches:
    largest = largest_batch(plan)
    if not plan.trains:
        return Batches(largest=largest, batch=largest, accumulation=1, copies=plan.copies)
    each = -(-effective // plan.copies)
    if largest < each and not plan.accumulates:  # gradients are kept between passes then
        largest = min(largest, max(largest_batch(plan.but(accumulation=2)), min(largest, 1)))
    passes = -(-each // max(min(largest, each), 1))
    batch = -(-each // passes)  # evenly, which may need less than the largest
    return Batches(largest=largest, batch=batch if largest else 0, accumulation=passes, copies=plan.copies)
