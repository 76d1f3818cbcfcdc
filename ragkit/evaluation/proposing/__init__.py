"""Questions proposed from a corpus, for a person to accept."""

from ragkit.evaluation.proposing.accepting import append_golden
from ragkit.evaluation.proposing.asking import answers_candidate, quoting_chain
from ragkit.evaluation.proposing.by_rules import Candidate, candidates, in_turn
from ragkit.evaluation.proposing.proposals import REVIEW, Proposal, Proposer, Rejected

__all__ = [
    "REVIEW",
    "Candidate",
    "Proposal",
    "Proposer",
    "Rejected",
    "answers_candidate",
    "append_golden",
    "candidates",
    "in_turn",
    "quoting_chain",
]
