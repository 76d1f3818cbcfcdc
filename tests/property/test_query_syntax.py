"""Whatever is typed is understood without an error, and no word is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import QueryError
from ragkit.queries import understand
from ragkit.queries.syntax import QUOTED

_PIECES = st.sampled_from(
    [
        "source:",
        "page:",
        "3-5",
        "-",
        '"',
        "“",
        "”",
        "「",
        "」",
        "date:",
        "2021",
        "许可证",
        "word",
        "：",
        " ",
        "meta.x:",
    ]
)
_TYPED = st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=14).map("".join))


@given(_TYPED)
def test_nothing_typed_is_an_error_or_lost(text: str) -> None:
    try:
        query = understand(text)
    except QueryError:
        return
    among = query.among
    kept = "".join((
        query.text, *among.sources, *among.titles, *among.phrases, *among.without,
        *(value for _, values in among.metadata for value in values),
    ))  # fmt: skip
    for word in ("许可证", "word"):
        assert (word in text) == (word in kept)


@given(st.text(alphabet=st.characters(exclude_characters=':：-－"＂“„「『«'), max_size=60))
def test_a_text_without_signs_of_operators_keeps_every_word(text: str) -> None:
    query = understand(text)
    assert query.text.split() == text.split()
    assert QUOTED.search(text) is None
