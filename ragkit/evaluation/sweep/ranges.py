"""What a setting may be: listed values, or a range of numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, ValidationError
from pydantic import model_validator as validated

_EXAMPLE = "'chunker.size: [200, 300, 400]' or 'chunker.size: {low: 100, high: 600, step: 50}'"
_Number = StrictInt | StrictFloat


@dataclass(frozen=True, slots=True)
class Choices:
    """Values that are listed."""

    values: tuple[object, ...]

    @property
    def count(self) -> int | None:
        """How many there are."""
        return len(self.values)

    def listed(self) -> tuple[object, ...]:
        """The values."""
        return self.values

    def draw(self, chance: random.Random) -> object:
        """One of them by chance."""
        return chance.choice(self.values)


class Range(BaseModel):
    """Numbers from `low` to `high`, both included: in steps, evenly, or evenly by their logarithms.

    Whole numbers where `low`, `high` and `step` are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: _Number
    high: _Number
    step: _Number | None = Field(default=None, gt=0)
    log: StrictBool = False

    @validated(mode="after")
    def _check(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low ({self.low}) must be below high ({self.high})")
        if self.log and (self.step is not None or self.low <= 0):
            raise ValueError("log goes without step, and with a low above 0")
        return self

    @property
    def count(self) -> int | None:
        """How many there are; None without steps."""
        return None if self.step is None else math.floor((self.high - self.low) / self.step + 1e-9) + 1

    def listed(self) -> tuple[object, ...]:
        """The values of a range in steps; none without."""
        return tuple(self._at(place) for place in range(self.count or 0))

    def draw(self, chance: random.Random) -> object:
        """One of them by chance, with four digits where there are no steps."""
        if self.count is not None:
            return self._at(chance.randrange(self.count))
        if self.log:
            drawn = math.exp(chance.uniform(math.log(self.low), math.log(self.high)))
        else:
            drawn = chance.uniform(self.low, self.high)
        return self._number(drawn if self._whole else float(f"{drawn:.4g}"))

    def _at(self, place: int) -> object:
        return self._number(self.low + place * (self.step or 0))

    @property
    def _whole(self) -> bool:
        return all(isinstance(one, int) for one in (self.low, self.high, self.step or 1))

    def _number(self, value: float) -> object:
        within = min(self.high, max(self.low, value))
        return round(within) if self._whole else round(float(within), 10)


def read_values(value: object) -> Choices | Range | str:
    """What a setting may be, or what is wrong with it."""
    if isinstance(value, list):
        return Choices(tuple(value)) if value else "the list is empty"
    if not (isinstance(value, Mapping) and {"low", "high"} & set(value)):
        return f"{value!r:.60} is no list and no range; write {_EXAMPLE}"
    try:
        return Range.model_validate(value)
    except ValidationError as error:
        return "; ".join(_problem(value, details["loc"], details["msg"]) for details in error.errors())


def _problem(value: Mapping[object, object], place: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    if not place:
        return said
    if place[0] not in Range.model_fields:
        return f"unknown key {str(place[0])!r}; valid: {', '.join(Range.model_fields)}"
    return f"{place[0]}: {value.get(place[0])!r:.60} is not valid: {said}"
