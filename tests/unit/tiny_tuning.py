"""Pairs about invented towns and an order to tune the tiny model on them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ragkit.generators.local import LocalConfig
from ragkit.tuning.llm.recipe import Lora, Recipe
from ragkit.tuning.pairs.making import TESTED
from ragkit.tuning.pairs.making import Recipe as Making
from ragkit.tuning.pairs.sources import read_set
from ragkit.tuning.pairs.writing import make_pairs
from tests.unit.tiny_model import make_model
from tests.unit.tiny_sets import make_set

RECIPE = Recipe(lora=Lora(rank=4, alpha=8), rate=5e-3, accumulate=2, longest=1500, every=3, epochs=2)


def make_data(folder: Path, *, count: int = 32) -> Path:
    """Writes a model and pairs for it; the folder that holds `model` and `pairs`."""
    model = make_model(folder / "model")
    generator = LocalConfig(model=str(model)).build()
    sizes: Any = {"train": count, "development": 6, "test": 6}
    making = Making(sizes=sizes, passages=2, mix=TESTED)
    towns = read_set(make_set(folder / "towns"))
    make_pairs(towns, generator, making, sources=["towns"], out=folder / "pairs", told=lambda line: None)
    return folder


def make_order(folder: Path, out: Path, *, start: Path | None = None, **changes: Any) -> Any:
    """An order to tune that model on those pairs, with changes of the recipe."""
    from ragkit.tuning.llm.making import Order

    return Order(
        data=folder / "pairs", out=out, recipe=replace(RECIPE, **changes), model=str(folder / "model"),
        threads=1, start=start,
    )  # fmt: skip
