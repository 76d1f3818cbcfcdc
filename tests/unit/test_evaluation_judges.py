"""Replies of a judge: what fits is taken, what does not is asked for again; agreement by its formulas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge_server import Fault, first_says, has_a_fault, judging, says, silent
from pydantic import BaseModel
from test_chain import Found, Said, chain

from ragkit.config import Config, parse_config
from ragkit.errors import ConfigError, GenerationError, OfflineError
from ragkit.evaluation import Question
from ragkit.evaluation.judges import JudgeFailure, ReplyReader, agreement, ask_cases, judge_config, judging_by
from ragkit.models.offline import network_forbidden
from ragkit.models.remote import RemoteWriter
from ragkit.models.remote_settings import RemoteSettings
from ragkit.stages import Written
from ragkit.types import Finish, Message, Usage

pytest.importorskip("scipy", reason="ragkit[eval] is not installed")
pytest.importorskip("sklearn", reason="ragkit[eval] is not installed")


class Verdict(BaseModel):
    """What the judge is asked for."""

    reason: str
    verdict: int


GOOD = {"reason": 'a "word" {here}', "verdict": 1}


class Scripted:
    """A writer whose replies are known, the last one again and again."""

    name = "scripted"

    def __init__(self, *replies: str | Exception, finish: Finish | None = None) -> None:
        self.replies = replies
        self.finish = finish or Finish(usage=Usage(model="m", prompt_tokens=7, completion_tokens=3, cost=0.5))
        self.told: list[Sequence[Message]] = []

    def reads(self, text: str) -> bool:
        return True

    def tokens(self, text: str) -> int:
        return len(text)

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        self.told.append(list(messages))
        reply = self.replies[min(len(self.told), len(self.replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        yield from reply
        return self.finish


def failure(*replies: str | Exception, finish: Finish | None = None) -> JudgeFailure:
    with pytest.raises(JudgeFailure) as caught:
        ReplyReader(Scripted(*replies, finish=finish)).ask("judge", Verdict)
    return caught.value


without_braces = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), max_size=30)


@given(
    before=without_braces,
    after=st.text(max_size=30),
    reason=st.text(max_size=30),
    indent=st.sampled_from([None, 2]),
)
def test_an_object_is_found_whatever_stands_around_it(
    before: str, after: str, reason: str, indent: int | None
) -> None:
    text = before + json.dumps({"reason": reason, "verdict": 0}, indent=indent) + after
    assert ReplyReader(Scripted(text)).ask("judge", Verdict) == Verdict(reason=reason, verdict=0)


@pytest.mark.parametrize(
    "bad",
    [
        "no",
        "{",
        "{'verdict': 1}",
        '{"verdict": 1}',
        '{"reason": "r", "verdict": "maybe"}',
        "[1]",
        "",
        "{" * 5000,
    ],
)
def test_what_does_not_fit_is_asked_for_again_with_the_reason(bad: str) -> None:
    writer = Scripted(bad, json.dumps(GOOD))
    assert ReplyReader(writer).ask("judge", Verdict).model_dump() == GOOD
    first, second = writer.told
    assert second[:2] == [*first, Message("assistant", bad)]
    assert second[2].role == "user" and "cannot be used" in second[2].content


def test_the_check_of_whoever_asks_counts_as_well() -> None:
    writer = Scripted('{"reason": "r", "verdict": 7}', json.dumps(GOOD))
    reader = ReplyReader(writer)
    found = reader.ask(
        "judge", Verdict, check=lambda reply: "too high" if reply.model_dump()["verdict"] > 1 else ""
    )
    assert found.verdict == 1
    assert "too high" in writer.told[1][2].content


def test_three_replies_that_do_not_fit_are_a_failure_that_quotes_the_last() -> None:
    caught = failure("nonsense")
    assert (caught.kind, "asked 3 times" in caught.reason, "nonsense" in caught.reason) == (
        "parse",
        True,
        True,
    )


@pytest.mark.parametrize("refusal", ["I'm sorry, I can't help with that.", "抱歉，我无法回答。"])
def test_a_refusal_is_told_as_one(refusal: str) -> None:
    assert failure(refusal).kind == "refused"


def test_a_reply_that_was_cut_off_says_so() -> None:
    caught = failure('{"reason": "on and on', finish=Finish(cut=True))
    assert caught.kind == "parse" and "cut off after 1024 tokens" in caught.reason


def test_what_was_spent_is_added_up_over_all_tries() -> None:
    reader = ReplyReader(Scripted("no", json.dumps(GOOD)))
    reader.ask("judge", Verdict)
    spent = reader.spent
    assert (spent.requests, spent.prompt_tokens, spent.completion_tokens, spent.cost) == (2, 14, 6, 1.0)


def test_a_judge_who_never_replies_is_not_asked_for_ever() -> None:
    writer = Scripted(GenerationError("the server is not there"))
    reader = ReplyReader(writer)
    reasons = []
    for _ in range(20):
        with pytest.raises(JudgeFailure) as caught:
            reader.ask("judge", Verdict)
        reasons.append(caught.value.reason)
    assert len(writer.told) == 8
    assert reasons[0] == "the server is not there" and "not asked" in reasons[-1]


def test_one_reply_is_enough_to_go_on_asking() -> None:
    writer = Scripted(json.dumps(GOOD), GenerationError("busy"))
    reader = ReplyReader(writer)
    reader.ask("judge", Verdict)
    for _ in range(20):
        with pytest.raises(JudgeFailure, match="busy"):
            reader.ask("judge", Verdict)
    assert len(writer.told) == 21


def test_a_stopped_judge_writes_nothing() -> None:
    writer = Scripted(json.dumps(GOOD))
    reader = ReplyReader(writer)
    reader.stop()
    with pytest.raises(JudgeFailure, match="stopped before"):
        reader.ask("judge", Verdict)
    assert not writer.told


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(has_a_fault, "server"), (silent, "timeout"), (says("", ended="content_filter"), "refused")],
)
def test_faults_of_a_real_server_are_told_by_their_kind(fault: Fault, kind: str) -> None:
    pytest.importorskip("openai", reason="the client of OpenAI is not installed")
    with judging(fault=fault) as server, pytest.raises(JudgeFailure) as caught:
        settings_ = RemoteSettings(base_url=server.url, timeout=0.5, deadline=5.0, retries=0)
        ReplyReader(RemoteWriter(settings_)).ask("fault", Verdict)
    assert caught.value.kind == kind


def test_a_real_server_is_asked_again_in_the_same_talk() -> None:
    pytest.importorskip("openai", reason="the client of OpenAI is not installed")
    with judging(fault=first_says("Sure! Here it is:", then=json.dumps(GOOD))) as server:
        reader = ReplyReader(RemoteWriter(RemoteSettings(base_url=server.url)))
        assert reader.ask("fault", Verdict).model_dump() == GOOD
    roles = [[turn["role"] for turn in body["messages"]] for body in server.asked]
    assert roles == [["user"], ["user", "assistant", "user"]]
    assert reader.spent.prompt_tokens == 200


pairs = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.sampled_from([0.0, 1 / 3, 0.5, 1.0])),
    min_size=1,
    max_size=12,
)


@given(pairs=pairs)
@settings(max_examples=60)
def test_agreement_is_that_of_the_formulas(pairs: list[tuple[float, float]]) -> None:
    found = agreement(pairs, language="en", threshold=0.5)
    said = [(one >= 0.5, other >= 0.5) for one, other in pairs]
    counts = [said.count(pair) for pair in [(True, True), (True, False), (False, True), (False, False)]]
    assert [found.both, found.only_judge, found.only_verifier, found.neither] == counts
    assert found.agreement == pytest.approx((counts[0] + counts[3]) / len(pairs))
    assert found.kendall == (None if (tau := tau_b(pairs)) is None else pytest.approx(tau))
    assert found.kappa == (None if (kappa := kappa_of(said)) is None else pytest.approx(kappa))


def tau_b(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Kendall's tau-b by counting."""
    above = below = only_one = only_other = 0
    for (a, b), (c, d) in combinations(pairs, 2):
        product = (a - c) * (b - d)
        above, below = above + (product > 0), below + (product < 0)
        only_one, only_other = only_one + (a == c and b != d), only_other + (b == d and a != c)
    untied = above + below
    under = ((untied + only_one) * (untied + only_other)) ** 0.5
    return (
        (above - below) / under if len({a for a, _ in pairs}) > 1 and len({b for _, b in pairs}) > 1 else None
    )


def kappa_of(said: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa by its definition."""
    count = len(said)
    first, second = sum(one for one, _ in said) / count, sum(other for _, other in said) / count
    chance = first * second + (1 - first) * (1 - second)
    observed = sum(one == other for one, other in said) / count
    return None if chance == 1.0 else (observed - chance) / (1 - chance)


def test_the_judge_is_the_chains_own_model_a_preset_or_a_file(tmp_path: Path) -> None:
    own = parse_config("generator: {type: openai, model: mine}\nlimit: 3", name="own")
    (tmp_path / "bare.yaml").write_text("type: openai\nmodel: bare", encoding="utf-8")
    (tmp_path / "chain.yaml").write_text(
        "generator: {type: openai, model: whole}\nlimit: 5", encoding="utf-8"
    )
    names = {"chain": "mine", "openai": "gpt-4.1-mini", "bare.yaml": "bare", "chain.yaml": "whole"}
    for name, model in names.items():
        found = judge_config(str(tmp_path / name) if name.endswith("yaml") else name, own)
        assert (found.generator.model, found.limit) == (model, 3)  # type: ignore[union-attr]  # it has one


def test_a_generator_without_a_model_is_no_judge() -> None:
    with pytest.raises(ConfigError, match=r"quotes sentences.*--judge local, --judge openai"):
        judging_by(Config())


def test_an_unknown_metric_is_told_with_those_that_there_are() -> None:
    with pytest.raises(
        ConfigError, match=r"'bleu'.*valid: faithfulness, answer_relevancy, context_precision"
    ):
        judging_by(Config(), metrics=["bleu"])


def test_a_judge_beyond_this_machine_is_refused_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = parse_config("generator: {type: openai, base_url: 'https://api.example.org/v1'}", name="remote")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(GenerationError, match=r"No key for api\.example\.org"):
        judging_by(config)
    with network_forbidden(), pytest.raises(OfflineError, match=r"api\.example\.org"):
        judging_by(config)


@pytest.mark.parametrize(("temperature", "strictness"), [("0.0", 1), ("0.7", 3), ("null", 3)])
def test_only_a_model_that_draws_its_words_makes_several_questions(temperature: str, strictness: int) -> None:
    text = f"generator: {{type: openai, base_url: 'http://127.0.0.1:1/v1', temperature: {temperature}}}"
    assert judging_by(parse_config(text, name="drawn")).strictness == strictness


def test_a_case_holds_what_the_chain_answered_and_read() -> None:
    (case,) = ask_cases(chain(Found(), Said()), [Question(id="1", question="q?", answers=("Second", "2nd"))])
    assert case.answer.startswith("Second page")
    assert case.reference == "Second"
    assert case.contexts == ("First page ends.\nSecond page says so.",)
    assert case.supported == 1.0


def test_a_question_that_fails_is_a_case_with_its_error() -> None:
    class Broken(Found):
        def retrieve(self, *arguments: object, **options: object) -> list:  # type: ignore[override, type-arg]  # it fails
            raise GenerationError("no disk")

    cases = ask_cases(chain(Broken(), Said()), [Question(id="1", question="q?")])
    assert [one.error for one in cases] == ["no disk"]
