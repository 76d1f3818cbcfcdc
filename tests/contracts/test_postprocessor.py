"""What every step behind the ranking promises, and what each one does."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest
from corpus import text
from hypothesis import assume, given
from hypothesis import strategies as st

from ragkit.chunkers import FixedConfig
from ragkit.postprocessors import (
    CollapseAlike,
    Diversify,
    LimitPerDocument,
    MergeNeighbours,
    Results,
    ResultsConfig,
)
from ragkit.stages import Postprocessor
from ragkit.types import Chunk, Document, Hit

TEXTS = {f"d{number}": text(number) for number in range(4)}
STEPS: dict[str, Postprocessor] = {
    "collapse": CollapseAlike(),
    "merge": MergeNeighbours(3),
    "diversify": Diversify(0.4),
    "per document": LimitPerDocument(2),
    "nothing": Results(),
    "all": ResultsConfig(merge_neighbours=2, diversity=0.2, per_document=3).build(),
}


def spans(whole: str) -> list[tuple[int, int]]:
    return [(place, place + 1) for place, char in enumerate(whole) if not char.isspace()]


def hits() -> list[Hit]:
    """Overlapping and adjoining chunks of four documents, in a random order."""
    found: list[Chunk] = []
    for name, whole in TEXTS.items():
        document = Document(id=name, source=name, title="", text=whole, pages=(), language="en")
        found += FixedConfig(size=200, overlap=40).build(spans, 10_000).chunk(document)
    random.Random(5).shuffle(found)
    return [Hit(chunk=chunk, score=1.0 - place / 100) for place, chunk in enumerate(found[:30])]


@pytest.mark.parametrize("name", STEPS)
def test_every_hit_is_a_piece_of_its_document_and_scores_fall(name: str) -> None:
    given = hits()
    made = STEPS[name].process("question", given)
    assert 0 < len(made) <= len(given)
    for hit in made:
        chunk = hit.chunk
        assert TEXTS[chunk.document_id][chunk.start : chunk.end] == chunk.text
    assert all(one.score >= next_.score for one, next_ in pairwise(made))
    assert len({hit.chunk.id for hit in made}) == len(made) <= len({hit.chunk.id for hit in given})
    assert given == hits()


@pytest.mark.parametrize("name", STEPS)
def test_nothing_gives_nothing(name: str) -> None:
    assert STEPS[name].process("question", []) == []


@pytest.mark.parametrize("name", ["collapse", "merge", "per document", "nothing"])
def test_a_step_done_twice_changes_nothing_more(name: str) -> None:
    once = Results(STEPS[name]).process("question", hits())
    if name != "merge":  # a joined passage may grow again
        assert STEPS[name].process("question", once) == once


def made(*texts: str, document: str = "") -> list[Hit]:
    return [
        Hit(
            chunk=Chunk(id=f"c{n}", document_id=document or f"d{n}", start=0, end=len(t), text=t),
            score=1.0 / (n + 1),
        )
        for n, t in enumerate(texts)
    ]


ENGLISH = "The licensee may terminate this agreement with thirty days of notice to the other party, in 2021."
CHINESE = "合同有效期为三年，任何一方可以提前三十天书面通知对方终止本合同，并支付相应的费用。"


LEASE = "The tenant shall sublet no room.\nThe tenant's rent (net) is due on the first day of each month.\n"
CLAUSE = "自二〇二一年五月起，租金为每月一千二百元，承租人应当按时支付。房屋不得转租。"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ENGLISH, ENGLISH.replace("other party", "other   party ")),
        (ENGLISH, ENGLISH.replace("thirty", "Thirty")),
        (ENGLISH, ENGLISH.replace(" ", "\n")),
        (ENGLISH, ENGLISH.replace("terminate", "termi-\nnate").replace("licensee", "li\u00adcensee")),
        (ENGLISH, ENGLISH.replace("agreement with", "agreement, with").rstrip(".")),
        (ENGLISH, "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in ENGLISH)),
        (ENGLISH, f"Page 3 of 12\n{ENGLISH}"),
        (f"- Page 7 -\n{ENGLISH}", f"{ENGLISH}\n\nPAGE 8"),
        (LEASE, LEASE.replace("tenant's", "tenant’s").replace("(net)", "“net”")),
        (CHINESE, CHINESE.replace("，", "\n")),
        (CHINESE, CHINESE.replace("合同", "合\n同 ")),
        (CHINESE, "合同有效期為三年，任何一方可以提前三十天書面通知對方終止本合同，並支付相應的費用。"),
        (CHINESE, f"第３页 共１２页\n{CHINESE}"),
        (CLAUSE, CLAUSE.replace("，", ",").replace("。", ".")),
        ("", ""),
    ],
)
def test_passages_that_say_the_same_collapse(one: str, other: str) -> None:
    first, second = made(one, other)
    (hit,) = CollapseAlike().process("question", [first, second])
    assert (hit.chunk, hit.alike) == (first.chunk, (second.chunk,))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ENGLISH, ENGLISH.replace("2021", "2022")),
        (ENGLISH, ENGLISH.replace("thirty", "sixty")),
        (ENGLISH, ENGLISH.replace("may", "may not")),
        (ENGLISH, ENGLISH.replace("may", "shall")),
        (ENGLISH, ENGLISH.replace("with", "without")),
        (ENGLISH, ENGLISH.replace("licensee", "licensor")),
        (ENGLISH, ENGLISH.replace("licensee", "other party").replace("the other party,", "the licensee,")),
        (ENGLISH, ENGLISH.rstrip(".") + ", unless it is in default."),
        (ENGLISH, f"{ENGLISH} This does not bind consumers."),
        (f"{ENGLISH} This does not bind consumers.", ENGLISH),
        (f"{ENGLISH} Ceci ne vaut pas pour les consommateurs.", ENGLISH),
        (f"{ENGLISH} Это не так.", ENGLISH),
        (ENGLISH, f"Zenith Limited: terms of Zenith\n{ENGLISH}"),
        (ENGLISH, f"Report of 2022\n{ENGLISH}"),
        (f"Repealed\n{ENGLISH}", ENGLISH),
        (f"These terms are void:\n{ENGLISH}", ENGLISH),
        (f"Contract of Apex Limited. {ENGLISH}", f"Contract of Zenith Limited. {ENGLISH}"),
        (ENGLISH, ENGLISH + " " + ENGLISH.replace("licensee", "owner").replace("2021", "2022")),
        (ENGLISH, ENGLISH[:60]),
        (ENGLISH, ENGLISH[60:]),
        (f"{LEASE}It grew by 5 %.", f"{LEASE}It grew by -5 %."),
        (f"{LEASE}It costs $5.", f"{LEASE}It costs €5."),
        (f"{LEASE}It costs 1.5.", f"{LEASE}It costs 15."),
        (f"{LEASE}It is 10³.", f"{LEASE}It is 103."),
        (f"{LEASE}It is > 5.", f"{LEASE}It is < 5."),
        (f"{LEASE}For this see page 3.", f"{LEASE}For this see page 9."),
        (f"{LEASE}☑ sublet", f"{LEASE}☐ sublet"),
        (CHINESE, CHINESE.replace("三十天", "六十天")),
        (CHINESE, CHINESE.replace("可以", "不可以")),
        (CHINESE, CHINESE.replace("可以", "必须")),
        (CHINESE, CHINESE + "第二条：本合同由双方签字盖章以后生效。"),
        (CHINESE, CHINESE[:20]),
        (f"禁止事项\n{CHINESE}", CHINESE),
        (CLAUSE, CLAUSE.replace("二〇二一年", "二〇二二年").replace("一千二百", "一千三百")),
        (CLAUSE, CLAUSE.replace("不得", "可以")),
        (f"甲方为顶峰公司。{CLAUSE}", f"甲方为天顶公司。{CLAUSE}"),
        ("", ENGLISH),
    ],
)
def test_passages_that_differ_in_what_they_say_all_stay(one: str, other: str) -> None:
    given = made(one, other)
    assert CollapseAlike().process("question", given) == given


SAID = st.sampled_from([ENGLISH, LEASE, CHINESE, CLAUSE])
WORDS = ["not", "2021", "Zenith", "only", "不", "三", "甲", "百", "$", "¬"]


@given(SAID, st.data())
def test_a_word_more_anywhere_within_is_seen(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(text.rstrip("。.\n")) - 1))
    more = f"{text[:place]} {data.draw(st.sampled_from(WORDS))} {text[place:]}"
    for pair in (made(text, more), made(more, text)):
        assert CollapseAlike().process("question", pair) == pair


@given(SAID, st.data())
def test_a_figure_or_letter_changed_anywhere_is_seen(text: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([p for p, c in enumerate(text) if c.isalnum()]))
    other = data.draw(st.sampled_from("七9x非"))
    pair = made(text, text[:place] + other + text[place + 1 :])
    assume(pair[1].chunk.text.lower() != text.lower())
    assert CollapseAlike().process("question", pair) == pair


@given(SAID, st.data())
def test_other_line_breaks_and_case_are_not_seen(text: str, data: st.DataObject) -> None:
    spaces = [data.draw(st.sampled_from([" ", "\n", "  \n", "\t"])) for _ in text.split()]
    other = "".join(word + space for word, space in zip(text.split(), spaces, strict=True))
    (hit,) = CollapseAlike().process(
        "question", made(text, data.draw(st.sampled_from([other, other.upper()])))
    )
    assert len(hit.alike) == 1


def test_many_copies_are_counted_by_the_best() -> None:
    (hit,) = CollapseAlike().process("question", made(ENGLISH, ENGLISH, ENGLISH))
    assert [chunk.id for chunk in hit.alike] == ["c1", "c2"]


def pieces(*places: tuple[int, int], parents: bool = False) -> list[Hit]:
    whole = TEXTS["d0"]
    return [
        Hit(
            chunk=Chunk(
                id=f"c{n}",
                document_id="d0",
                start=start,
                end=end,
                text=whole[start:end],
                parent=(start, end + 5) if parents else None,
            ),
            score=1.0 / (n + 1),
        )
        for n, (start, end) in enumerate(places)
    ]


def test_neighbours_join_the_best_of_them() -> None:
    found = MergeNeighbours(3).process("question", pieces((10, 20), (40, 50), (18, 30), (0, 10), (30, 35)))
    assert [(hit.chunk.id, hit.chunk.start, hit.chunk.end) for hit in found] == [
        ("c0", 0, 30),
        ("c1", 40, 50),
        ("c4", 30, 35),
    ]
    assert found[0].score == 1.0


def test_a_passage_within_another_and_parents_join_too() -> None:
    (hit,) = MergeNeighbours(2).process("question", pieces((12, 15), (10, 20), parents=True))
    assert (hit.chunk.id, hit.chunk.start, hit.chunk.end) == ("c0", 10, 20)
    assert hit.chunk.text == TEXTS["d0"][10:20]
    assert hit.chunk.parent == (10, 25)


def test_a_passage_unlike_the_others_comes_forward() -> None:
    given = made(ENGLISH, ENGLISH.replace("thirty", "sixty"), CHINESE)
    order = [hit.chunk.id for hit in Diversify(0.6).process("question", given)]
    assert order == ["c0", "c2", "c1"]
    assert [hit.chunk.id for hit in Diversify(0.01).process("question", given)] == ["c0", "c1", "c2"]


def test_a_document_shows_only_its_best() -> None:
    found = LimitPerDocument(2).process("question", made("a", "b", "c", document="d"))
    assert [hit.chunk.id for hit in found] == ["c0", "c1"]
    counts = Counter(hit.chunk.document_id for hit in LimitPerDocument(2).process("question", hits()))
    assert max(counts.values()) == 2
