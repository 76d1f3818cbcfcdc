"""The chunker that searches small passages and lets the generator read the large ones around them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ragkit.chunkers.blocks import Block
from ragkit.chunkers.markdown import block_atoms, outline
from ragkit.chunkers.packing import Span, Tokenized, TokenSpans, cut_all, pack, room
from ragkit.chunkers.passages import Headings, Passage, finish
from ragkit.language.sentences import sentence_spans
from ragkit.stages import StageConfig
from ragkit.types import Chunk, Document


class ParentConfig(StageConfig):
    """Settings of `ParentChunker`: tokens per chunk, sentences shared, tokens per parent."""

    type: Literal["parent"] = "parent"
    size: int = Field(default=80, ge=8)
    overlap: int = Field(default=0, ge=0)
    parent_size: int = Field(default=400, ge=8)

    def build(self, tokens: TokenSpans, window: int) -> ParentChunker:
        """The chunker for an embedder's `token_spans` and `window`."""
        return ParentChunker(
            tokens, window, size=self.size, overlap=self.overlap, parent_size=self.parent_size
        )


class ParentChunker:
    """Chunks of `size` tokens whose `parent` is the enclosing passage of up to `parent_size` tokens.

    Parents are made like the chunks of `MarkdownChunker`, without overlap, and are not bound to the window.
    """

    def __init__(
        self, tokens: TokenSpans, window: int, *, size: int = 80, overlap: int = 0, parent_size: int = 400
    ) -> None:
        self._tokens = tokens
        self._window = window
        self._size = min(size, window)
        self._overlap = overlap
        self._parent_size = max(parent_size, self._size)

    @property
    def name(self) -> str:
        """Identity for the index: type and every setting that changes the result."""
        return f"parent(size={self._size},overlap={self._overlap},parent_size={self._parent_size})"

    def chunk(self, document: Document) -> list[Chunk]:
        """Passages in order that together hold every character; none for a text of spaces only."""
        headings = Headings(document, self._tokens, limit=self._size // 4)
        source = Tokenized(document.text, self._tokens)
        passages: list[Passage] = []
        for section, blocks in outline(document, source, size=self._parent_size):
            ceiling = room(self._tokens, headings.of(section.path), self._window)
            for parent in self._parents(source, blocks):
                passages += [
                    Passage(start=start, end=end, path=section.path, parent=parent)
                    for start, end in self._children(source, parent, ceiling)
                ]
        return finish(document, passages, headings, tokens=self._tokens, window=self._window)

    def _parents(self, source: Tokenized, blocks: list[Block]) -> list[Span]:
        size, ceiling = self._parent_size, self._parent_size + self._parent_size // 4
        return pack(
            source, block_atoms(source, blocks, size=size, ceiling=ceiling), size=size, ceiling=ceiling
        )

    def _children(self, source: Tokenized, parent: Span, ceiling: int) -> list[Span]:
        size = min(self._size, ceiling)
        offset, end = parent
        sentences = [(offset + a, offset + b) for a, b in sentence_spans(source.text[offset:end])]
        atoms = cut_all(source, sentences, size=size)
        return pack(source, atoms, size=size, ceiling=ceiling, overlap=self._overlap)
