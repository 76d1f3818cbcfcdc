"""Questions that a corpus seems not to answer: asked about one thing, where it answers them about another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ragkit.evaluation.proposing.by_rules import Candidate
from ragkit.language import sentence_spans, without_question_words
from ragkit.stages import Index
from ragkit.types import Chunk

_LOOKED_AT = 50  # passages with words of the question
_ENOUGH = 0.5  # of what is asked, in a sentence about the name: it may be said


def unanswered(index: Index, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Questions with another name of the same role put in, about which no sentence says what is asked.

    Each name is used once, and each question. Whether really nothing in the corpus answers is for a person
    to say.
    """
    asked = {(one.kind, one.subject.casefold()) for one in found}
    names = _names(found)
    used: set[str] = set()
    for one in found:
        if one.asked_of is None or not one.shown:
            continue
        for name in names:
            fits = name.role == one.asked_of and name.chinese == one.chinese and name.subject not in used
            if not fits or (one.kind, name.subject.casefold()) in asked:
                continue
            made = replace(one, question=one.question.replace(one.shown, name.shown), subject=name.subject)
            if not _is_said(index, made):
                used.add(name.subject)
                yield made
                break


def _names(found: Sequence[Candidate]) -> list[Candidate]:
    """One candidate for each name whose role is known."""
    by_name = {one.subject: one for one in reversed(found) if one.role and one.shown and not one.event}
    return list(by_name.values())[::-1]


def _is_said(index: Index, made: Candidate) -> bool:
    """Whether a sentence about the name has half of what else the question asks."""
    names = [made.subject, *_initials(made.subject)]
    rest = without_question_words(made.question.replace(made.subject, " "), sure=True)
    weights = index.analyzer.query_terms(rest)
    terms = index.analyzer.query_terms(" ".join([rest, *names]))
    for chunk, _ in index.search_lexical(terms, limit=_LOOKED_AT):
        for sentence in _about(chunk, names):
            held = set(index.analyzer.terms(sentence))
            if sum(w for term, w in weights.items() if term in held) >= _ENOUGH * sum(weights.values()):
                return True
    return False


def _initials(name: str) -> list[str]:
    """What a name of several words may be shortened to."""
    initials = "".join(word[0] for word in name.split() if word[0].isupper())
    return [initials] if len(initials) > 2 else []


def _about(chunk: Chunk, names: Sequence[str]) -> list[str]:
    """The sentences of a passage that name something, all of them where its heading does."""
    sentences = [chunk.text[start:end] for start, end in sentence_spans(chunk.text)]
    if any(name.casefold() in chunk.heading.casefold() for name in names):
        return sentences
    return [one for one in sentences if any(name.casefold() in one.casefold() for name in names)]
