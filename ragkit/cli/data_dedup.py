"""`ragkit data dedup`: a file without its copies."""

from __future__ import annotations

from contextlib import nullcontext
from enum import StrEnum
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
from ragkit.cli.options import ConfigOption, JsonOption
from ragkit.cli.output import notice, out, print_json
from ragkit.counting import counted

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ragkit.data.dedup import Deduplicated, Finder
    from ragkit.data.records import TextSource

_NEAR, _SEMANTIC = 0.8, 0.95  # those of ragkit.duplicates and ragkit.data.semantic


class By(StrEnum):
    """What makes a copy."""

    EXACT = "exact"
    NEAR = "near"
    SEMANTIC = "semantic"


def dedup(
    source: SourceArgument,
    out: OutOption = None,
    by: Annotated[
        By, typer.Option("--by", help="The same text, nearly the same words, or the same meaning.")
    ] = By.NEAR,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.3,
            max=1.0,
            help=f"From which likeness on: Jaccard of word runs ({_NEAR}), or cosine ({_SEMANTIC}).",
        ),
    ] = None,
    aliases: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where copies are listed. Default: OUT with .aliases.jsonl."),
    ] = None,
    field: FieldOption = "text",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; write nothing.")] = False,
    force: ForceOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Keep the first of texts that are the same, nearly the same, or mean the same; list the others.

    near: runs of three words (five characters in Chinese), MinHash in bands, and the true Jaccard similarity
    of every pair that shares a band. A million short texts take 650 MB of memory, and 480 MB of temporary
    files beside OUT.
    semantic: cosine of the vectors of the configuration's embedder, which takes hours for a million texts.

    Exit code 3: some lines cannot be read; each is named and left out.

    Examples:

        ragkit data dedup corpus.jsonl --out kept.jsonl

        ragkit data dedup corpus.jsonl --by semantic --threshold 0.97 --out kept.jsonl

        ragkit data dedup corpus.jsonl --by exact --dry-run --json
    """
    from ragkit.data.dedup import deduplicate

    opened = open_source(source, field, out, force=force, dry=dry_run)
    listed = None if dry_run or not out else aliases or out.with_suffix(".aliases.jsonl")
    if listed:
        _require_free(listed, out, opened, force=force)
    with interruptible(), _finder(by, threshold, config, out) as finder:
        if by is By.SEMANTIC:
            notice("every text is embedded; how long that takes is told as soon as it is known")
        passes = 1.0 if by is By.SEMANTIC else 2.0
        with telling(passes=passes, quiet=json, disk=lambda: getattr(finder, "disk_bytes", 0)) as told:
            done = deduplicate(opened, finder, out=None if dry_run else out, aliases=listed, told=told)
    unread = getattr(finder, "unread", 0)
    tell_bad(done.lines)
    if unread:
        notice(f"{counted(unread, 'text')} in scripts that the embedder does not read: exact copies only")
    if json:
        from ragkit.cli.data_shapes import dedup_shape

        print_json(dedup_shape(done, by.value, None if dry_run else out, listed, unread))
    else:
        _print(done, None if dry_run else out, listed)
    exit_if_bad(done.lines)


def _require_free(listed: Path, out: Path | None, source: TextSource, *, force: bool) -> None:
    from ragkit.data.writing import require_free

    if out and listed.resolve() == out.resolve():
        raise typer.BadParameter("the list of copies is another file than --out", param_hint="--aliases")
    require_free(listed, source, overwrite=force, like=False)


def _finder(
    by: By, threshold: float | None, config: str | None, out: Path | None
) -> AbstractContextManager[Finder]:
    if by is By.EXACT:
        from ragkit.data.dedup import ExactFinder

        if threshold is not None:
            raise typer.BadParameter("exact copies have no likeness; use --by near", param_hint="--threshold")
        return nullcontext(ExactFinder())
    folder = out.absolute().parent if out and out.absolute().parent.is_dir() else None
    if by is By.NEAR:
        from ragkit.duplicates import NearFinder

        return NearFinder(threshold=threshold or _NEAR, folder=folder)
    from ragkit.config import load_config
    from ragkit.data.semantic import SemanticFinder

    embedder = load_config(config).embedder.build()
    return SemanticFinder(embedder, threshold=threshold or _SEMANTIC, folder=folder)


def _print(done: Deduplicated, written: Path | None, listed: Path | None) -> None:
    console = out()
    for one in done.examples:
        console.print(
            f"line {one.line} is {one.likeness:.0%} like line {one.kept_line}:", style="bold", markup=False
        )
        console.print(f"    kept  {one.kept_text}", markup=False)
        console.print(f"    copy  {one.text}", markup=False)
    rate = done.lines.read / max(done.seconds, 1e-9)
    console.print(
        f"{counted(done.lines.read, 'text')}: {done.lines.written:,} kept, {done.same:,} the same and "
        f"{done.alike:,} nearly so, copies of {counted(done.clusters, 'text')}; {done.seconds:.1f} s, "
        f"{rate:,.0f} texts/s",
        markup=False,
    )
    if done.cut:
        console.print(
            f"note: {counted(done.cut, 'group')} too wide to compare all with all; some copies may be left",
            markup=False,
        )
    if written:
        console.print(f"written: {written}; copies: {listed}", markup=False)
