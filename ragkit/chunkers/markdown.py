"""The chunker for documents with headings; without any it is the sentence chunker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from ragkit.chunkers.blocks import Block, join_small, read_blocks, read_sections
from ragkit.chunkers.packing import Span, Tokenized, TokenSpans, cut_all, pack, room
from ragkit.chunkers.passages import Headings, Passage, Section, finish, one_line
from ragkit.language.sentences import sentence_spans
from ragkit.stages import StageConfig
from ragkit.types import Chunk, Document

Outline = list[tuple[Section, list[Block]]]


class MarkdownConfig(StageConfig):
    """Settings of `MarkdownChunker`: tokens per chunk and sentences that neighbours share."""

    type: Literal["markdown"] = "markdown"
    size: int = Field(default=300, ge=8)
    overlap: int = Field(default=1, ge=0)

    def build(self, tokens: TokenSpans, window: int) -> MarkdownChunker:
        """The chunker for an embedder's `token_spans` and `window`."""
        return MarkdownChunker(tokens, window, size=self.size, overlap=self.overlap)


class MarkdownChunker:
    """Whole sentences, tables, lists and code up to `size` tokens, never across two sections.

    A chunk's heading is its path ("Title > Section > Sub"). Documents whose `metadata["format"]`
    says that they are not Markdown, as loaders do, are chunked as by `SentenceChunker`.
    """

    def __init__(self, tokens: TokenSpans, window: int, *, size: int = 300, overlap: int = 1) -> None:
        self._tokens = tokens
        self._window = window
        self._size = min(size, window)
        self._overlap = overlap

    @property
    def name(self) -> str:
        """Identity for the index: type and every setting that changes the result."""
        return f"markdown(size={self._size},overlap={self._overlap})"

    def chunk(self, document: Document) -> list[Chunk]:
        """Passages in order that together hold every character; none for a text of spaces only."""
        headings = Headings(document, self._tokens, limit=self._size // 4)
        source = Tokenized(document.text, self._tokens)
        passages: list[Passage] = []
        for section, blocks in outline(document, source, size=self._size):
            ceiling = room(self._tokens, headings.of(section.path), self._window)
            size = min(self._size, ceiling)
            atoms = block_atoms(source, blocks, size=size, ceiling=ceiling)
            spans = pack(source, atoms, size=size, ceiling=ceiling, overlap=self._overlap)
            passages += [Passage(start=start, end=end, path=section.path) for start, end in spans]
        return finish(document, passages, headings, tokens=self._tokens, window=self._window)


def outline(document: Document, source: Tokenized, *, size: int) -> Outline:
    """The sections of `document` and their blocks; one section of plain text where it has no headings.

    The document's title stands above headings of the second level and deeper.
    """
    if not document.text:
        return []
    plain = document.metadata.get("format", "markdown") != "markdown"
    text = Block(kind="text", start=0, end=len(document.text))
    blocks = [text] if plain else read_blocks(document.text)
    levels = {block.level for block in blocks if block.kind == "heading"}
    if not levels and "format" not in document.metadata:
        blocks = [text]
    sections = join_small(source, read_sections(blocks), size=size)
    title = one_line(document.title)
    if title and min(levels, default=1) > 1:
        return [(_under(title, section), members) for section, members in sections]
    return sections


def block_atoms(source: Tokenized, blocks: Sequence[Block], *, size: int, ceiling: int) -> list[Span]:
    """Spans that packing keeps whole: sentences, and tables, code and lists of at most `size` tokens.

    Headings stay with what follows them, if both have at most `ceiling` tokens and 5/4 of `size`.
    """
    atoms: list[Span] = []
    glued = False
    for block in blocks:
        parts = cut_all(source, _parts(source, block, size), size=size)
        if glued and source.count(atoms[-1][0], parts[0][1]) <= min(ceiling, size + size // 4):
            start, _ = atoms.pop()
            parts[0] = (start, parts[0][1])
        atoms += parts
        glued = block.kind == "heading"
    return atoms


def _under(title: str, section: Section) -> Section:
    path = section.path if section.path[:1] == (title,) else (title, *section.path)
    return Section(start=section.start, end=section.end, path=path if section.path else ())


def _parts(source: Tokenized, block: Block, size: int) -> Iterable[Span]:
    span = (block.start, block.end)
    if block.kind == "heading" or (block.kind != "text" and source.count(*span) <= size):
        return [span]
    text = source.text[block.start : block.end]
    if block.kind in {"code", "table"}:
        return _lines(text, block.start)
    return [(block.start + start, block.start + end) for start, end in sentence_spans(text)]


def _lines(text: str, offset: int) -> Iterable[Span]:
    for line in text.splitlines(keepends=True):
        yield offset, offset + len(line)
        offset += len(line)
