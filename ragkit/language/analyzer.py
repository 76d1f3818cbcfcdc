"""Terms of lexical search for text in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import metadata, resources
from itertools import chain, pairwise
from threading import Lock
from typing import TYPE_CHECKING, Literal

from ragkit.stages import StageConfig

if TYPE_CHECKING:
    from snowballstemmer.english_stemmer import EnglishStemmer

_VERSION = 1
_CACHED_TOKENS = 1 << 17
_STEM_LOCK = Lock()  # the stemmer keeps its state in attributes

# Scripts written without spaces: Thai to Khmer, Hangul, kana, Han. Their runs become uni- and bigrams.
_UNSPACED = (
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1780-\u17d3"
    r"\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7fb"
    r"\u3005-\u3007\u3041-\u3096\u3099\u309a\u309d-\u30fa\u30fc-\u312f\u31f0-\u31ff"
    r"\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003fffd"
)
# Marks belong to the letter before them, but `\w` does not match them.
_MARKS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09d7\u0a01-\u0a51\u0a81-\u0acd"
    r"\u0b01-\u0b57\u0b82-\u0bcd\u0c00-\u0c56\u0c81-\u0cd6\u0d00-\u0d57\u0d81-\u0ddf"
)
_LETTER = rf"(?:[^\W_{_UNSPACED}][{_MARKS}]*+)"
_JOINER = r"(?:[-._&'\u2019]|(?<=\d)[,:](?=\d))"
# The bounds keep a megabyte without spaces from becoming one term.
_TOKEN = re.compile(
    rf"{_LETTER}{{1,64}}+(?:{_JOINER}{_LETTER}{{1,64}}+){{0,8}}+(?:\+\+|\#(?!\w))?|[{_UNSPACED}]{{1,64}}+"
)
_ASCII_TOKEN = re.compile(rf"[a-z0-9]{{1,64}}+(?:{_JOINER}[a-z0-9]{{1,64}}+){{0,8}}+(?:\+\+|#(?!\w))?")

_FIRST_UNSPACED = re.compile(f"[{_UNSPACED}]")
_CONTRACTION = re.compile(r"(?:['\u2019](?:s|m|d|ll|re|ve)|n['\u2019]t)$")
_COMPOUND = re.compile(r"[-._&'\u2019+#\d]")
_ACRONYM = re.compile(r"[^\W\d_](?:[.&][^\W\d_])+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SPLIT = re.compile(r"[-._,:&'\u2019]")
_SILENT = re.compile(r"(?<!\d)[-._&'\u2019]|[-._&'\u2019](?!\d)")
_GROUP = re.compile(r"\d+(?:\.\d+)*|[^\s\d._,:&'\u2019#+-]+")


class AnalyzerConfig(StageConfig):
    """Settings of `UnicodeAnalyzer`."""

    type: Literal["unicode"] = "unicode"

    def build(self) -> UnicodeAnalyzer:
        """The analyzer."""
        return UnicodeAnalyzer()


class UnicodeAnalyzer:
    """Words of any script, normalised by NFKC and case folding, in documents and queries alike.

    Words in an alphabet are stemmed (Snowball English); English stopwords go, unless nothing else is there.
    Chinese, Japanese, Korean, Thai and the like become single characters and pairs of neighbours.
    Compounds are found whole, however they are joined, and in parts: "ISO-9001" gives iso9001, iso, 9001.
    """

    @property
    def name(self) -> str:
        """Identity for the index: changes whenever the terms would."""
        return f"unicode-{_VERSION}(snowball=english-{_snowball_version()})"

    def terms(self, text: str) -> list[str]:
        """The terms of `text` in order, with repetitions; stopwords only where there is nothing else."""
        tokens = _tokens(text)
        return list(chain.from_iterable(map(_content_terms, tokens))) or list(
            chain.from_iterable(map(_all_terms, tokens))
        )


def _tokens(text: str) -> list[str]:
    if text.isascii():
        return _ASCII_TOKEN.findall(text.lower())
    visible = text.replace("\u00ad", "").replace("\u200c", "").replace("\u200d", "")  # joins and soft hyphens
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    return _TOKEN.findall(folded)


@lru_cache(maxsize=_CACHED_TOKENS)
def _content_terms(token: str) -> tuple[str, ...]:
    """The terms of one token; none for a stopword."""
    if _FIRST_UNSPACED.match(token):
        return _grams(token)
    if token.isalpha() or not _COMPOUND.search(token):
        return () if token in _stopwords() else (_stem(token),)
    word, contractions = _CONTRACTION.subn("", token)
    if contractions and (word in _stopwords() or "n" in token[len(word) :]):
        return ()
    return tuple(_stem(part) for part in _words(word) if part not in _stopwords())


def _all_terms(token: str) -> tuple[str, ...]:
    """The terms of one token, stopwords among them."""
    return _content_terms(token) or tuple(map(_stem, _words(_CONTRACTION.sub("", token))))


def _grams(run: str) -> tuple[str, ...]:
    return (*run, *map("".join, pairwise(run)))


def _words(token: str) -> tuple[str, ...]:
    """A compound whole and in parts, each once: "v2.3" gives v2.3, v, 2.3."""
    token = _THOUSANDS.sub("", token)
    return tuple(dict.fromkeys(_spellings(token)))


def _spellings(token: str) -> Iterator[str]:
    yield _SILENT.sub("", token)
    if _ACRONYM.fullmatch(token):
        return
    for part in _SPLIT.split(token.rstrip("+#")):
        if not part.isdigit():
            yield part
    for group in _GROUP.findall(token):
        yield group
        if group.count(".") > 1:
            yield from group.split(".")


def _stem(word: str) -> str:
    if not word.isalpha():
        return word
    with _STEM_LOCK:
        return str(_stemmer().stemWord(word))


@cache
def _stemmer() -> EnglishStemmer:
    from snowballstemmer.english_stemmer import EnglishStemmer

    return EnglishStemmer()


@cache
def _snowball_version() -> str:
    return ".".join(metadata.version("snowballstemmer").split(".")[:2])


@cache
def _stopwords() -> frozenset[str]:
    lines = resources.files(__package__).joinpath("stopwords_en.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
