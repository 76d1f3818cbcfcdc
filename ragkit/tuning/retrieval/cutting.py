"""The part of a passage that a reranker reads, as the chain's own stage chooses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ragkit.language import UnicodeAnalyzer
from ragkit.models.onnx import token_spans
from ragkit.rerankers.shortening import shortened
from ragkit.tuning.retrieval.mining import Example
from ragkit.types import Chunk

_MARKS = 3  # of a pair: its beginning, and the end of either text


def cut(examples: Sequence[Example], tokenizer: Any, *, longest: int) -> list[Example]:
    """The examples with passages shortened so that a pair has `longest` tokens at most."""
    from tokenizers import Tokenizer

    plain = Tokenizer.from_str(tokenizer.to_str())  # truncation is the trainer's own
    plain.no_truncation()
    plain.no_padding()
    analyzer = UnicodeAnalyzer()
    found = []
    for one in examples:
        asked = min(len(token_spans(plain, one.question)), longest // 2)
        chunks = [_chunk(text) for text in (one.right, *one.wrong)]
        right, *wrong = shortened(
            one.question,
            chunks,
            room=longest - _MARKS - asked,
            tokens=lambda text: token_spans(plain, text),
            terms=analyzer.terms,
        )
        found.append(replace(one, right=right, wrong=tuple(wrong)))
    return found


def _chunk(text: str) -> Chunk:
    return Chunk(id="", document_id="", start=0, end=len(text), text=text)
