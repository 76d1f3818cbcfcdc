"""One talk at the terminal: asks, shows, saves, and remembers what was said."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import RootModel

from ragkit.chain import as_turn
from ragkit.cli.answer_shapes import AskShape, ask_shape
from ragkit.cli.answers import notify, print_answer, print_prompt, print_usage
from ragkit.cli.failing import in_words
from ragkit.cli.output import drafting, notice, out, print_json, shown_while_written
from ragkit.cli.shapes import Shape
from ragkit.errors import RagkitError, SessionError
from ragkit.sessions import recall, saved

if TYPE_CHECKING:
    from ragkit.chain import Chain
    from ragkit.config import Config
    from ragkit.sessions import SavedTurn, Sessions
    from ragkit.types import Answer, Turn

MOST_CHARACTERS = 8000


class ChatShape(AskShape):
    """A line that `ragkit chat --json` prints for an answer."""

    session: str
    question: str
    understood: str


class ChatErrorShape(Shape):
    """A line that `ragkit chat --json` prints for a question that could not be answered."""

    question: str
    error: str


class ChatLine(RootModel[ChatShape | ChatErrorShape]):
    """Each line that `ragkit chat --json` prints: an answer, or what went wrong with a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a talk is held.

    With `json` each turn is printed as one line of JSON, with `literal` operators in questions are text, with
    `show_prompt` it is shown what a language model was asked. `told` is a notice that people know already.
    """

    json: bool = False
    literal: bool = False
    show_prompt: bool = False
    told: str = ""


class Talk:
    """Questions to a chain, each understood with those before it.

    A talk without a name gets one with its first turn. `config` is what the chain was built from.
    """

    def __init__(
        self, chain: Chain, sessions: Sessions, config: Config, *, name: str = "", manner: Manner = Manner()
    ) -> None:
        self.chain = chain
        self._config = config
        self.sessions = sessions
        self.name = name
        self.manner = manner
        self.failed = 0
        self.turns: list[SavedTurn] = []
        self._place = str(config.index.absolute())
        self._history: list[Turn] = []

    def resume(self) -> None:
        """Goes on with the saved talk of this name, if there is one. Raises `SessionError`."""
        self.turns = self.sessions.turns(self.name)
        if not self.turns:
            notice(f"a new talk, {self.name!r}")
            return
        recalled = recall(self.turns, self.chain.documents)
        self._history = list(recalled.turns)
        count = f"{len(self.turns)} turn{'s' if len(self.turns) > 1 else ''}"
        notice(f"{self.name!r} goes on after {count}; the last question was: {self.turns[-1].question}")
        if recalled.gone:
            notice(f"{recalled.gone} passages of it are gone: their documents changed or left the index")

    def adapt(self, adapter: str | None) -> None:
        """Answers with another LoRA adapter, or none; the model stays in memory. Raises `ConfigError`."""
        config = self._config.with_adapter(adapter)
        self.chain = self.chain.with_generator(config.generator.build())
        self._config = config

    def reset(self) -> None:
        """Forgets what was said; it stays saved, and the next question begins another talk."""
        self.name = ""
        self.turns = []
        self._history = []

    def ask(self, question: str) -> None:
        """Answers, saves and prints; what goes wrong is told, and the talk goes on."""
        if len(question) > MOST_CHARACTERS:
            self._fail(
                question, f"the question has {len(question):,} characters; at most {MOST_CHARACTERS:,}"
            )
            return
        try:
            self._answer(question)
        except (RagkitError, KeyError) as error:
            self._fail(question, in_words(error))

    def _answer(self, question: str) -> None:
        with drafting() as show:
            writing = self.chain.stream(question, history=self._history, literal=self.manner.literal)
            answer = shown_while_written(writing, show)
        turn = saved(question, answer)
        try:
            self.name = self.name or self.sessions.begin(place=self._place)
            self.sessions.add(self.name, turn, place=self._place)
        except SessionError as error:
            notice(f"not saved: {error}")
        self.turns.append(turn)
        self._history.append(as_turn(answer))
        self._print(question, answer)

    def _fail(self, question: str, reason: str) -> None:
        self.failed += 1
        if self.manner.json:
            print_json(ChatErrorShape(question=question[:MOST_CHARACTERS], error=reason), line=True)
        else:
            notice(f"error: {reason}")

    def _print(self, question: str, answer: Answer) -> None:
        if self.manner.show_prompt:
            print_prompt(answer)
        if self.manner.json:
            shape = dict(ask_shape(answer, self.chain.documents))
            line = ChatShape(**shape, session=self.name, question=question, understood=answer.query.text)
            print_json(line, line=True)
            return
        notify(answer.notices, told=self.manner.told)
        console = out()
        print_answer(console, answer, self.chain.documents)
        if answer.usage:
            print_usage(console, answer.usage)
        console.print()


def converse(talk: Talk, question: str, *, interactive: bool) -> None:
    """One question; at a terminal Ctrl-C stops its answer only."""
    try:
        talk.ask(question)
    except KeyboardInterrupt:
        if not interactive:
            raise
        with suppress(KeyboardInterrupt):
            notice("stopped; nothing of this answer is kept")
