"""`ragkit data filter`: texts that are worth keeping."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.data_told import (
    FieldOption,
    ForceOption,
    OutOption,
    SourceArgument,
    exit_if_bad,
    interruptible,
    open_source,
    tell_bad,
    telling,
)
from ragkit.cli.options import JsonOption
from ragkit.cli.output import notice, print_json
from ragkit.cli.output import out as output
from ragkit.counting import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.data.quality import Filtered, Perplexity, WordPerplexity

_PERPLEXITY_SECONDS = "half a second or more"


def filter_texts(
    source: SourceArgument,
    out: OutOption = None,
    language: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE", help="Keep texts in this language (en, zh, ...). Repeatable. Default: all."
        ),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=LOW:HIGH", help="Another limit, such as words=20: or digits=:0.5. Repeatable."
        ),
    ] = None,
    off: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A rule that is not applied. Repeatable.")
    ] = None,
    perplexity: Annotated[
        float | None,
        typer.Option(
            min=1.0, help="The most that SmolLM2 may find; English only, and slow. Default: not asked."
        ),
    ] = None,
    perplexity_zh: Annotated[
        float | None,
        typer.Option(
            "--perplexity-zh",
            min=1.0,
            help="The most that a model of Chinese words (jieba) may find, such as 2000. Default: not asked.",
        ),
    ] = None,
    dropped: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where dropped texts are listed with every reason.")
    ] = None,
    field: FieldOption = "text",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; write nothing.")] = False,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Drop texts by published rules of quality, and say which rule dropped what.

    English: the limits of Gopher (words, symbols, bullets, stopwords, repetition) and C4 (sentences,
    placeholders). Chinese: the same converted to characters, which nobody has published; docs/data.md lists
    every limit with its source. Short passages fall below words=50: (85 characters in Chinese): --limit
    words=20: keeps them.

    Exit code 3: some lines cannot be read; each is named and left out.

    Examples:

        ragkit data filter corpus.jsonl --dry-run

        ragkit data filter corpus.jsonl --language en --language zh --out good.jsonl --dropped bad.jsonl

        ragkit data filter passages.jsonl --limit words=20: --off sentences --out good.jsonl

        ragkit data filter zh.jsonl --perplexity-zh 2000 --out good.jsonl --dropped bad.jsonl
    """
    from ragkit.data.quality import Sieve, filter_file, read_limits
    from ragkit.data.writing import require_free

    _check_languages(language or ())
    changed = read_limits(limit or (), off or ())
    opened = open_source(source, field, out, force=force, dry=dry_run)
    if dropped:
        require_free(dropped, opened, overwrite=force, like=False)
    if dropped and out and dropped.resolve() == out.resolve():
        raise typer.BadParameter("dropped texts go to another file than --out", param_hint="--dropped")
    sieve = Sieve(
        languages=language or (),
        changed=changed,
        perplexity=_model(perplexity),
        chinese=_chinese(perplexity_zh),
    )
    with interruptible(), telling(quiet=json) as told:
        done = filter_file(
            opened,
            sieve,
            out=None if dry_run else out,
            dropped_to=None if dry_run else dropped,
            progress=lambda done, total: told("reading", done, total),
        )
    tell_bad(done.lines)
    if done.unjudged:
        notice(f"{counted(done.unjudged, 'text')} without a perplexity: its model does not read their script")
    if json:
        from ragkit.cli.data_shapes import filter_shape

        print_json(filter_shape(done, None if dry_run else out))
    else:
        _print(done, None if dry_run else out)
    exit_if_bad(done.lines)


def _check_languages(names: Sequence[str]) -> None:
    from ragkit.language.script import LANGUAGES

    if unknown := [name for name in names if name not in LANGUAGES]:
        raise typer.BadParameter(
            f"{', '.join(unknown)}: none of {', '.join(sorted(LANGUAGES))}", param_hint="--language"
        )


def _model(most: float | None) -> Perplexity | None:
    if most is None:
        return None
    from ragkit.data.quality import Perplexity
    from ragkit.models.causal import CausalSettings, TextWriter

    notice(f"each text that no other rule drops is read by SmolLM2: {_PERPLEXITY_SECONDS} on a core")
    return Perplexity(TextWriter(CausalSettings()), most=most)


def _chinese(most: float | None) -> WordPerplexity | None:
    if most is None:
        return None
    from ragkit.data.quality import WordPerplexity
    from ragkit.language.chinese import dictionary_version

    dictionary_version()  # what is missing is told before anything is read
    return WordPerplexity(most=most)


def _print(done: Filtered, written: Path | None) -> None:
    console = output()
    for rule in done.rules:
        console.print(
            f"{rule.rule}: {counted(rule.texts, 'text')}, {rule.alone:,} by it alone  "
            f"({'; '.join(sorted(rule.limits))})",
            style="bold",
            markup=False,
        )
        for number, why, text in rule.examples:
            value = why.value if isinstance(why.value, str) else f"{why.value:.3g}"
            console.print(f"    line {number}: {value}  {text}", markup=False)
    languages = ", ".join(f"{name or 'none'} {count:,}" for name, count in done.languages.items())
    console.print(
        f"{counted(done.lines.read, 'text')} ({languages}): {done.lines.written:,} kept, "
        f"{done.lines.read - done.lines.written:,} dropped; {done.seconds:.1f} s",
        markup=False,
    )
    if written:
        console.print(f"written: {written}", markup=False)
