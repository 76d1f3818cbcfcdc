"""What a talk obeys: /help, /sources, /open and the other commands that begin with a slash."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import localtime, strftime
from typing import TYPE_CHECKING

from ragkit.cli.failing import in_words
from ragkit.cli.opening import open_page
from ragkit.cli.options import shown
from ragkit.cli.output import notice
from ragkit.cli.words import Words, words_for
from ragkit.errors import RagkitError
from ragkit.language import without_unseen

if TYPE_CHECKING:
    from rich.console import Console

    from ragkit.cli.talk import Talk
    from ragkit.sessions import SavedTurn, SessionSummary
    from ragkit.types import Document

_NO_SOURCES = "the last answer was made from no passage"
_PREVIEW = 160
_AROUND = 400  # characters shown before and after a passage
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A numbered place of an answer: cited, or only read for it."""

    document_id: str
    start: int
    end: int
    source: str
    page_index: int
    page_label: str
    words: Words
    quote: str = ""

    @property
    def place(self) -> str:
        return self.words.place(self.source, self.page_index, self.page_label)


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its argument as the help names it, what it does, and the function."""

    argument: str
    does: str
    run: Callable[[Talk, Console, str], None]


def obey(talk: Talk, console: Console, line: str) -> bool:
    """Runs a line that begins with a slash; False where the talk is to end."""
    name, _, argument = line.strip().partition(" ")
    if name in {"/quit", "/exit", "/q"}:
        return False
    command = COMMANDS.get(name)
    if command is None:
        known = " ".join([*COMMANDS, "/quit"])
        notice(f"{name} is no command; there are: {known}. A question may begin with a slash after a space.")
    elif argument.strip() and not command.argument:
        notice(f"{name} takes nothing after it, not {argument.strip()!r:.60}")
    else:
        try:
            command.run(talk, console, argument.strip())
        except (RagkitError, KeyError) as error:
            notice(f"error: {in_words(error)}")
    return True


def _adapter(talk: Talk, console: Console, argument: str) -> None:
    talk.adapt(argument or None)
    notice(f"answers come with the adapter {argument}" if argument else "answers come without an adapter")


def _help(talk: Talk, console: Console, argument: str) -> None:
    for name, command in COMMANDS.items():
        console.print(f"{name} {command.argument}".ljust(18) + command.does, markup=False)
    console.print("/quit".ljust(18) + "leaves; so do Ctrl-D and, at the prompt, Ctrl-C", markup=False)
    console.print("Anything else is a question. Ctrl-C stops an answer.", style="dim")


def _sources(talk: Talk, console: Console, argument: str) -> None:
    from rich.markup import escape

    if not (turn := _last(talk)):
        return
    sources = _numbered(talk, turn)
    cited = sum(bool(source.quote) for source in sources)
    if not sources:
        notice(_NO_SOURCES)
    for number, source in enumerate(sources, start=1):
        if number == cited + 1:
            console.print(source.words.uncited, style="dim")
        console.print(f"[cyan]\\[{number}][/cyan] {escape(without_unseen(source.place))}")
        text = source.quote or _text(talk, source)
        line = " ".join(without_unseen(text).split())
        cut = line[:_PREVIEW] + ("…" if len(line) > _PREVIEW else "")
        console.print(f"    {cut}", markup=False, style="" if source.quote else "dim")


def _open(talk: Talk, console: Console, argument: str) -> None:
    if not (turn := _last(talk)):
        return
    sources = _numbered(talk, turn)
    if not sources:
        notice(_NO_SOURCES)
        return
    if not argument.isdecimal() or not 1 <= int(argument) <= len(sources):
        given = f"not {argument!r:.30}" if argument else "as in /open 1"
        notice(f"/open takes the number of a source, 1 to {len(sources)}, {given}; /sources lists them")
        return
    source = sources[int(argument) - 1]
    try:
        document = talk.chain.documents.document(source.document_id)
    except KeyError:
        notice(f"{source.place} is no longer in the index as it was; it said: {source.quote}")
        return
    _print_in_context(console, document, source)
    page = source.page_index + 1
    opened = open_page(Path(source.source), page)
    console.print(
        f"{shown(source.source)}#page={page}" + (" (opened)" if opened else ""), style="cyan", markup=False
    )


def _print_in_context(console: Console, document: Document, source: Source) -> None:
    """The passage, bold where it is cited, with what stands around it on its page."""
    from rich.text import Text

    page = document.pages[source.page_index]
    start, end = max(page.start, source.start - _AROUND), min(page.end, source.end + _AROUND)
    parts = (
        ("…" if start > page.start else "") + document.text[start : source.start].lstrip(),
        document.text[source.start : source.end],
        document.text[source.end : max(end, source.end)].rstrip() + ("…" if end < page.end else ""),
    )
    console.print(source.place, style="bold", markup=False)
    styles = ("dim", "bold" if source.quote else "", "dim")
    console.print(Text.assemble(*((without_unseen(p), s) for p, s in zip(parts, styles, strict=True))))


def _reset(talk: Talk, console: Console, argument: str) -> None:
    kept = f"; {talk.name!r} stays saved" if talk.name and talk.turns else ""
    talk.reset()
    notice(f"the next question begins a new talk{kept}")


def _sessions(talk: Talk, console: Console, argument: str) -> None:
    print_sessions(console, talk.sessions.all(), current=talk.name)


def print_sessions(console: Console, sessions: list[SessionSummary], *, current: str = "") -> None:
    """A table of saved talks, the last used first."""
    from rich.markup import escape
    from rich.table import Table

    if not sessions:
        notice("no talk is saved")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("session", "turns", "last used", "index"):
        table.add_column(name, justify="right" if name == "turns" else "left", overflow="fold")
    for session in sessions:
        name = f"{session.name} (this one)" if session.name == current else session.name
        used = strftime("%Y-%m-%d %H:%M", localtime(session.used))
        table.add_row(escape(name), str(session.turns), used, escape(shown(session.place)))
    console.print(table)


def _history(talk: Talk, console: Console, argument: str) -> None:
    for number, turn in enumerate(talk.turns, start=1):
        words = words_for(turn.standalone)
        console.print(f"{number}. {without_unseen(turn.question)}", style="bold", markup=False)
        if turn.standalone != turn.question:
            understood = f"   {words.understood}{without_unseen(turn.standalone)}"
            console.print(understood, style="dim", markup=False)
        answer = turn.answer if not turn.abstained else f"{words.refused} {turn.reason}"
        console.print(f"   {' '.join(without_unseen(answer).split())}", markup=False)
    if not talk.turns:
        notice("nothing was asked yet")


def _export(talk: Talk, console: Console, argument: str) -> None:
    if not argument or not talk.turns:
        notice(
            "nothing was asked yet" if argument else "/export takes the file to write, as in /export talk.md"
        )
        return
    file = Path(argument).expanduser()
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write("\n".join(map(_as_markdown, talk.turns)))
    except FileExistsError:
        notice(f"{file} is there already; name another file")
    except OSError as error:
        notice(f"{file} cannot be written: {error.strerror}")
    else:
        notice(f"{len(talk.turns)} turns are in {file}")


def _as_markdown(turn: SavedTurn) -> str:
    """A turn in which nothing of the documents is markup: no link, no picture."""
    citations, words = turn.citations, words_for(turn.standalone)
    lines = [f"## {_escaped(turn.question)}", ""]
    if turn.standalone != turn.question:
        lines += [f"{words.understood.capitalize()}{_escaped(turn.standalone)}", ""]
    if turn.abstained:
        lines += [words.refused, _escaped(turn.reason), ""]
    for sentence in turn.sentences:
        marks = "".join(f"\\[{citations.index(c) + 1}\\]" for c in sentence.citations)
        said = _escaped(turn.answer[sentence.start : sentence.end])
        lines.append(f"{said} {marks}{words.mark(sentence.verdict)}\n")
    for number, c in enumerate(citations, start=1):
        place = words.place(c.source, c.page_index, c.page_label)
        lines.append(f"{number}. {_escaped(place)}: “{_escaped(c.quote)}”")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(without_unseen(text).split()))


def _last(talk: Talk) -> SavedTurn | None:
    if not talk.turns:
        notice("nothing was asked yet")
        return None
    return talk.turns[-1]


def _numbered(talk: Talk, turn: SavedTurn) -> list[Source]:
    """The citations under the numbers that the answer shows, then the passages without one."""
    cited = [
        Source(
            document_id=c.document_id,
            start=c.start,
            end=c.end,
            source=c.source,
            page_index=c.page_index,
            page_label=c.page_label,
            words=words_for(turn.standalone),
            quote=c.quote,
        )
        for c in turn.citations
    ]
    return cited + [found for found in _uncited(talk, turn) if found is not None]


def _uncited(talk: Talk, turn: SavedTurn) -> list[Source]:
    found = []
    for p in turn.passages:
        if any(c.document_id == p.document_id and p.start <= c.start < p.end for c in turn.citations):
            continue
        try:
            place = talk.chain.documents.place(p.document_id, p.start)
        except KeyError:
            continue  # it left the index
        found.append(
            Source(
                document_id=p.document_id,
                start=p.start,
                end=p.end,
                source=place.source,
                page_index=place.page_index,
                page_label=place.page_label,
                words=words_for(turn.standalone),
            )
        )
    return found


def _text(talk: Talk, source: Source) -> str:
    return talk.chain.documents.document(source.document_id).text[source.start : source.end]


COMMANDS = {
    "/help": Command("", "lists the commands", _help),
    "/sources": Command("", "lists what the last answer cites and was made from", _sources),
    "/open": Command("N", "shows source N on its page, in the PDF viewer where there is a display", _open),
    "/adapter": Command("NAME", "answers with that LoRA adapter from now on; alone, with none", _adapter),
    "/history": Command("", "lists the questions and answers of this talk", _history),
    "/reset": Command("", "begins a new talk; this one stays saved", _reset),
    "/sessions": Command("", "lists the saved talks", _sessions),
    "/export": Command("FILE", "writes this talk to a new Markdown file", _export),
}
