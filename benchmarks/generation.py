"""The language model of this machine: guessed tokens, kept prefixes and eight bits, on the demo documents.

Every comparison is of two writers that answer the same prompts in turns, in one process.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.figures import Figure
from benchmarks.timing import median_ratio
from ragkit.chain import Chain
from ragkit.config import load_config
from ragkit.evaluation.answers import has_answer
from ragkit.evaluation.golden import Question, read_golden
from ragkit.models.causal import CausalSettings, TextWriter
from ragkit.types import Finish, Message, Turn

_QUESTIONS = 30
_MOST_TOKENS = 160  # as the generator's own default
_LOOKUP_TARGET = 1.5
_CHAT_TARGET = 0.5
_INT8_TARGET = 1.3
_POINTS_LOST = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What a writer made of a prompt, and seconds to its first piece and to its end."""

    text: str
    finish: Finish
    first: float
    whole: float

    @property
    def rate(self) -> float:
        """Tokens per second once the prompt is read: what comes after the first one."""
        assert self.finish.usage
        return (self.finish.usage.completion_tokens - 1) / (self.whole - self.first)

    @property
    def long_enough(self) -> bool:
        """Whether there is a rate to speak of."""
        return bool(self.finish.usage and self.finish.usage.completion_tokens > 4)


def measure(*, queries: int | None) -> list[Figure]:
    """Each comparison on the English golden questions that have an answer, at most `queries` of them."""
    golden = read_golden(Path("corpora/golden/demo.jsonl"))
    questions = [q for q in golden if q.language == "en" and q.evidence]
    with tempfile.TemporaryDirectory() as folder:
        chain = _demo(Path(folder))
        asked = [(question, list(chain.prompt(question.question))) for question in questions]
        first = asked[: queries or _QUESTIONS]
        talks = _talks(chain, first)
    lookup = _lookup([prompt for _, prompt in first])
    return [*lookup, *_chat(talks), *_int8(asked[:queries])]


def _demo(folder: Path) -> Chain:
    """The chain of the preset `local` over the demo documents."""
    config = load_config("local").model_copy(update={"index": folder / "index"})
    config.build_ingest().run([Path("corpora/demo")])
    return config.build()


def _write(writer: TextWriter, prompt: Sequence[Message], *, most_tokens: int = _MOST_TOKENS) -> Timed:
    started, first, text = perf_counter(), 0.0, ""
    writing = writer.stream(prompt, most_tokens=most_tokens)
    while True:
        try:
            piece = next(writing)
        except StopIteration as end:
            finish: Finish = end.value
            whole = perf_counter() - started
            return Timed(text=text, finish=finish, first=first or whole, whole=whole)
        first = first or perf_counter() - started
        text += piece


def _in_turns(
    left: TextWriter, right: TextWriter, prompts: Sequence[Sequence[Message]]
) -> tuple[list[Timed], list[Timed]]:
    """Both answer every prompt, now the one first, now the other."""
    _write(left, prompts[0], most_tokens=2), _write(right, prompts[0], most_tokens=2)  # loads and warms
    ours: list[Timed] = []
    theirs: list[Timed] = []
    for number, prompt in enumerate(prompts):
        both = ((left, ours), (right, theirs))
        for writer, made in both if number % 2 else both[::-1]:
            made.append(_write(writer, prompt))
        print(f"{number + 1} of {len(prompts)}: {_rates(ours, theirs)[1]}", file=sys.stderr, flush=True)
    return ours, theirs


def _lookup(prompts: Sequence[Sequence[Message]]) -> list[Figure]:
    """Guessing tokens from the prompt, against choosing one after the other."""
    guessing, plain = _in_turns(TextWriter(), TextWriter(CausalSettings(lookup_tokens=0)), prompts)
    same = [a.text == b.text for a, b in zip(guessing, plain, strict=True)]
    ratio, note = _rates(guessing, plain)
    return [
        Figure(
            name="prompt lookup / greedy, tokens per second",
            value=ratio,
            target=_LOOKUP_TARGET,
            better="higher",
            note=note,
        ),
        Figure(
            name="prompt lookup: share of identical texts",
            value=sum(same) / len(same),
            target=1.0,
            better="higher",
            note=f"{len(same)} questions",
        ),
    ]


def _rates(left: Sequence[Timed], right: Sequence[Timed]) -> tuple[float, str]:
    """The median ratio of tokens per second, and the rates of both."""
    pairs = [(a, b) for a, b in zip(left, right, strict=True) if a.long_enough and b.long_enough]
    if not pairs:
        return math.nan, "no answer is long enough to be timed"
    ours, theirs = [a.rate for a, _ in pairs], [b.rate for _, b in pairs]
    of_all = _rate_of_all([a for a, _ in pairs]) / _rate_of_all([b for _, b in pairs])
    note = f"{median(ours):.1f} and {median(theirs):.1f} tokens/s; ratio of all tokens/s {of_all:.2f}"
    return median_ratio(ours, theirs), note


def _rate_of_all(timed: Sequence[Timed]) -> float:
    """Tokens per second over all answers together."""
    tokens = sum(t.finish.usage.completion_tokens - 1 for t in timed if t.finish.usage)
    return tokens / sum(t.whole - t.first for t in timed)


Talk = tuple[list[Message], list[Message]]
"""The prompt of a first question, and that of a second one after it."""


def _talks(chain: Chain, asked: Sequence[tuple[Question, list[Message]]]) -> list[Talk]:
    """Neighbouring questions on the same document, the second as a follow-up of the first."""
    talks = []
    for (one, prompt), (other, _) in pairwise(asked):
        if one.evidence[0].source == other.evidence[0].source:
            found = tuple(chain.search(one.question))
            turn = Turn(question=one.question, answer=one.answers[0], hits=found)
            talks.append((prompt, list(chain.prompt(other.question, history=[turn]))))
    return talks


def _chat(talks: Sequence[Talk]) -> list[Figure]:
    """The wait for the second answer of a talk, with the first prompt kept, against reading it again."""
    keeping, forgetting = TextWriter(), TextWriter(CausalSettings(cache_megabytes=0))
    kept: list[Timed] = []
    again: list[Timed] = []
    for first, second in talks:
        _write(forgetting, first, most_tokens=1)  # reads it, keeps nothing
        again.append(_write(forgetting, second, most_tokens=24))
        _write(keeping, first, most_tokens=1)
        kept.append(_write(keeping, second, most_tokens=24))
    same = [a.text == b.text for a, b in zip(kept, again, strict=True)]
    shares = [t.finish.usage.cached_tokens / t.finish.usage.prompt_tokens for t in kept if t.finish.usage]
    note = (
        f"{median(t.first for t in kept):.2f} s, {median(t.first for t in again):.2f} s; {len(talks)} talks; "
    )
    note += f"{100 * median(shares):.0f} % of the prompt was known"
    value = median_ratio([t.first for t in kept], [t.first for t in again])
    return [
        Figure(
            name="second turn: first piece with / without kept prefix",
            value=value,
            target=_CHAT_TARGET,
            note=note,
        ),
        Figure(
            name="second turn: share of identical texts",
            value=sum(same) / len(same),
            target=1.0,
            better="higher",
        ),
    ]


def _int8(asked: Sequence[tuple[Question, list[Message]]]) -> list[Figure]:
    """Weights of eight bits against float32, both one token after the other."""
    eight = TextWriter(CausalSettings(quantize="int8", lookup_tokens=0))
    whole = TextWriter(CausalSettings(dtype="float32", lookup_tokens=0))
    ours, theirs = _in_turns(eight, whole, [prompt for _, prompt in asked])
    ratio, note = _rates(ours, theirs)
    questions = [question for question, _ in asked]
    right, wanted = _right(questions, ours), _right(questions, theirs)
    first = f"first piece {median(t.first for t in ours):.2f} s and {median(t.first for t in theirs):.2f} s"
    return [
        Figure(
            name="int8 / float32, tokens per second",
            value=ratio,
            target=_INT8_TARGET,
            better="higher",
            note=f"{note}; {first}",
        ),
        Figure(
            name="int8 - float32, share of answers that hold an accepted one",
            value=right - wanted,
            target=-_POINTS_LOST,
            better="higher",
            note=f"{right:.3f} and {wanted:.3f} of {len(questions)} questions",
        ),
    ]


def _right(questions: Sequence[Question], made: Sequence[Timed]) -> float:
    """The share of answers that hold an accepted one."""
    pairs = zip(questions, made, strict=True)
    return sum(any(has_answer(t.text, answer) for answer in q.answers) for q, t in pairs) / len(questions)
