"""From written text to sentences with citations: what each sentence says is looked up in the passages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from ragkit.generators.passages import Numbered
from ragkit.generators.shown import MARK, without_links
from ragkit.language import UnicodeAnalyzer, sentence_spans
from ragkit.language.tokens import is_unspaced
from ragkit.types import Citation, Draft, Sentence

_LATE_MARK = re.compile(
    r"([.!?\u3002\uff01\uff1f])\s+((?:\[\d{1,3}\])+)"
)  # behind the sentence that it is of
_NUMBER = re.compile(r"\d+")
_FINISHED = re.compile(  # a full stop behind a digit may be a decimal point
    r"(?:(?<!\d)\.|[!?\u2026\u3002\uff01\uff1f])[\"'*_\u201d\u2019\u00bb\uff09)\u300d\u300f]*"
    r"(?:\s*[\[\u3010]\d{1,3}[\]\u3011])*\s*\Z"
)
_ELLIPSIS = "\u2026"
_LEAST = 0.2  # of what a sentence says that a passage must hold to be cited for it
_MORE = 0.15  # that a second citation must add
_LEAST_OF_SHORT = 0.6  # of the terms of a sentence that has too few pairs to count
_FEW = 3  # pairs
_MOST_CITED = 2


def attributed(text: str, passages: Sequence[Numbered]) -> Draft:
    """The text without its marks such as [2], each sentence with the passages' sentences that say it.

    A sentence with marks is looked up in those passages only, any other in all of them. What stands in
    none is not cited: no citation is made up. Support is the share of neighbouring terms found there, or of
    single ones where a sentence is as short as "Paris.": then all its numbers and names must stand there.
    A sentence that was written already is left out.
    """
    sources = [_Source.of(passage) for passage in passages]
    text = without_links(text, known="\n".join(passage.text for passage in passages))
    text = _LATE_MARK.sub(r"\1\2", text)
    plain = ""
    sentences: list[Sentence] = []
    before: set[str] = set()
    ended = 0
    for start, end in sentence_spans(text):
        written = text[start:end]
        said = MARK.sub("", written).strip()
        between = text[ended : start + len(written) - len(written.lstrip())]
        ended = start + len(written.rstrip())
        if not any(char.isalnum() for char in said) or _on_one_line(said) in before:
            continue
        before.add(_on_one_line(said))
        plain += _gap(plain, between)
        named = {int(n) for mark in MARK.findall(written) for n in _NUMBER.findall(mark)}
        chosen = [source for source in sources if source.number in named] if named else sources
        citations, support = _cited(said, chosen)
        begin = len(plain)
        plain += said
        sentences.append(Sentence(start=begin, end=len(plain), citations=citations, support=support))
    return Draft(text=plain, sentences=tuple(sentences))


def _gap(plain: str, between: str) -> str:
    """What parts a sentence from the text before it: the line breaks of its writer, which lists need."""
    if not plain:
        return ""
    if lines := between.count("\n"):
        return "\n" * min(lines, 2)
    return "" if _is_wide(plain[-1]) else " "


def without_unfinished(text: str) -> str:
    """A text that was cut off, without its unfinished last sentence; one alone ends with an ellipsis."""
    spans = sentence_spans(text)
    if not spans or _FINISHED.search(text):
        return text
    whole = text[: spans[-1][0]].rstrip()
    return whole if any(map(str.isalnum, MARK.sub("", whole))) else f"{text.rstrip()}{_ELLIPSIS}"


Claims = frozenset[tuple[str, ...]]
"""Terms, alone or with the next one."""


@dataclass(frozen=True, slots=True)
class _Source:
    """The sentences of a passage with what they say."""

    number: int
    sentences: tuple[tuple[Citation, Claims], ...]

    @classmethod
    def of(cls, passage: Numbered) -> _Source:
        chunk = passage.hit.chunk
        found = []
        for start, end in sentence_spans(chunk.text):
            quote = chunk.text[start:end].strip()
            first = chunk.start + chunk.text.index(quote, start) if quote else 0
            if any(char.isalnum() for char in quote):
                cited = Citation(
                    document_id=chunk.document_id, start=first, end=first + len(quote), quote=quote
                )
                found.append((cited, _held(quote)))
        return cls(passage.number, tuple(found))


def _cited(said: str, sources: Sequence[_Source]) -> tuple[tuple[Citation, ...], float]:
    """The sentences that say most of it together, and the share of it that they say."""
    claimed, least = _claimed(said), _LEAST
    if len(claimed) < _FEW:
        claimed, least = _terms(said), _LEAST_OF_SHORT
        held = frozenset().union(*(has for source in sources for _, has in source.sentences))
        if not _facts(said) <= held:
            return (), 0.0
    open_ = set(claimed)
    citations: list[Citation] = []
    for _ in range(_MOST_CITED):
        options = [(len(open_ & has), cited, has) for source in sources for cited, has in source.sentences]
        most, best, has = max(options, key=lambda option: option[0], default=(0, None, frozenset()))
        if best is None or not most or most < (_MORE if citations else least) * len(claimed):
            break
        citations.append(best)
        open_ -= has
    return tuple(citations), 1.0 - len(open_) / len(claimed) if claimed else 0.0


@cache
def _analyzer() -> UnicodeAnalyzer:
    return UnicodeAnalyzer()


def _claimed(text: str) -> Claims:
    return frozenset(pairwise(_analyzer().content_terms(text)))


def _terms(text: str) -> Claims:
    """The single terms that tell something: of Chinese words not the characters one by one."""
    terms = _analyzer().content_terms(text)
    return frozenset((term,) for term in terms if len(term) > 1 or not is_unspaced(term))


def _held(text: str) -> Claims:
    return _claimed(text) | _terms(text)


def _facts(said: str) -> Claims:
    """The terms with a digit or a capital letter, the first word's among them: it may be a name."""
    words = " ".join(word for word in said.split() if any(c.isdigit() or c.isupper() for c in word))
    return _terms(words) & _terms(said)


def _on_one_line(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_wide(char: str) -> bool:
    return char > "\u2e7f"
