"""Follow-up questions completed by rules, as a stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ragkit.followups import chinese, english
from ragkit.language import is_cjk
from ragkit.stages import StageConfig, Writer
from ragkit.types import Turn


class RuleConfig(StageConfig):
    """Completes pronouns and unfinished questions from the turn before, in English and Chinese."""

    type: Literal["rule"] = "rule"

    def build(self, writer: Writer | None) -> RuleFollowUps:
        """The stage; no model is asked."""
        return RuleFollowUps()


class RuleFollowUps:
    """Carries over what a question refers to: "When was it opened?", "And in 2019?", "那北京呢?".

    A question that has its own subject stays as it is: a wrong addition is worse than none.
    """

    def standalone(self, query: str, history: Sequence[Turn]) -> str:
        """The completed question; itself where it refers to nothing."""
        if not history or not query.strip():
            return query
        complete = chinese.standalone if any(map(is_cjk, query)) else english.standalone
        return complete(query, history[-1])
