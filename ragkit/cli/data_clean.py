"""`ragkit data clean`: texts mended rule by rule."""

from __future__ import annotations

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
from ragkit.cli.output import out as output
from ragkit.cli.output import print_json
from ragkit.counting import counted

if TYPE_CHECKING:
    from pathlib import Path

    from ragkit.data.cleaning import Cleaned


def clean(
    source: SourceArgument,
    out: OutOption = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE", help="Leave out: unicode, controls, boilerplate, lines, spaces. Repeatable."
        ),
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Mask email, phone, id, card, iban, ssn, ip, or all. Repeatable. Default: nothing.",
        ),
    ] = None,
    field: FieldOption = "text",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; write nothing.")
    ] = False,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Mend texts: wrong and control characters, boilerplate, broken lines, spaces; mask personal data.

    Every rule is told with the number of texts that it changed and some of its changes. What no rule finds
    stays: masking is a help, not a proof that no personal data is left. Names of people are not masked.

    Exit code 3: some lines cannot be read; each is named and left out.

    Examples:

        ragkit data clean corpus.jsonl --dry-run

        ragkit data clean corpus.jsonl --mask email --mask phone --out clean.jsonl

        ragkit data clean documents/ --skip boilerplate --out clean.jsonl
    """
    from ragkit.data.cleaning import chosen_rules, clean_file

    rules = chosen_rules(skip=skip or (), mask=mask or ())
    opened = open_source(source, field, out, force=force, dry=dry_run)
    written = None if dry_run else out
    with interruptible(), telling(quiet=json) as told:
        done = clean_file(
            opened, rules, out=written, progress=lambda done, total: told("reading", done, total)
        )
    tell_bad(done.lines)
    if json:
        from ragkit.cli.data_shapes import clean_shape

        print_json(clean_shape(done, written))
    else:
        _print(done, written)
    exit_if_bad(done.lines)


def _print(done: Cleaned, written: Path | None) -> None:
    console = output()
    for rule in done.rules:
        console.print(
            f"{rule.name}: {counted(rule.texts, 'text')}, {-rule.characters:+,} characters  ({rule.about})",
            style="bold" if rule.texts else "dim",
            markup=False,
        )
        for one in rule.examples:
            console.print(f"    line {one.line}: {one.before!r}", markup=False)
            console.print(f"    {'':{len(str(one.line)) + 5}}  {one.after!r}", markup=False)
    emptied = f", {done.emptied:,} left out because nothing is left of them" if done.emptied else ""
    console.print(
        f"{counted(done.lines.read, 'text')}: {done.changed:,} changed{emptied}; {done.seconds:.1f} s",
        markup=False,
    )
    if written:
        console.print(f"written: {written}", markup=False)
