"""Commands that change an index: `index`, `rm`, `compact`."""

from __future__ import annotations

import json as json_module
import os
import shlex
import sys
from contextlib import suppress
from dataclasses import asdict
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
    from collections.abc import Callable

    from ragkit.config import Config
    from ragkit.index import IndexStatistics, LocalIndex
    from ragkit.ingest import Ingest
    from ragkit.ingest_report import IngestProgress, IngestReport, RowCounts

_INTERRUPTED = 130
_SOME_FAILED = 3
_MOST_NAMED = 10


def index(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="Files and folders. Folders are searched to the bottom."),
    ],
    index: IndexOption = None,
    prune: Annotated[bool, typer.Option("--prune", help="Forget files below PATH that are gone.")] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build anew, with other settings; the old one stays until then.")
    ] = False,
    near_duplicates: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=1.0,
            help="From which likeness on only one of two documents is searched, such as 0.9.",
        ),
    ] = None,
    password: Annotated[str | None, typer.Option(help="Password for encrypted files.")] = None,
    timeout: Annotated[float, typer.Option(min=1.0, help="Seconds that reading one file may take.")] = 120.0,
    memory: Annotated[int, typer.Option(min=64, help="Megabytes that reading one file may take.")] = 2048,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Read PDF, Word, HTML, Markdown and text files into an index, and rows of data sets.

    Unchanged files are skipped and known texts are not embedded again, so run it as often as you like.

    Of a .jsonl, .csv or .tsv file (also .gz) that is named, not found in a folder, each row is a document:
    `id` and `text` are required, `title` is searched too, all else is metadata.

    Examples:

        ragkit index corpora/

        ragkit index contracts/ --index contracts --prune

        ragkit index report.pdf --password secret

        ragkit index corpus.jsonl
    """
    settings = read_config(config, index)
    if near_duplicates is not None:
        settings = settings.model_copy(update={"near_duplicates": near_duplicates})
    _require_known(paths, settings, prune=prune)
    make = _maker(settings, password, seconds=timeout, memory_bytes=memory << 20)
    try:
        with ingest_progress(quiet=json) as progress:
            report = _run(settings.index, make, paths, rebuild=rebuild, prune=prune, progress=progress)
    except KeyboardInterrupt:
        notice(f"Interrupted. {_stored(settings)}")
        raise typer.Exit(_INTERRUPTED) from None
    if json:
        from ragkit.cli.shapes import index_shape

        print_json(index_shape(report))
    else:
        _print_report(report, settings.index)
    if report.count("failed") or report.failed_rows:
        raise typer.Exit(_SOME_FAILED)


def _require_known(paths: list[Path], settings: Config, *, prune: bool) -> None:
    """A mistyped path is wrong usage; one that only the index knows may be pruned."""
    from ragkit.errors import IndexNotFound
    from ragkit.index import LocalIndex

    missing = [path for path in paths if not path.exists()]
    if not missing:
        return
    known: list[str] = []
    with suppress(IndexNotFound), LocalIndex(settings.index, analyzer=settings.analyzer.build()) as opened:
        known = opened.files()
    for path in missing:
        root = os.path.abspath(path)
        if not (prune and any(Path(source).is_relative_to(root) for source in known)):
            raise typer.BadParameter(f"path {str(path)!r} does not exist", param_hint="PATH")


def _maker(
    settings: Config, password: str | None, *, seconds: float, memory_bytes: int
) -> Callable[[Path], Ingest]:
    from ragkit.ingest import ReadLimits

    limits = ReadLimits(seconds=seconds, memory_bytes=memory_bytes)

    def make(path: Path) -> Ingest:
        return settings.model_copy(update={"index": path}).build_ingest(password=password, limits=limits)

    return make


def _run(
    path: Path,
    make: Callable[[Path], Ingest],
    paths: list[Path],
    *,
    rebuild: bool,
    prune: bool,
    progress: Callable[[IngestProgress], None],
) -> IngestReport:
    from ragkit.errors import IndexNotFound
    from ragkit.rebuild import rebuild as run_rebuild

    if rebuild:
        with suppress(IndexNotFound):
            return run_rebuild(path, make, paths, prune=prune, progress=progress)
    with (ingest := make(path)).index:
        return ingest.run(paths, prune=prune, progress=progress)


def _stored(settings: Config) -> str:
    """How much of an interrupted run is kept, and how to go on."""
    from ragkit.errors import RagkitError
    from ragkit.index import LocalIndex

    try:
        with LocalIndex(settings.index, analyzer=settings.analyzer.build()) as opened:
            held = opened.statistics()
    except RagkitError:
        return "The index is still empty. Run the same command again."
    return (
        f"The index holds {held.documents:,} documents, and what was embedded is kept: {held.vectors:,} "
        "passages. Run the same command again to go on from there."
    )


def _print_report(report: IngestReport, path: Path) -> None:
    from rich.markup import escape

    console = out()
    for file in report.files:
        if file.status == "failed":
            console.print(f"[red]failed[/red]  {escape(shown(file.path))}: {escape(file.reason)}")
        elif file.warnings and (file.rows or file.status == "indexed"):
            mark = "[red]failed[/red] " if file.rows and file.rows.failed else "[yellow]warning[/yellow]"
            console.print(f"{mark} {escape(shown(file.path))}: {escape('; '.join(file.warnings))}")
        if file.rows:
            console.print(f"rows    {escape(shown(file.path))}: {_row_counts(file.rows)}")
    for source in report.pruned:
        console.print(f"pruned  {escape(shown(source))}")
    counts = ", ".join(
        f"{report.count(status)} {status}"
        for status in ("indexed", "unchanged", "duplicate", "failed")
        if report.count(status)
    )
    console.print(
        f"[bold]{escape(shown(str(path)))}[/bold]: {len(report.files)} files ({counts or 'none found'}), "
        f"{report.pages:,} pages ({report.empty_pages:,} without text), "
        f"{report.characters_per_page:,.0f} characters a page, "
        f"{report.chunks:,} chunks, {report.seconds:.1f} s"
    )
    if not report.files:
        from ragkit.index.row_sources import ROW_SUFFIXES
        from ragkit.loaders import SUFFIXES

        notice(
            f"Folders are searched for {', '.join(sorted(SUFFIXES))}; any other file can be named, "
            f"also {', '.join(ROW_SUFFIXES)}, each row of which is a document."
        )
    if report.missing:
        notice(
            f"{len(report.missing)} files are gone from the disk and still searched; --prune forgets them."
        )


def _row_counts(rows: RowCounts) -> str:
    counts = [f"{count:,} {name}" for name, count in asdict(rows).items() if count]
    return ", ".join(counts) or "none"


def remove(
    documents: Annotated[
        list[str], typer.Argument(metavar="DOCUMENT", help="Paths, or ids as `ragkit list` shows them.")
    ],
    index: IndexOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Take documents out of an index. The files themselves stay.

    A path takes out that path alone: equal files and rows stay. An id takes out all paths of its document.

    Examples:

        ragkit rm old-report.pdf

        ragkit rm corpus.jsonl
    """
    from ragkit.index.row_sources import file_of

    with open_to_read(config, index) as opened:
        sources = list(dict.fromkeys(s for reference in documents for s in _sources(opened, reference)))
        names = [shown(source) for source in sources]
        if not yes:
            if not sys.stdin.isatty():
                raise typer.BadParameter("rm asks before it removes: add --yes where nobody can answer")
            typer.confirm(f"Remove {', '.join(names)} from {opened.path}?", abort=True, err=True)
        told = _remove(opened, sources)
    options = [*(("--index", index) if index else ()), *(("--config", config) if config else ())]
    files = dict.fromkeys(shown(file_of(source)) for source in sources)
    notice(f"{told} Undo: {shlex.join(['ragkit', 'index', *files, *options])}")
    if json:
        typer.echo(json_module.dumps({"removed": names}, indent=2, ensure_ascii=False))


def _sources(opened: LocalIndex, reference: str) -> list[str]:
    """The paths that a reference takes out: the one it names (all rows of a file), or all of an id."""
    from ragkit.index.row_sources import is_row_file

    path = os.path.abspath(reference)
    if is_row_file(Path(path)) and path in opened.files():
        return [path]
    document = find_document(opened, reference)
    exact = [source for source in document.sources if source in {path, reference}]
    named = exact or [s for s in document.sources if s.endswith((f"/{reference}", f"#{reference}"))]
    if len(named) > 1:
        places = "\n".join(f"  {shown(source)}" for source in named[:10])
        raise typer.BadParameter(f"{reference!r} fits {len(named)} paths of one document:\n{places}")
    return named or list(document.sources)


def _remove(opened: LocalIndex, sources: list[str]) -> str:
    """Takes paths out, and says which, and where equal texts are still found."""
    documents = [found[0] for source in sources if (found := opened.source(source))]
    before = opened.statistics().documents
    with opened.writer() as writer:
        for source in sources:
            writer.remove_source(source)
    removed = before - opened.statistics().documents
    count = f"{removed:,} document{'' if removed == 1 else 's'}" if removed else "no document, only the path"
    told = f"Removed {count}: {_some(sources)}."
    left = opened.near_duplicates()
    if waiting := sum(other in documents and not opened.has_document(other) for other in left.values()):
        told += f" {waiting:,} near-duplicates of it are searched again after the next `ragkit index`."
    stay = [path for document in dict.fromkeys(documents) for path in opened.sources_of(document)]
    return f"{told} The same text stays under {_some(stay)}." if stay else told


def _some(sources: list[str]) -> str:
    names = ", ".join(map(shown, sources[:_MOST_NAMED]))
    more = len(sources) - _MOST_NAMED
    return f"{names} and {more:,} more" if more > 0 else names


def compact(index: IndexOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Rebuild the derived parts of an index and give free space back to the disk.

    Example:

        ragkit compact --index contracts
    """
    with open_to_read(config, index) as opened:
        before = opened.statistics()
        opened.compact()
        after = opened.statistics()
    saved = _bytes(before) - _bytes(after)
    if json:
        facts = {"chunks": after.chunks, "bytes": _bytes(after), "freed": saved}
        typer.echo(json_module.dumps(facts, indent=2))
        return
    notice(
        f"{opened.path}: {after.chunks:,} chunks, {_bytes(after) / 1e6:.1f} MB ({saved / 1e6:.1f} MB less)"
    )


def _bytes(statistics: IndexStatistics) -> int:
    return statistics.store_bytes + statistics.lexical_bytes + statistics.dense_bytes
