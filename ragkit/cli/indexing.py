"""Commands that change an index: `index`, `rm`, `compact`."""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    find_document,
    open_to_read,
    read_config,
    shown,
)
from ragkit.cli.output import ingest_progress, notice, out, print_json

if TYPE_CHECKING:
    from ragkit.config import Config
    from ragkit.index import IndexStatistics
    from ragkit.ingest import ReadLimits
    from ragkit.ingest_report import IngestReport

_INTERRUPTED = 130
_SOME_FAILED = 3


def index(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH", help="Files and folders. Folders are searched to the bottom.", exists=True
        ),
    ],
    index: IndexOption = None,
    prune: Annotated[bool, typer.Option("--prune", help="Forget files below PATH that are gone.")] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build anew, with other settings; the old one stays until then.")
    ] = False,
    password: Annotated[str | None, typer.Option(help="Password for encrypted files.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that reading one file may take.")] = 120.0,
    memory: Annotated[int, typer.Option(help="Megabytes that reading one file may take.")] = 2048,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Read PDF, Word, HTML, Markdown and text files into an index.

    Unchanged files are skipped and known texts are not embedded again, so run it as often as you like.

    Examples:

        ragkit index corpora/

        ragkit index contracts/ --index contracts --prune

        ragkit index report.pdf --password secret
    """
    from ragkit.ingest import ReadLimits

    settings = read_config(config, index)
    limits = ReadLimits(seconds=timeout, memory_bytes=memory << 20)
    try:
        if rebuild:
            report = _rebuild(settings, paths, password, limits, quiet=json)
        else:
            report = _fill(settings, paths, password, limits, prune=prune, quiet=json)
    except KeyboardInterrupt:
        notice("Interrupted. What was indexed so far is kept; run the same command again to go on.")
        raise typer.Exit(_INTERRUPTED) from None
    if json:
        from ragkit.cli.shapes import index_shape

        print_json(index_shape(report))
    else:
        _print_report(report, settings.index)
    if report.count("failed"):
        raise typer.Exit(_SOME_FAILED)


def _fill(
    settings: Config, paths: list[Path], password: str | None, limits: ReadLimits, *, prune: bool, quiet: bool
) -> IngestReport:
    ingest = settings.build_ingest(password=password, limits=limits)
    with ingest.index, ingest_progress(quiet=quiet) as progress:
        return ingest.run(paths, prune=prune, progress=progress)


def _rebuild(
    settings: Config, paths: list[Path], password: str | None, limits: ReadLimits, *, quiet: bool
) -> IngestReport:
    """Fills a new index beside the old one with all its files and `paths`, then swaps the two."""
    from ragkit.errors import IndexNotFound
    from ragkit.index import LocalIndex

    path = settings.index.absolute()
    old, new, trash = (path.with_name(path.name + end) for end in ("", ".new", ".old"))
    if trash.exists() and not old.exists():  # an earlier rebuild was killed while it swapped
        trash.rename(old)
    shutil.rmtree(trash, ignore_errors=True)
    with ExitStack() as stack:
        known: list[Path] = []
        with suppress(IndexNotFound):
            existing = stack.enter_context(LocalIndex(old, analyzer=settings.analyzer.build()))
            stack.enter_context(existing.locked())
            known = [Path(source) for source in existing.sources() if Path(source).exists()]
        shutil.rmtree(new, ignore_errors=True)
        report = _fill(
            settings.model_copy(update={"index": new}),
            list(dict.fromkeys([*paths, *known])),
            password,
            limits,
            prune=False,
            quiet=quiet,
        )
        if old.exists():
            old.rename(trash)
        new.rename(old)
    shutil.rmtree(trash, ignore_errors=True)
    return report


def _print_report(report: IngestReport, path: Path) -> None:
    from rich.markup import escape

    console = out()
    for file in report.files:
        if file.status == "failed":
            console.print(f"[red]failed[/red]  {escape(shown(file.path))}: {escape(file.reason)}")
        elif file.status == "indexed" and file.warnings:
            console.print(
                f"[yellow]warning[/yellow] {escape(shown(file.path))}: {escape('; '.join(file.warnings))}"
            )
    for source in report.pruned:
        console.print(f"pruned  {escape(shown(source))}")
    counts = ", ".join(
        f"{report.count(status)} {status}"
        for status in ("indexed", "unchanged", "duplicate", "failed")
        if report.count(status)
    )
    pages = sum(file.pages for file in report.files)
    empty = sum(file.empty_pages for file in report.files)
    chunks = sum(file.chunks for file in report.files)
    characters = sum(file.characters for file in report.files)
    console.print(
        f"[bold]{shown(str(path))}[/bold]: {len(report.files)} files ({counts or 'none found'}), "
        f"{pages:,} pages ({empty:,} without text), {characters // max(1, pages):,} characters a page, "
        f"{chunks:,} chunks, {report.seconds:.1f} s"
    )
    if report.missing:
        console.print(f"{len(report.missing)} files are gone from the disk; forget them with --prune")


def remove(
    documents: Annotated[
        list[str], typer.Argument(metavar="DOCUMENT", help="Paths, or ids as `ragkit list` shows them.")
    ],
    index: IndexOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigOption = None,
) -> None:
    """Take documents out of an index. The files themselves stay.

    Example:

        ragkit rm old-report.pdf
    """
    with open_to_read(config, index) as opened:
        found = [find_document(opened, reference) for reference in dict.fromkeys(documents)]
        names = [shown(source) for document in found for source in document.sources]
        if not yes:
            if not sys.stdin.isatty():
                raise typer.BadParameter("rm asks before it removes: add --yes where nobody can answer")
            typer.confirm(f"Remove {', '.join(names)} from {opened.path}?", abort=True, err=True)
        with opened.writer() as writer:
            for document in found:
                for source in document.sources:
                    writer.remove_source(source)
    notice(f"Removed {len(found)} documents. Undo: ragkit index {' '.join(names)}")


def compact(index: IndexOption = None, config: ConfigOption = None) -> None:
    """Rebuild the derived parts of an index and give free space back to the disk.

    Example:

        ragkit compact --index contracts
    """
    with open_to_read(config, index) as opened:
        before = opened.statistics()
        opened.compact()
        after = opened.statistics()
    saved = _bytes(before) - _bytes(after)
    notice(
        f"{opened.path}: {after.chunks:,} chunks, {_bytes(after) / 1e6:.1f} MB ({saved / 1e6:.1f} MB less)"
    )


def _bytes(statistics: IndexStatistics) -> int:
    return statistics.store_bytes + statistics.lexical_bytes + statistics.dense_bytes
