"""What is shown of quotes and of what models write: no link, no active HTML, no marks but ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.generators.shown import as_shown, without_links

EVIL = "https://attacker.example/log"


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ("The bridge was opened in 1981 [2][13].", "The bridge was opened in 1981."),
        ("大桥于1981年通车【3】。", "大桥于1981年通车。"),
        (f"See [the plan]({EVIL}?q=1) of 1981.", "See the plan of 1981."),
        (f"![plan]({EVIL}.png) It is long.", "plan It is long."),
        ("It is <b onclick='x()'>long</b>.", "It is long</b>."),
        ("<script>steal()</script>It is long.", "It is long."),
        ("[link=https://a.example]It[/link] is long.", "It is long."),
        ("Read https://www.debian.org/doc/ first.", "Read https://www.debian.org/doc/ first."),
        ("a < b, c > d, x[0], f(x) and (see [a])", "a < b, c > d, x, f(x) and (see [a])"),
        ("<|im_end|>It is \u202elong.", "It is long."),
        (f"<img src='{EVIL}'>", "(…)"),
    ],
)
def test_a_quote_keeps_its_words_and_nothing_that_acts(quote: str, shown: str) -> None:
    assert as_shown(quote) == shown


@pytest.mark.parametrize(
    "address", [f"{EVIL}?q=secret", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"]
)
def test_an_address_that_no_passage_holds_is_left_out(address: str) -> None:
    assert without_links(f"See {address} now", known="See the plan") == "See (…) now"


def test_an_address_of_the_passages_stays_as_text() -> None:
    known = "The plan is at https://plans.example/1981."
    assert without_links("It is at https://plans.example/1981.", known=known).endswith("1981.")
    longer = without_links("It is at https://plans.example/1981?q=secret", known=known)
    assert "secret" not in longer


@given(st.text(alphabet="[]()!<>aimg =\"'/:http.1", max_size=60))
def test_no_link_or_tag_is_left(text: str) -> None:
    shown = without_links(text, known="")
    assert "](http" not in shown
    assert "<img " not in shown.casefold() or ">" not in shown[shown.casefold().index("<img ") :]
