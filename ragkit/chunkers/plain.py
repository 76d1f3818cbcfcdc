"""Chunkers that see no structure but words (`fixed`) or sentences and paragraphs (`sentence`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ragkit.chunkers.packing import Tokenized, TokenSpans, cut, cut_all, merge_remainder, pack, room
from ragkit.chunkers.passages import Headings, Passage, finish
from ragkit.language.sentences import sentence_spans
from ragkit.stages import StageConfig
from ragkit.types import Chunk, Document


class FixedConfig(StageConfig):
    """Settings of `FixedChunker`: tokens per chunk and tokens that neighbours share."""

    type: Literal["fixed"] = "fixed"
    size: int = Field(default=200, ge=8)
    overlap: int = Field(default=40, ge=0)

    def build(self, tokens: TokenSpans, window: int) -> FixedChunker:
        """The chunker for an embedder's `token_spans` and `window`."""
        return FixedChunker(tokens, window, size=self.size, overlap=self.overlap)


class FixedChunker:
    """Passages of `size` tokens, cut at the ends of words; each repeats `overlap` tokens of the last.

    `size` is at most `window`, `overlap` at most half of `size`.
    """

    def __init__(self, tokens: TokenSpans, window: int, *, size: int = 200, overlap: int = 40) -> None:
        self._tokens = tokens
        self._window = window
        self._size = min(size, window)
        self._overlap = min(overlap, self._size // 2)

    @property
    def name(self) -> str:
        """Identity for the index: type and every setting that changes the result."""
        return f"fixed(size={self._size},overlap={self._overlap})"

    def chunk(self, document: Document) -> list[Chunk]:
        """Passages in order that together hold every character; none for a text of spaces only."""
        headings = Headings(document, self._tokens, limit=self._size // 4)
        source = Tokenized(document.text, self._tokens)
        ceiling = room(self._tokens, headings.of(()), self._window)
        size = min(self._size, ceiling)
        parts = cut(source, (0, len(document.text)), size=size, overlap=min(self._overlap, size // 2))
        parts = merge_remainder(source, parts, size=size, ceiling=ceiling)
        passages = [Passage(start=start, end=end) for start, end in parts]
        return finish(document, passages, headings, tokens=self._tokens, window=self._window)


class SentenceConfig(StageConfig):
    """Settings of `SentenceChunker`: tokens per chunk and sentences that neighbours share."""

    type: Literal["sentence"] = "sentence"
    size: int = Field(default=300, ge=8)
    overlap: int = Field(default=1, ge=0)

    def build(self, tokens: TokenSpans, window: int) -> SentenceChunker:
        """The chunker for an embedder's `token_spans` and `window`."""
        return SentenceChunker(tokens, window, size=self.size, overlap=self.overlap)


class SentenceChunker:
    """Whole sentences up to `size` tokens, if possible to a paragraph's end.

    Each passage repeats the last `overlap` sentences of the one before, a fifth of `size` at most.
    A sentence of more than `size` tokens is cut between words.
    """

    def __init__(self, tokens: TokenSpans, window: int, *, size: int = 300, overlap: int = 1) -> None:
        self._tokens = tokens
        self._window = window
        self._size = min(size, window)
        self._overlap = overlap

    @property
    def name(self) -> str:
        """Identity for the index: type and every setting that changes the result."""
        return f"sentence(size={self._size},overlap={self._overlap})"

    def chunk(self, document: Document) -> list[Chunk]:
        """Passages in order that together hold every character; none for a text of spaces only."""
        headings = Headings(document, self._tokens, limit=self._size // 4)
        source = Tokenized(document.text, self._tokens)
        ceiling = room(self._tokens, headings.of(()), self._window)
        size = min(self._size, ceiling)
        sentences = cut_all(source, sentence_spans(document.text), size=size)
        packed = pack(source, sentences, size=size, ceiling=ceiling, overlap=self._overlap)
        passages = [Passage(start=start, end=end) for start, end in packed]
        return finish(document, passages, headings, tokens=self._tokens, window=self._window)
