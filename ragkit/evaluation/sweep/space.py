"""The space of a sweep: the chain it starts from, and the values that settings may take."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import yaml

from ragkit.config import Config, load_config, parse_config
from ragkit.config_errors import listed
from ragkit.config_models import did_you_mean
from ragkit.config_reading import read_values as read_yaml
from ragkit.errors import ConfigError
from ragkit.evaluation.sweep.ranges import Choices, Range, read_values

MOST_COMBINATIONS = 10_000
_KEYS = ("chain", "space")
_FIXED = {
    "index": "the sweep makes an index for each way of indexing",
    "offline": "it holds for the whole process; write it under chain:",
}

Settings = Mapping[str, object]
"""Values by dotted names, such as {"chunker.size": 300}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Where a sweep looks. `name` stands for it in errors."""

    name: str
    chain: Config
    settings: Mapping[str, Choices | Range]

    def size(self) -> int | None:
        """How many combinations there are; None where a range without steps has no end of them."""
        counts = [one.count for one in self.settings.values()]
        return None if None in counts else math.prod(filter(None, counts))

    def grid(self) -> list[Settings]:
        """Every combination. Raises `ConfigError` for ranges without steps, and for too many."""
        size = self.size()
        if size is None:
            endless = ", ".join(name for name, one in self.settings.items() if one.count is None)
            raise ConfigError(
                f"{self.name}: {endless} has no steps, so there is no grid. Give it a step or a list, "
                "or draw combinations by chance with --trials 20."
            )
        if size > MOST_COMBINATIONS:
            raise ConfigError(
                f"{self.name} has {size:,} combinations, and a grid at most {MOST_COMBINATIONS:,}. "
                "List fewer values, or draw some of them by chance with --trials 50."
            )
        values = [one.listed() for one in self.settings.values()]
        return [dict(zip(self.settings, one, strict=True)) for one in product(*values)]

    def drawn(self, seed: int) -> Iterator[Settings]:
        """Combinations by chance, the same for the same seed; each once where there are not too many."""
        chance = random.Random(seed)
        size = self.size()
        if size is not None and size <= MOST_COMBINATIONS:
            whole = self.grid()
            chance.shuffle(whole)
            yield from whole
            return
        while True:
            yield {name: one.draw(chance) for name, one in self.settings.items()}


def read_space(path: Path) -> Space:
    """The space in a YAML file: `chain` (a preset, a YAML file, or settings) and `space`.

    Raises `ConfigError` with every problem, its place and what would be valid.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise ConfigError(
            f"No space at {path}: {reason}. Give a YAML file with chain: and space:."
        ) from error
    return parse_space(text, name=str(path))


def parse_space(text: str, *, name: str) -> Space:
    """As `read_space`, of a text; `name` stands for it in errors."""
    values, problems = read_yaml(text, name)
    for key in map(str, values):
        if key not in _KEYS:
            problems.append(f"{key}: unknown key{did_you_mean(key, _KEYS)}; valid: {', '.join(_KEYS)}")
    settings, wrong = _settings(values.get("space"))
    if problems := problems + wrong:
        raise ConfigError(listed(problems, name))
    return Space(name=name, chain=_chain(values.get("chain", "default"), name), settings=settings)


def _chain(value: object, name: str) -> Config:
    if isinstance(value, str):
        return load_config(value)
    if isinstance(value, dict):
        return parse_config(yaml.safe_dump(value), name=f"{name}, chain")
    raise ConfigError(f"{name}: chain must be a preset, a YAML file or settings, not {value!r:.80}")


def _settings(value: object) -> tuple[dict[str, Choices | Range], list[str]]:
    if not isinstance(value, dict) or not value:
        return {}, [f"space: {value!r:.60} is not like 'space: {{chunker.size: [200, 300]}}'"]
    found: dict[str, Choices | Range] = {}
    problems: list[str] = []
    for name, values in value.items():
        reason = _FIXED.get(str(name))
        read = f"cannot be searched: {reason}" if reason else read_values(values)
        if isinstance(read, str):
            problems.append(f"space.{name}: {read}")
        else:
            found[str(name)] = read
    return found, problems
