"""Pairs as they are stored: a question with its passages, the right reply, and a wrong one beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ragkit.errors import ConfigError
from ragkit.types import Chunk, Hit, Message

Kind = Literal["answered", "missing", "fooling"]
"""The passages answer; the passage that would is not among them; people wrote the question to fool."""
Wrong = Literal["", "altered", "elsewhere", "refused", "answered"]
"""What a rejected reply does: says something else, is from elsewhere, refuses, or answers nevertheless."""


class Stored(BaseModel):
    """A part of a stored pair."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Shown(Stored):
    """A passage, and the document that it is of."""

    id: str
    document: str
    text: str


class Turn(Stored):
    """A turn of the prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


class Pair(Stored):
    """A question about passages (the best first) as the chain asks it, and the reply to learn.

    `answers` are the accepted ones, none where a refusal is right. `document` names the group of documents
    that no other part may hold. `rejected` is a reply that is worse, "" where there is none.
    """

    id: str
    kind: Kind
    language: str
    document: str
    question: str
    answers: tuple[str, ...] = ()
    passages: tuple[Shown, ...]
    prompt: tuple[Turn, ...]
    reply: str
    rejected: str = ""
    wrong: Wrong = ""

    @property
    def messages(self) -> list[Message]:
        """The prompt, before a chat template."""
        return [Message(turn.role, turn.content) for turn in self.prompt]

    @property
    def hits(self) -> list[Hit]:
        """The passages as a search would give them."""
        return [as_hit(one, rank) for rank, one in enumerate(self.passages)]


def as_hit(shown: Shown, rank: int) -> Hit:
    """A passage as a chunk that is a document of its own; ranks begin with 0."""
    chunk = Chunk(id=shown.id, document_id=shown.document, start=0, end=len(shown.text), text=shown.text)
    return Hit(chunk=chunk, score=1.0 / (1 + rank))


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    """Writes pairs as JSONL, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.write_text("".join(one.model_dump_json() + "\n" for one in pairs), encoding="utf-8")
    beside.replace(path)


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a JSONL file. Raises `ConfigError` with the first line that is not valid."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"No pairs at {path}: {error}. `ragkit data pairs` makes some.") from error
    pairs = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            pairs.append(Pair.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "JSON"
            raise ConfigError(f"{path}, line {number}, {where}: {first['msg']}") from error
    if not pairs:
        raise ConfigError(f"{path} holds no pairs. `ragkit data pairs` makes some.")
    return pairs


def digest(pairs: Sequence[Pair]) -> str:
    """The sha256 of pairs, whatever file they stand in."""
    made = sha256()
    for one in pairs:
        made.update(one.model_dump_json().encode() + b"\n")
    return made.hexdigest()
