"""The chains that a sweep tries, checked before anything runs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import islice
from typing import Any

from pydantic import ValidationError

from ragkit.config import Config
from ragkit.config_errors import explain, listed
from ragkit.config_files import missing_files
from ragkit.config_models import unknown_models
from ragkit.errors import ConfigError
from ragkit.evaluation.sweep.space import MOST_COMBINATIONS, Settings, Space

_DRAWS = 200  # for each trial that is wanted, before a space is taken to have no more


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One chain that is tried, and the settings that make it; number 0 is the chain as it was."""

    number: int
    settings: Settings
    config: Config
    start: bool = False

    @cached_property
    def key(self) -> str:
        """The same for the same chain, wherever its index lies."""
        values = self.config.model_dump(mode="json", exclude={"index"})
        return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """What will be tried, the start first, and how many combinations each problem made invalid."""

    trials: tuple[Trial, ...]
    skipped: Mapping[str, int]


def choose_trials(space: Space, *, count: int | None, seed: int, skip_invalid: bool = False) -> Trials:
    """The whole grid, or `count` combinations by chance; equal chains once, the start always.

    More by the same seed begin with those of fewer. Raises `ConfigError` with what makes combinations
    invalid, unless these are to be skipped, and where none is left.
    """
    most = MOST_COMBINATIONS if count is None else count
    combinations: Iterable[Settings] = space.grid() if count is None else space.drawn(seed)
    found: dict[str, Trial] = {}
    skipped: Counter[str] = Counter()
    refused = 0
    for settings in islice(combinations, max(MOST_COMBINATIONS, _DRAWS * most)):
        config = combined(space.chain, settings)
        if isinstance(config, list):
            skipped.update(config)
            refused += not skip_invalid
        else:
            trial = Trial(number=0, settings=settings, config=config)
            found.setdefault(trial.key, trial)
        if len(found) + refused >= most:
            break
    if refused or not found:
        raise ConfigError(_invalid(space.name, skipped))
    return Trials(trials=_numbered(space.chain, found), skipped=skipped)


def _numbered(chain: Config, found: Mapping[str, Trial]) -> tuple[Trial, ...]:
    """The start first, in place of the same chain among the others."""
    start = Trial(number=0, settings={}, config=chain)
    same = found.get(start.key, start)
    others = [one for one in found.values() if one.key != start.key]
    numbered = (replace(one, number=number) for number, one in enumerate(others, start=1))
    return (replace(same, start=True), *numbered)


def _invalid(name: str, problems: Mapping[str, int]) -> str:
    told = [f"{problem} ({_times(count)})" for problem, count in problems.items()]
    return (
        f"{listed(told, name)}\nNothing was run. Mend the space, or leave out the combinations that are "
        "not valid with --skip-invalid."
    )


def _times(count: int) -> str:
    return "in 1 combination" if count == 1 else f"in {count:,} combinations"


def combined(chain: Config, settings: Settings) -> Config | list[str]:
    """The chain with other values, or what is wrong with it, a line each.

    Of a part whose `type` becomes another, the chain's other settings go.
    """
    values = chain.model_dump(mode="json")
    names = sorted(settings, key=lambda name: (name.count("."), not name.endswith(".type")))
    if problems := [said for name in names if (said := _put(values, name, settings[name]))]:
        return problems
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        return explain(error, Config)
    return unknown_models(values) + missing_files(values) or config


def _put(values: dict[str, Any], name: str, value: object) -> str:
    """Changes one value; returns why it cannot, "" where it can."""
    *path, last = name.split(".")
    place = values
    for number, part in enumerate(path, start=1):
        place = place.setdefault(part, {})
        if not isinstance(place, dict):
            return f"{name}: {'.'.join(path[:number])} is one value and has no settings below it"
    if last == "type" and place.get("type") != value:
        place.clear()
    place[last] = deepcopy(value)
    return ""
