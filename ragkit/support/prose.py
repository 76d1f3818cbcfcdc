"""What can be quoted as a sentence, and what only stands between sentences: headings, form fields."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragkit.support.ranking import Candidate, is_form
from ragkit.support.sentences import is_title
from ragkit.types import Hit

_LEAD = 3.5  # in value, by which a row of form fields must be better than every sentence
_NO_HEADING = re.compile(r"[-*+\u2022|>$]|.*[:\uff1a]", re.DOTALL)
_PARAGRAPH = re.compile(r"[^\S\n]*\n[^\S\n]*\n")


def sentences_first(found: Sequence[Candidate], hits: Sequence[Hit]) -> Sequence[Candidate]:
    """The candidates, best first, without headings, and without rows of fields that are not much better.

    All of them where there is nothing else.
    """
    said = [one for one in found if not is_heading(one, hits)] or list(found)
    sentences = [one for one in said if not is_form(one.statement.text)]
    comparable = sentences and sentences[0].value >= said[0].value - _LEAD
    return sentences if comparable else said


def is_heading(candidate: Candidate, hits: Sequence[Hit]) -> bool:
    """Whether it is a short paragraph of its own without an end mark, and neither an item nor a field."""
    chunk, cited = hits[candidate.statement.position].chunk, candidate.citation
    before, after = chunk.text[: cited.start - chunk.start], chunk.text[cited.end - chunk.start :]
    above = not before.strip() or before.rstrip(" \t\r").endswith("\n")
    alone = above and (not after.strip() or bool(_PARAGRAPH.match(after)))
    return alone and is_title(candidate.statement.text) and not _NO_HEADING.match(cited.quote)
