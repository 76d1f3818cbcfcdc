"""`ragkit data pairs`: what language models are tuned on, made from documents with questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from ragkit.cli.evaluating import ChainOption
from ragkit.cli.materials import GoldenQuestions, SetsArgument, read_materials
from ragkit.cli.options import IndexOption, JsonOption, read_config
from ragkit.cli.output import notice, out, print_json
from ragkit.errors import ConfigError

if TYPE_CHECKING:
    from ragkit.generators.written import WrittenGenerator
    from ragkit.tuning.pairs.writing import PairsSummary

K = TypeVar("K", bound=str)


def pairs(
    sources: SetsArgument = None,
    folder: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the files are written.")
    ] = Path("runs/pairs"),
    golden: GoldenQuestions = None,
    index: IndexOption = None,
    chain: ChainOption = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Pairs to learn from, at most.")] = 2_000,
    development: Annotated[int, typer.Option(min=0, help="Pairs that a training is stopped by.")] = 100,
    test: Annotated[int, typer.Option(min=0, help="Pairs to measure on.")] = 200,
    mix: Annotated[
        str, typer.Option(metavar="KIND=N,...", help="Ratio of the kinds of questions.")
    ] = "answered=9,missing=1",
    test_mix: Annotated[
        str, typer.Option(metavar="KIND=N,...", help="That of the test part.")
    ] = "answered=6,missing=2,fooling=2",
    wrong: Annotated[
        str, typer.Option(metavar="KIND=N,...", help="Ratio of what rejected replies do.")
    ] = "altered=5,elsewhere=3,refused=2",
    passages: Annotated[int, typer.Option(min=1, help="In a prompt, at most.")] = 3,
    style: Annotated[
        Literal["short", "sentence"], typer.Option(help="The answer alone, or in a sentence.")
    ] = "short",
    seed: Annotated[int, typer.Option(help="Of all that is drawn, and of the parts.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace pairs that are there.")] = False,
    json: JsonOption = False,
) -> None:
    """Make pairs of prompts and replies, and worse replies beside them, in three parts by document.

    A prompt holds a question and passages as the chain's own generator asks them. The reply is a cited answer
    that stands in a passage; where none answers (its passage is "missing", or people wrote the question to
    "fool") it is a refusal. A rejected reply is "altered" in a number, date or name, is an answer from
    "elsewhere", was "refused", or answers where it should not.

    Examples:

        ragkit data pairs ../shared/data/retrieval/squad2-en --out runs/pairs

        ragkit data pairs --golden contracts.jsonl --index contracts --mix answered=8,missing=2
    """
    from ragkit.tuning.pairs.making import TESTED, WRONG, Recipe
    from ragkit.tuning.pairs.writing import SUMMARY, make_pairs

    if (folder / SUMMARY).exists() and not force:
        raise ConfigError(f"{folder} holds pairs already; write to another folder, or add --force")

    recipe = Recipe(
        sizes={"train": count, "development": development, "test": test},
        seed=seed,
        passages=passages,
        style=style,
        mix=_ratios(mix, TESTED, "--mix"),
        tested=_ratios(test_mix, TESTED, "--test-mix"),
        wrong=_ratios(wrong, WRONG, "--wrong"),
    )
    materials, names = read_materials(sources or (), golden, chain=chain, index=index)
    made = make_pairs(materials, _generator(chain), recipe, sources=names, out=folder, told=notice)
    if empty := [part for part, one in made.parts.items() if not one.pairs]:
        notice(f"no pairs for {' and '.join(empty)}: give more documents with questions")
    print_json(made) if json else _print(made, folder)


def _generator(chain: str | None) -> WrittenGenerator:
    """The generator that will answer: that of the chain, or of the preset `local`. Raises `ConfigError`."""
    from ragkit.generators.written import WrittenGenerator

    generator = read_config(chain or "local", None).generator.build()
    if not isinstance(generator, WrittenGenerator):
        raise ConfigError(
            f"{chain}: its generator asks no language model, so it has no prompt to learn. Use one with "
            "generator: {type: local}."
        )
    return generator


def _ratios(text: str, known: Mapping[K, float], option: str) -> dict[K, float]:
    found: dict[K, float] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        try:
            (kind,) = [one for one in known if one == name.strip()]
            found[kind] = float(value)
        except ValueError as error:
            wanted = ",".join(f"{one}=1" for one in known)
            raise typer.BadParameter(f"{part!r} is none of {wanted}", param_hint=option) from error
    if min(found.values()) < 0 or not sum(found.values()):
        raise typer.BadParameter("ratios are 0 or more, and not all 0", param_hint=option)
    return found


def _print(made: PairsSummary, folder: Path) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("part", "pairs", "documents", "kinds", "rejected replies"):
        table.add_column(name)
    for part, one in made.parts.items():
        counts = [", ".join(f"{k} {v}" for k, v in some.items()) for some in (one.kinds, one.wrong)]
        table.add_row(part, str(one.pairs), str(one.documents), *counts)
    out().print(table)
    left = f"; {made.leaked} left out, whose words stand in an earlier part" if made.leaked else ""
    out().print(f"no text is in two parts{left}", markup=False)
    out().print(f"written: {folder}", markup=False)
