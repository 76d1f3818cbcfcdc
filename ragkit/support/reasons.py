"""Why a question is refused, in its own language: what was looked for, and what stands nowhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragkit.language import UnicodeAnalyzer, detect_language, term_spans
from ragkit.language.questions import question_spans
from ragkit.support.terms import TermReader
from ragkit.types import Hit

NO_WORDS = "The question holds no words. 问题里没有字词。"
_MOST_NAMED = 6
_JOINT = re.compile(r"[-/]")


def nothing_found(query: str) -> str:
    """The reason where there is no passage to read."""
    if _is_chinese(query):
        return f"文档中没有与此问题相关的段落：查找了{_listed_chinese(sought(query))}。"
    return f"The documents hold no passage on this question: looked for {_listed(sought(query))}."


def nothing_answers(query: str, hits: Sequence[Hit]) -> str:
    """The reason where passages were found that do not answer."""
    words = sought(query)
    absent = _absent(words, hits)
    if _is_chinese(query):
        return (
            f"找到的段落都没有回答这个问题：查找了{_listed_chinese(words)}{_absence_chinese(absent, words)}。"
        )
    return f"Nothing found answers it: looked for {_listed(words)}{_absence(absent, words)}."


def sought(query: str) -> list[str]:
    """The words of a question that carry meaning, as they are written in it, each once."""
    asking = _asking(query)
    words = []
    for start, end in term_spans(query, query, analyzer=UnicodeAnalyzer()):
        word = "".join(" " if place in asking else query[place] for place in range(start, end))
        words += word.split()
    return list(dict.fromkeys(words)) or [query.strip()]


def _asking(query: str) -> set[int]:
    """The places of Chinese words that only ask; a single character may be a part of another word."""
    sure = {place for span in question_spans(query, sure=True) for place in range(*span)}
    perhaps = {place for span in question_spans(query) for place in range(*span)}
    return sure | {place for place in perhaps if {place - 1, place + 1} & perhaps}


def _absent(words: Sequence[str], hits: Sequence[Hit]) -> list[str]:
    """The words of which no passage holds half, nor all parts; the longest terms stand for a word."""
    reader = TermReader()
    there = frozenset[str]().union(*(reader.terms(hit.chunk.search_text) for hit in hits))
    absent = []
    for word in words:
        terms = reader.terms(word)
        longest = {term for term in terms if len(term) == max(map(len, terms))}
        parts = [set(reader.terms(part)) for part in _JOINT.split(word) if part]
        in_parts = len(parts) > 1 and all(part & there for part in parts)
        if 2 * len(longest & there) < len(longest) and not in_parts:
            absent.append(word)
    return absent


def _absence(absent: Sequence[str], words: Sequence[str]) -> str:
    if not absent:
        return ""
    if len(absent) == len(words) > 1:
        return "; none of these stands in a passage found"
    return f"; {_listed(absent)} {'stands' if len(absent) == 1 else 'stand'} in no passage found"


def _absence_chinese(absent: Sequence[str], words: Sequence[str]) -> str:
    if not absent:
        return ""
    named = "这些词" if len(absent) == len(words) > 1 else _listed_chinese(absent)
    return f"；找到的段落中没有{named}"


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST_NAMED} more" if len(words) > _MOST_NAMED else ""
    return ", ".join(f"'{word}'" for word in words[:_MOST_NAMED]) + more


def _listed_chinese(words: Sequence[str]) -> str:
    more = f"等 {len(words)} 个词" if len(words) > _MOST_NAMED else ""
    return "、".join(f"“{word}”" for word in words[:_MOST_NAMED]) + more


def _is_chinese(query: str) -> bool:
    return detect_language(query) == "zh"
