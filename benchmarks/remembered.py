"""A language model that is not asked twice: what it wrote for a prompt is kept on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from ragkit.generators import LocalConfig, WrittenGenerator
from ragkit.models.causal import TextWriter
from ragkit.stages import Written
from ragkit.types import Finish, Message

KEPT = Path("runs/injection")  # no part of the repository


class RememberedConfig(LocalConfig):
    """As `local`; only greedy answers are the same each time, and may be kept."""

    def build(self) -> WrittenGenerator:
        """The generator."""
        assert self.temperature == 0.0
        return WrittenGenerator(self, RememberingWriter(self))


class RememberingWriter(TextWriter):
    """Writes at once, in one piece, what was written before."""

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        """Yields the answer as one piece."""
        key = hashlib.sha256(f"{most_tokens} {self._prompt(messages)}".encode()).hexdigest()
        if key not in self._known:
            self._keep(key, *_whole(super().stream(messages, most_tokens=most_tokens)))
        text, cut = self._known[key]
        yield text
        return Finish(cut=cut)

    @cached_property
    def _file(self) -> Path:
        return KEPT / f"{self.name.replace('/', '_')}.jsonl"

    @cached_property
    def _known(self) -> dict[str, tuple[str, bool]]:
        if not self._file.exists():
            return {}
        rows = map(json.loads, self._file.read_text(encoding="utf-8").splitlines())
        return {row["key"]: (row["text"], row["cut"]) for row in rows}

    def _keep(self, key: str, text: str, cut: bool) -> None:
        self._known[key] = text, cut
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "text": text, "cut": cut}) + "\n")


def _whole(writing: Written) -> tuple[str, bool]:
    """All that is written, and whether it was cut off."""
    pieces = []
    while True:
        try:
            pieces.append(next(writing))
        except StopIteration as end:
            finish: Finish = end.value
            return "".join(pieces), finish.cut
