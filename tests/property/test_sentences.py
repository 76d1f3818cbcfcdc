"""Sentence spans cover any text exactly."""

from hypothesis import given
from hypothesis import strategies as st

from ragkit.language import sentence_spans
from ragkit.language.graphemes import is_boundary

pieces = st.sampled_from(
    [
        ". ",
        "。",
        "？",
        "!",
        "…",
        "\n",
        "\r\n",
        "\n\n",
        " ",
        "\t",
        "Mr.",
        "U.S.",
        "# ",
        "- ",
        "| a |",
        "”",
        ")",
        "1.",
        "Word",
        "word",
        "中文",
        "5",
        "\u0301",
        "👩\u200d👧",
        "\0",
        "\u2028",
        "[1]",
        "```",
        "=",
    ]
)
texts = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.lists(pieces).map("".join))


@given(texts)
def test_spans_cover_every_character_once(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert [start for start, _ in spans] == [0, *(end for _, end in spans)][: len(spans)]
    assert all(start < end for start, end in spans)


@given(texts)
def test_space_belongs_to_the_sentence_before(text: str) -> None:
    for start, end in sentence_spans(text)[1:]:
        assert not text[start].isspace()
        assert is_boundary(text, start)
        assert text[start:end].strip()
