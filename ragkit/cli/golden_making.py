"""`ragkit eval make`: golden questions proposed from the documents, for a person to accept."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from ragkit.cli.answers import tell_where_it_goes
from ragkit.cli.evaluating import ChainOption
from ragkit.cli.mending import mending
from ragkit.cli.options import IndexOption, JsonOption, read_config, shown
from ragkit.cli.output import notice, out, print_json
from ragkit.counting import counted

if TYPE_CHECKING:
    from rich.console import Console

    from ragkit.config import Config
    from ragkit.evaluation import Question
    from ragkit.evaluation.proposing import Proposal, Proposer
    from ragkit.stages import Index, Writer

By = Literal["auto", "rules", "model"]
_INTERRUPTED = 130
_KEYS = "a accept, e edit, s skip, q quit"


def make(
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, metavar="N", help="At most N questions.")
    ] = 50,
    unanswerable: Annotated[
        int, typer.Option(min=0, metavar="N", help="And N that nothing seems to answer, for review.")
    ] = 0,
    file: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Accepted questions are added to it.")
    ] = Path("golden.jsonl"),
    golden: Annotated[
        list[Path] | None,
        typer.Option(
            "--golden", "-g", metavar="FILE", help="A set that is there; nothing of it is asked again."
        ),
    ] = None,
    by: Annotated[
        By, typer.Option("--by", help="Who asks: rules, the chain's language model, or it if there is one.")
    ] = "auto",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Accept all.")] = False,
    index: IndexOption = None,
    chain: ChainOption = None,
    json: JsonOption = False,
) -> None:
    """Propose golden questions about the documents, with the sentences that answer them; you accept some.

    The chain's language model asks where it has one, else rules do. Proposed is what stands alone, does not
    tell its answer, is not known yet, and is answered by the chain with the very sentence it was made of. At
    the terminal: a accepts, e edits, s skips, q quits; what is accepted is written at once.

    Unanswerable ones ask of one thing what is said of another; their ids begin with "review-".

    Examples:

        ragkit eval make --index contracts --out contracts.jsonl

        ragkit eval make --count 200 --yes

        ragkit eval make --count 20 --unanswerable 5 --json
    """
    if not (yes or json or sys.stdin.isatty()):
        raise typer.BadParameter(
            "make asks what to accept: add --yes (all) or --json (list them) where nobody can answer"
        )
    settings = read_config(chain, index)
    proposer = _proposer(settings, chain, by, [*(golden or []), *_written(file)])
    proposals = _waiting(proposer, count, unanswerable)
    if json:
        _print_object(proposer, list(proposals), file if yes else None)
        return
    taken = 0
    try:
        for number, proposal in enumerate(proposals, start=1):
            question = proposal.question if yes else _judged(proposal, number, count + unanswerable)
            if question:
                _keep(file, question)
                taken += 1
    except (KeyboardInterrupt, EOFError):
        notice("")  # ends the line of the prompt
        _tell(proposer, taken, file, index)
        raise typer.Exit(_INTERRUPTED) from None
    except _Quit:
        pass
    _tell(proposer, taken, file, index)


class _Quit(Exception):  # no error: enough was accepted
    """Nothing more is to be shown."""


def _proposer(settings: Config, chain: str | None, by: By, files: Sequence[Path]) -> Proposer:
    from ragkit.evaluation import read_golden
    from ragkit.evaluation.proposing import Proposer, quoting_chain

    known = [one.question for path in files for one in read_golden(path)]
    writer = None if by == "rules" else _writer(settings, by)
    with mending(settings, chain):
        quoting = quoting_chain(settings)
    index = cast("Index", quoting.documents)
    return Proposer(index, quoting, writer=writer, known=known)


def _written(file: Path) -> list[Path]:
    """The file that questions are added to, where it holds some."""
    return [file] if file.exists() and file.stat().st_size else []


def _writer(settings: Config, by: By) -> Writer | None:
    writer: Writer | None = getattr(settings.generator.build(), "writer", None)
    if writer is None and by == "model":
        raise typer.BadParameter(
            f"the chain's generator {settings.generator.type!r} is no language model; use --by rules, or a "
            "chain such as --chain local",
            param_hint="--by",
        )
    if writer is not None:
        tell_where_it_goes(settings)
        notice(f"questions are asked by {writer.name}; --by rules asks without it")
    return writer


def _waiting(proposer: Proposer, count: int, unanswerable: int) -> Iterator[Proposal]:
    """The proposals; while the next one is looked for, it is told how many were tried."""
    from rich.console import Console

    console = Console(stderr=True)
    status = console.status("reading the documents")
    found = proposer.propose(
        count,
        unanswerable=unanswerable,
        tried=lambda tried: status.update(f"asking the chain: {tried} questions tried"),
    )
    while True:
        with status if console.is_terminal else nullcontext():
            proposal = next(found, None)
        if proposal is None:
            return
        yield proposal


def _judged(proposal: Proposal, number: int, most: int) -> Question | None:
    """The question as a person accepts it, None if it is skipped. Raises `_Quit`."""
    console = out(stderr=True)
    while True:
        with _keys() as read:
            _show(console, proposal, f"{number} of at most {most}")
            console.print(f"[dim]{_KEYS}[/dim] ", end="")
            key = read().lower()
            console.print(key if key.isprintable() else "", markup=False)
        if key == "a":
            return proposal.question
        if key == "e":
            return _edited(proposal.question)
        if key == "s":
            return None
        if key in {"q", "\x04", ""}:  # Ctrl-D, or the terminal is gone
            raise _Quit


@contextmanager
def _keys() -> Iterator[Callable[[], str]]:
    """Single keys from the terminal. What was typed before is forgotten: it was about another question."""
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    termios.tcflush(sys.stdin, termios.TCIFLUSH)
    tty.setcbreak(sys.stdin, termios.TCSADRAIN)
    try:
        yield lambda: os.read(sys.stdin.fileno(), 1).decode("ascii", "replace")
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _show(console: Console, proposal: Proposal, number: str) -> None:
    question = proposal.question
    console.print()
    console.print(f"({number}, by {'the model' if proposal.maker == 'model' else 'rules'})", style="dim")
    console.print(question.question, style="bold", markup=False)
    if question.answers:
        console.print(f"answer: {' | '.join(question.answers)}", markup=False)
    for one in question.evidence:
        console.print(f"{shown(one.source)}, page {one.page}: {one.quote}", markup=False)
    if proposal.review:
        console.print(
            "Nothing seems to answer it. Accept it only if the documents really do not.", style="yellow"
        )


def _edited(question: Question) -> Question:
    """The question and its answers as they are typed anew."""
    asked = _typed("question: ", question.question) or question.question
    answers = [one.strip() for one in _typed("answers (|): ", " | ".join(question.answers)).split("|")]
    return question.model_copy(update={"question": asked, "answers": tuple(filter(None, answers))})


def _typed(prompt: str, before: str) -> str:
    """A line that begins with what it was before, where the terminal can edit lines."""
    try:
        import readline
    except ImportError:  # some builds of Python have none
        return input(f"{prompt}[{before}] ").strip() or before
    readline.set_startup_hook(lambda: readline.insert_text(before))
    try:
        return input(prompt).strip()
    finally:
        readline.set_startup_hook(None)


def _keep(file: Path, question: Question) -> None:
    from ragkit.evaluation.proposing import append_golden

    append_golden(file, question)


def _tell(proposer: Proposer, taken: int, file: Path, index: str | None) -> None:
    tried = proposer.rejected
    notice(
        f"{counted(taken, 'question')} added to {file}. {tried.made} were tried; left out: "
        f"{tried.not_answered} that the chain does not answer with their own sentence, {tried.known} known, "
        f"{tried.unclear} unclear, {tried.no_evidence} without a place of their own."
    )
    if taken:
        words = ["ragkit", "eval", "check", "--golden", str(file), *(["--index", index] if index else [])]
        notice(f"Check them: {shlex.join(words)}")


def _print_object(proposer: Proposer, proposals: list[Proposal], file: Path | None) -> None:
    from ragkit.cli.golden_shapes import make_shape

    if file:
        for proposal in proposals:
            _keep(file, proposal.question)
    print_json(make_shape(proposals, proposer.rejected, file))
