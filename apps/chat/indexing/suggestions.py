"""First questions for a collection: made of its sentences, kept where its chain answers with these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ragkit import (
    Config,
    Ingest,
    QuestionCandidate,
    answers_candidate,
    candidates_in_turn,
    question_candidates,
    quoting_chain,
)

MOST = 4
_MOST_DOCUMENTS = 40
_MOST_ASKED = 24
_MOST_READ = 60_000  # characters of a document
_OF_ONE = 5  # candidates of a document


def suggest(ingest: Ingest, config: Config) -> tuple[str, ...]:
    """Up to four questions that people may ask of an index, each on another document where there are several.

    They are answered by the chain's own search and abstention, and quoted: no language model is asked, least
    of all a remote one.
    """
    ordered = candidates_in_turn(_by_document(ingest), of_one=_OF_ONE)[:_MOST_ASKED]
    if not ordered:
        return ()
    found = _chosen(ordered, partial(answers_candidate, quoting_chain(config)))
    return tuple(candidate.question for candidate in found)


def _chosen(
    ordered: Sequence[QuestionCandidate], answered: Callable[[QuestionCandidate], bool]
) -> list[QuestionCandidate]:
    """The first that are answered, of a different kind each where there are enough, and never two events."""
    found: list[QuestionCandidate] = []
    refused: set[str] = set()
    for alike in (False, True):
        for one in ordered:
            if len(found) == MOST:
                return found
            same_kind = any(one.kind == other.kind for other in found)
            known = any(one.subject.casefold() == other.subject.casefold() for other in found)
            if known or one.question in refused or (same_kind and (one.event or not alike)):
                continue
            if answered(one):
                found.append(one)
            else:
                refused.add(one.question)
    return found


def _by_document(ingest: Ingest) -> list[list[QuestionCandidate]]:
    """The candidates of documents from all over the index."""
    summaries = ingest.index.documents()
    step = -(-len(summaries) // _MOST_DOCUMENTS) or 1
    found = []
    for summary in summaries[::step]:
        document, chunks = ingest.index.document(summary.id), ingest.index.chunks(summary.id)
        found.append(question_candidates(document, chunks, most_read=_MOST_READ)[:_OF_ONE])
    return found
