"""Terms of lexical search for text in any script."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import Literal

from ragkit.language.chinese import dictionary_version, is_han, placed_words, simplified
from ragkit.language.questions import question_spans, without_question_words
from ragkit.language.stems import (
    english_stopwords,
    is_stopword,
    query_languages,
    stemmer_version,
    stems,
    text_languages,
    unaccented,
)
from ragkit.language.tokens import folded, is_unspaced, tokens
from ragkit.stages import StageConfig

Chinese = Literal["ngrams", "jieba"]

_VERSION = 2
_CACHED_TOKENS = 1 << 17
_CACHED_LANGUAGES = 64

# Weights in questions, chosen on the even halves of the development sets.
_LIGHT = 0.4  # of a word that carries little
_ASKING = 0.3  # of several Chinese characters that only ask; single ones have none
_HALF_ASKING = 0.5  # of a pair of characters of which one only asks

# So common in English that searching for them would only cost time; other stopwords are light.
_SILENT = frozenset((
    "the", "a", "an", "and", "of", "in", "to", "is", "are", "was", "were", "be", "been", "by", "as",
    "on", "for", "with", "from", "it", "its", "at", "that", "this", "or",
))  # fmt: skip
_ENGLISH = ("en",)
_CONTRACTION = re.compile(r"(?:['\u2019](?:s|m|d|ll|re|ve)|n['\u2019]t)$")
_COMPOUND = re.compile(r"[-._&'\u2019+#\d]")
_ACRONYM = re.compile(r"[^\W\d_](?:[.&][^\W\d_])+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SPLIT = re.compile(r"[-._,:&'\u2019]")
_SILENT_JOINER = re.compile(r"(?<!\d)[-._&'\u2019]|[-._&'\u2019](?!\d)")
_GROUP = re.compile(r"\d+(?:\.\d+)*|[^\s\d._,:&'\u2019#+-]+")


class AnalyzerConfig(StageConfig):
    """Settings of `UnicodeAnalyzer`.

    `chinese`: `ngrams` (characters and pairs, needs no dictionary) or `jieba` (words of its dictionary).
    """

    type: Literal["unicode"] = "unicode"
    chinese: Chinese = "ngrams"

    def build(self) -> UnicodeAnalyzer:
        """The analyzer."""
        return UnicodeAnalyzer(chinese=self.chinese)


class UnicodeAnalyzer:
    """Words of any script, normalised by NFKC and case folding, in documents and queries alike.

    Words in an alphabet are stemmed by Snowball: by script, and in Latin script as English without accents;
    a text long enough to tell its language has that language's stems beside them.
    Chinese, Japanese, Korean, Thai and the like become single characters and pairs of neighbours, all
    variants of a Chinese character one term.
    Compounds are found whole, however they are joined, and in parts: "ISO-9001" gives iso9001, iso, 9001.
    """

    def __init__(self, *, chinese: Chinese = "ngrams") -> None:
        self._chinese = chinese

    @property
    def name(self) -> str:
        """Identity for the index: changes whenever the terms would. Raises `MissingDependency`."""
        chinese = f"jieba-{dictionary_version()}" if self._chinese == "jieba" else self._chinese
        return f"unicode-{_VERSION}(snowball={stemmer_version()}, chinese={chinese})"

    def terms(self, text: str) -> list[str]:
        """The terms of a passage in order, with repetitions; stopwords only where there is nothing else."""
        found = tokens(text)
        return self._terms(found, text_languages(found))

    def query_terms(self, text: str) -> dict[str, float]:
        """The terms of a question with their weights.

        A question is too short to tell its language: each word has the stems of every language that it may
        be in, of which a passage holds one or two.
        """
        found = tokens(text)
        languages = query_languages(found)
        weights: dict[str, float] = defaultdict(float)
        for term, weight in chain.from_iterable(map(_token_weights(languages, self._chinese), found)):
            weights[term] += weight
        return dict(weights) or dict.fromkeys(self._terms(found, languages), 1.0)

    def folded(self, text: str) -> str:
        """The text in the one spelling, of width, case and Chinese variant, that terms are made of."""
        return simplified(folded(text))

    def content_terms(self, text: str) -> list[str]:
        """The terms of a statement that carry meaning, in order: `terms` without all English stopwords.

        Its language is not looked at, so that a sentence has the terms that it has within its passage.
        """
        found = tokens(text)
        return self._terms([token for token in found if not _is_light(token)] or found, ())

    def sought_terms(self, query: str) -> frozenset[str]:
        """The terms of a question that carry meaning: of `query_terms`, without those that weigh less."""
        found = tokens(without_question_words(query, sure=True))
        languages = query_languages(found)
        meant = [token for token in found if not _is_light(token, languages)]
        return frozenset(self._terms(meant or found, languages))

    def matches(
        self, token: str, sought: frozenset[str], languages: tuple[str, ...]
    ) -> Iterator[tuple[int, int]]:
        """(start, end) of what a token of a text in these languages has in common with a question."""
        if not is_unspaced(token):
            if not sought.isdisjoint(_token_terms(languages, self._chinese)(token)):
                yield 0, len(token)
            return
        inside = set("".join(term for term in sought if len(term) > 1))
        marked = [False] * len(token)
        for term, start, end in _placed(simplified(token), self._chinese):
            if term in sought and (end - start > 1 or term not in inside):
                marked[start:end] = [True] * (end - start)
        edges = [place for place, (a, b) in enumerate(pairwise([False, *marked, False])) if a != b]
        yield from zip(edges[::2], edges[1::2], strict=True)

    def _terms(self, found: list[str], languages: tuple[str, ...]) -> list[str]:
        terms = list(chain.from_iterable(map(_token_terms(languages, self._chinese), found)))
        return terms or [term for token in found for term in _all_terms(token, languages, self._chinese)]


@lru_cache(maxsize=_CACHED_LANGUAGES)
def _token_terms(languages: tuple[str, ...], chinese: Chinese) -> Callable[[str], tuple[str, ...]]:
    """What gives the terms of one folded token of a text in these languages; none for a stopword."""

    @lru_cache(maxsize=_CACHED_TOKENS)
    def terms(token: str) -> tuple[str, ...]:
        if is_unspaced(token):
            return _grams(simplified(token), chinese)
        if not _COMPOUND.search(token):
            return () if _is_silent(token) else stems(token, languages)
        return _compound_terms(token, languages)

    return terms


@lru_cache(maxsize=_CACHED_LANGUAGES)
def _token_weights(
    languages: tuple[str, ...], chinese: Chinese
) -> Callable[[str], tuple[tuple[str, float], ...]]:
    """What gives the terms of one folded token of a question with their weights."""

    @lru_cache(maxsize=_CACHED_TOKENS)
    def weights(token: str) -> tuple[tuple[str, float], ...]:
        if is_unspaced(token):
            return tuple(_weighted_grams(simplified(token), chinese))
        terms = _token_terms(languages, chinese)(token)
        if _COMPOUND.search(token):
            return tuple((term, 1.0) for term in terms)
        weight = _LIGHT if _is_light(token, languages) else 1.0
        return tuple((term, weight / len(terms)) for term in terms)

    return weights


def _compound_terms(token: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    word, contractions = _CONTRACTION.subn("", token)
    if contractions and (word in english_stopwords() or "n" in token[len(word) :]):
        return ()
    parts = dict.fromkeys(part for part in _spellings(word) if part not in english_stopwords())
    return tuple(chain.from_iterable(_part_terms(part, languages) for part in parts))


def _all_terms(token: str, languages: tuple[str, ...], chinese: Chinese) -> tuple[str, ...]:
    """The terms of one token, stopwords among them."""
    parts = dict.fromkeys(filter(None, _spellings(_CONTRACTION.sub("", token))))
    every = chain.from_iterable(_part_terms(part, languages) for part in parts)
    return _token_terms(languages, chinese)(token) or tuple(every)


def _is_silent(token: str) -> bool:
    """Whether a token has no term in any text, so that what a text holds does not hang on its language."""
    return token in _SILENT if token.isascii() else is_stopword(token)


def _is_light(token: str, languages: tuple[str, ...] = ()) -> bool:
    return is_stopword(token, languages or _ENGLISH)


def _part_terms(part: str, languages: Sequence[str]) -> tuple[str, ...]:
    return (unaccented(part),) if _COMPOUND.search(part) else stems(part, languages)


def _grams(run: str, chinese: Chinese) -> tuple[str, ...]:
    return tuple(term for term, _, _ in _placed(run, chinese))


def _weighted_grams(run: str, chinese: Chinese) -> Iterator[tuple[str, float]]:
    """The terms of a run in a question; in Chinese what only asks weighs less."""
    if not is_han(run):
        yield from ((term, 1.0) for term in _grams(run, chinese))
        return
    asking = [False] * len(run)
    for start, end in question_spans(run):
        asking[start:end] = [True] * (end - start)
    for term, start, end in _placed(run, chinese):
        weight = _gram_weight(asking[start:end])
        if weight:
            yield term, weight


def _placed(run: str, chinese: Chinese) -> Iterator[tuple[str, int, int]]:
    """The terms of a run with their places."""
    if chinese == "jieba" and is_han(run):
        yield from placed_words(run)
        return
    yield from ((char, place, place + 1) for place, char in enumerate(run))
    yield from ((first + second, place, place + 2) for place, (first, second) in enumerate(pairwise(run)))


def _gram_weight(asking: list[bool]) -> float:
    if not any(asking):
        return 1.0
    if not all(asking):
        return _HALF_ASKING
    return _ASKING if len(asking) > 1 else 0.0


def _spellings(token: str) -> Iterator[str]:
    """A compound whole and in parts: "v2.3" gives v2.3, v, 2.3."""
    token = _THOUSANDS.sub("", token)
    yield _SILENT_JOINER.sub("", token)
    if _ACRONYM.fullmatch(token):
        return
    for part in _SPLIT.split(token.rstrip("+#")):
        if not part.isdigit():
            yield part
    for group in _GROUP.findall(token):
        yield group
        if group.count(".") > 1:
            yield from group.split(".")
