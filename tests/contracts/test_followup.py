"""The contract of follow-ups: the first question is itself, a whole question too, and nothing is random."""

from __future__ import annotations

import pytest

from ragkit.followups import KeepConfig, RuleConfig
from ragkit.stages import FollowUps
from ragkit.types import Turn

TALK = (
    Turn(question="When was the Humber Bridge opened?", answer="It was opened in 1981."),
    Turn(question="How long is the Humber Bridge?", answer=""),  # refused
)


@pytest.fixture(params=[KeepConfig(), RuleConfig()], ids=lambda config: config.type)
def followups(request: pytest.FixtureRequest) -> FollowUps:
    made: FollowUps = request.param.build(None)
    return made


@pytest.mark.parametrize("query", ["How long is it?", "它有多长？", "why", "", "  ", "?", "😀"])
def test_the_first_question_of_a_talk_is_itself(followups: FollowUps, query: str) -> None:
    assert followups.standalone(query, ()) == query


@pytest.mark.parametrize(
    "query",
    [
        "What is the capital of France?",
        "法国的首都是哪里？",
        "",
        "?",
        "😀",
        'source:a.pdf "exact words" -not',
    ],
)
def test_a_question_that_needs_no_talk_is_itself(followups: FollowUps, query: str) -> None:
    assert followups.standalone(query, TALK) == query


@pytest.mark.parametrize("query", ["Who designed it?", "它有多长？", "And in 2019?", "why?", "那北京呢？"])
def test_a_follow_up_becomes_one_line_that_is_always_the_same(followups: FollowUps, query: str) -> None:
    alone = followups.standalone(query, TALK)
    assert alone == followups.standalone(query, list(TALK))
    assert alone.strip()
    assert "\n" not in alone


def test_what_was_understood_needs_no_talk_any_more(followups: FollowUps) -> None:
    alone = followups.standalone("Who designed it?", TALK)
    if alone != "Who designed it?":
        assert "Humber Bridge" in alone
        assert followups.standalone(alone, TALK) == alone
