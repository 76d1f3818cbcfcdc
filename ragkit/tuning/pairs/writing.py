"""The files of pairs: one for each part, and what they were made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ragkit.errors import ConfigError
from ragkit.generators.written import WrittenGenerator
from ragkit.tuning.pairs.leaks import without_leaks
from ragkit.tuning.pairs.making import Recipe, make_part
from ragkit.tuning.pairs.rows import Pair, digest, write_pairs
from ragkit.tuning.pairs.sources import Material, distinct, divided
from ragkit.tuning.verifier.split import Part

SUMMARY = "pairs.json"


class PartSummary(BaseModel):
    """The pairs of a part: numbers, kinds, what is wrong with rejected replies, and the sha256."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: int
    documents: int
    kinds: Mapping[str, int]
    wrong: Mapping[str, int]
    sha256: str


class PairsSummary(BaseModel):
    """What pairs were made of, and how many were left out because another part has their words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: tuple[str, ...]
    recipe: Mapping[str, object]
    model: str
    leaked: int
    parts: Mapping[str, PartSummary]


def make_pairs(
    materials: Sequence[Material],
    generator: WrittenGenerator,
    recipe: Recipe,
    *,
    sources: Sequence[str],
    out: Path,
    told: Callable[[str], None],
) -> PairsSummary:
    """Writes train.jsonl, development.jsonl, test.jsonl and pairs.json; the same for the same seed.

    Raises `ConfigError` where nothing can be made, `ModelNotFound` for the tokenizer that counts.
    """
    divided_ = divided(distinct(materials), seed=recipe.seed)
    made: dict[Part, list[Pair]] = {}
    for part, some in divided_.items():
        told(f"{part}: {len(some):,} passages")
        made[part] = make_part(part, some, generator, recipe)
    kept, leaked = without_leaks(made)
    if not any(kept.values()):
        raise ConfigError(
            f"No pairs can be made of {', '.join(sources)}: no passage holds the answer of a question."
        )
    for part, pairs in kept.items():
        write_pairs(out / f"{part}.jsonl", pairs)
    summary = PairsSummary(
        sources=tuple(sources),
        recipe=asdict(recipe),
        model=generator.writer.name,
        leaked=leaked,
        parts={part: _summary(pairs) for part, pairs in kept.items()},
    )
    (out / SUMMARY).write_text(summary.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return summary


def read_summary(folder: Path) -> PairsSummary:
    """What the pairs of a folder were made of. Raises `ConfigError`."""
    try:
        return PairsSummary.model_validate_json((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise ConfigError(f"{folder} holds no pairs: {error}. `ragkit data pairs` makes some.") from error


def _summary(pairs: Sequence[Pair]) -> PartSummary:
    return PartSummary(
        pairs=len(pairs),
        documents=len({one.document for one in pairs}),
        kinds=dict(Counter(one.kind for one in pairs)),
        wrong=dict(Counter(one.wrong for one in pairs if one.wrong)),
        sha256=digest(pairs),
    )
