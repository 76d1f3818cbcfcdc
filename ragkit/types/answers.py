"""What is written and checked: citations, sentences, drafts, answers, and the talk with a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ragkit.types.documents import Box
from ragkit.types.search import Hit, Query

Verdict = Literal["supported", "weak", "unsupported", "unchecked"]
OnUnsupported = Literal["mark", "drop", "abstain"]
"""What is done about sentences that nothing supports."""
OnOrders = Literal["leave_out", "keep"]
"""What is done about sentences of documents that address the assistant or give it orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Exact characters of a document: `document.text[start:end] == quote`."""

    document_id: str
    start: int
    end: int
    quote: str
    source: str = ""
    page_index: int = 0
    page_label: str = ""
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One statement of an answer, `answer.text[start:end]`, and what supports it (0 to 1)."""

    start: int
    end: int
    citations: tuple[Citation, ...] = ()
    support: float = 0.0
    verdict: Verdict = "unchecked"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a talk with a language model; `passages` are those that stand in its content."""

    role: Literal["system", "user", "assistant"]
    content: str
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a language model read and wrote, in tokens; `cached_tokens` of the prompt were not read anew.

    `cost` is in US dollars, None where no prices are known.
    """

    model: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedToken:
    """A written token, how probable the model found it (0 to 1), and the passage that it is from.

    `passage` counts from 1, 0 for none; `copied` tokens repeat a run of the passage's tokens, others only
    gave it the most attention.
    """

    text: str
    probability: float
    passage: int = 0
    copied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How the writing of a language model ended; `cut` where it had more to say than it was allowed."""

    usage: Usage | None = None
    cut: bool = False
    trace: tuple[TracedToken, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a generator made, before any of its citations is checked; `prompt` is what a model was asked."""

    text: str
    sentences: tuple[Sentence, ...]
    abstained: bool = False
    reason: str = ""
    prompt: tuple[Message, ...] = ()
    usage: Usage | None = None
    trace: tuple[TracedToken, ...] = ()
    notices: tuple[str, ...] = ()
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether passages answer a question: `score` and `threshold` from 0 to 1; `reason` is "" if they do."""

    score: float = 1.0
    threshold: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A checked answer to the question as it was understood, `query`.

    `timings` are milliseconds per stage, `notices` what people should know of it, `dropped` the citations
    that did not resolve.
    """

    text: str
    sentences: tuple[Sentence, ...]
    hits: tuple[Hit, ...]
    query: Query
    judgement: Judgement = Judgement()
    abstained: bool = False
    reason: str = ""
    prompt: tuple[Message, ...] = ()
    usage: Usage | None = None
    trace: tuple[TracedToken, ...] = ()
    dropped: int = 0
    timings: Mapping[str, float] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A question of a talk, as it was understood, and the answer to it; `hits` are what was read for it."""

    question: str
    answer: str
    hits: tuple[Hit, ...] = ()
