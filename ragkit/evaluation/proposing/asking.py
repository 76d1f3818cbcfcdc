"""The round trip: a question is worth asking if the chain answers it with what it was made of."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.chain import Chain
from ragkit.config import Config
from ragkit.evaluation.proposing.by_rules import Candidate
from ragkit.evaluation.spans import Span

_PLAIN = ("generator", "verifier", "rewriter", "followups")


def quoting_chain(config: Config) -> Chain:
    """The chain with its own search and abstention, which quotes its answers: no language model is asked.

    Raises as `Config.build`.
    """
    plain = Config()
    return config.model_copy(update={key: getattr(plain, key) for key in _PLAIN}).build()


def answers_with(chain: Chain, question: str, spans: Sequence[Span]) -> bool:
    """Whether the chain answers a question by quoting some of these characters."""
    answer = chain.ask(question, literal=True)
    cited = [citation for sentence in answer.sentences for citation in sentence.citations]
    found = [Span(one.document_id, one.start, one.end) for one in cited]
    return not answer.abstained and any(one.shared(other) for one in found for other in spans)


def answers_candidate(chain: Chain, candidate: Candidate) -> bool:
    """Whether the chain answers a question by quoting the very sentence that it was made of."""
    return answers_with(
        chain, candidate.question, [Span(candidate.document_id, candidate.start, candidate.end)]
    )
