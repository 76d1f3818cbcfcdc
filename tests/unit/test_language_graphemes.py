"""Characters as people see them are not torn."""

import pytest

from ragkit.language.graphemes import is_boundary, snap


@pytest.mark.parametrize(
    "cluster",
    ["e\u0301", "\r\n", "👩\u200d👩\u200d👧", "👍🏽", "🇩🇪", "❤\ufe0f", "각", "\u1100\u1161\u11a8", "कि"],
)
def test_clusters_hold_together(cluster: str) -> None:
    text = f"ab{cluster}cd"
    inside = range(3, 2 + len(cluster))
    assert not any(is_boundary(text, position) for position in inside)
    assert is_boundary(text, 2)
    assert is_boundary(text, 2 + len(cluster))


def test_two_flags_part_in_the_middle() -> None:
    assert [is_boundary("🇩🇪🇫🇷", position) for position in range(5)] == [True, False, True, False, True]


def test_snap_goes_back_first_then_on() -> None:
    assert snap("abe\u0301cd", 3, 0, 6) == 2
    assert snap("e\u0301\u0301cd", 1, 0, 5) == 3
    assert snap("e\u0301\u0301", 1, 0, 3) == 3
