"""What the entailment network says of passages: whether one of them answers, or only seems to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from ragkit.entailment import EntailmentReader, select, shared_entailment, shipped
from ragkit.types import Hit

ANSWERED = "answered"
"""The name of its signal."""
_UNIT = 5.0  # brings logits to the size of the other signals


class AnswerReader:
    """Reads a question with each passage by the network of a folder; None: the one that comes with ragkit."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = (folder or shipped()).expanduser()

    @cached_property
    def _reader(self) -> EntailmentReader:
        return shared_entailment(self._folder)

    def signals(self, query: str, passages: Sequence[Hit], *, about: float = 1.0) -> Mapping[str, float]:
        """`answered`: the highest logit of any passage, a fifth of it; a yes as far as they are `about` it.

        The network learnt from paragraphs about the question's own subject: what answers there may only seem
        to elsewhere. Raises `ModelNotFound`.
        """
        if not passages:
            return {}
        most = max(self._reader.logit(query, " ".join(select(query, [hit.chunk.text]))) for hit in passages)
        return {ANSWERED: (most if most < 0.0 else about * most) / _UNIT}
