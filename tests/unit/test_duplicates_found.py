"""Near-duplicates: what is found is what comparing all with all would find."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from ragkit.duplicates import Digests, Joining, MinHash, NearFinder, NearIndex, Shingler, bands_for
from ragkit.duplicates.clusters import Clusters, equal_runs
from ragkit.duplicates.minhash import NO_KEY, Bands
from ragkit.duplicates.spool import KeySpool, ShingleSpool

CHINESE = "长江全长约六千三百公里，发源于青海省，流经十一个省级行政区，最后在上海市注入东海。"


def shingle_sets(texts: Sequence[str], shingler: Shingler | None = None) -> list[set[int]]:
    found = (shingler or Shingler()).shingle(texts)
    return [set(found.values[a:b].tolist()) for a, b in zip(found.starts[:-1], found.starts[1:], strict=True)]


def likeness(one: str, other: str) -> float:
    left, right = shingle_sets([one, other])
    return len(left & right) / len(left | right) if left and right else 0.0


def plain_loop(texts: Sequence[str], threshold: float) -> list[int]:
    """Each text against every kept one before it."""
    kept: list[int] = []
    found = []
    for place, text in enumerate(texts):
        for first in kept:
            if text.split() == texts[first].split() or likeness(texts[first], text) >= threshold:
                found.append(first)
                break
        else:
            kept.append(place)
            found.append(place)
    return found


def edited_texts(seed: int, bases: int) -> list[str]:
    chance = random.Random(seed)
    texts = []
    for _ in range(bases):
        words = [f"w{chance.randrange(200)}" for _ in range(chance.choice([0, 1, 2, 25, 60]))]
        texts.append(" ".join(words))
        for _ in range(chance.randrange(4)):
            changed = list(words)
            for _ in range(chance.randrange(4) if words else 0):
                changed[chance.randrange(len(words))] = f"x{chance.random()}"
            texts.append(" ".join(changed))
    return texts


def find(texts: Sequence[str], threshold: float = 0.8, batch: int = 50) -> NearFinder:
    finder = NearFinder(threshold=threshold)
    for start in range(0, len(texts), batch):
        finder.add(texts[start : start + batch])
    return finder


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("threshold", [0.6, 0.8])
def test_what_is_kept_is_what_a_plain_loop_keeps(seed: int, threshold: float) -> None:
    texts = edited_texts(seed, 40)
    with find(texts, threshold) as finder:
        copies = finder.copies()
    assert copies.kept_as.tolist() == plain_loop(texts, threshold)
    assert copies.cut == 0


def test_batches_make_no_difference() -> None:
    texts = edited_texts(9, 40)
    kept = []
    for batch in (1, 7, 1000):
        with find(texts, batch=batch) as finder:
            kept.append(finder.copies().kept_as.tolist())
    assert kept[0] == kept[1] == kept[2]


def test_likeness_is_told_and_is_that_of_the_sets() -> None:
    words = [f"word{n}" for n in range(100)]
    texts = [" ".join(words), " ".join([*words[:50], "new", *words[50:]])]
    with find(texts) as finder:
        copies = finder.copies()
    assert copies.kept_as.tolist() == [0, 0]
    assert copies.likeness[1] == pytest.approx(likeness(*texts))
    assert copies.same.tolist() == [True, False]


def test_a_chain_of_small_changes_never_drops_what_is_unlike_the_kept_one() -> None:
    words = [f"word{n}" for n in range(60)]
    texts = []
    for step in range(30):
        words[step * 2] = f"new{step}"
        texts.append(" ".join(words))
    with find(texts) as finder:
        copies = finder.copies()
    assert 1 < copies.kept.sum() < 30
    for place, kept in enumerate(copies.kept_as.tolist()):
        assert place == kept or likeness(texts[kept], texts[place]) >= 0.8


def test_chinese_is_compared_by_its_characters_whatever_its_forms_and_width() -> None:
    traditional = "長江全長約六千三百公里，發源於青海省，流經十一個省級行政區，最後在上海市注入東海。"
    texts = [CHINESE, CHINESE.replace("，", ", ").replace("。", ""), traditional, CHINESE.replace("江", "河")]
    with find(texts) as finder:
        assert finder.copies().kept_as.tolist()[:3] == [0, 0, 0]
    assert len(shingle_sets([CHINESE])[0]) == len(CHINESE.replace("，", "").replace("。", "")) - 4


def test_case_punctuation_and_layout_make_no_difference() -> None:
    assert shingle_sets(["The cat sat, on the mat!"]) == shingle_sets(["the CAT\nsat on (the) mat"])


def test_texts_without_letters_are_copies_only_where_they_are_the_same() -> None:
    with find(["", "...", "", "!!!", "..."]) as finder:
        assert finder.copies().kept_as.tolist() == [0, 1, 0, 3, 1]


def test_no_texts_are_no_copies() -> None:
    with NearFinder() as finder:
        assert finder.copies().kept_as.tolist() == []


def test_a_short_text_is_one_shingle_and_no_run() -> None:
    assert [len(found) for found in shingle_sets(["two words", "a b c d"])] == [1, 2]
    assert [len(found) for found in shingle_sets(["two words"], Shingler(short=False))] == [0]


def test_many_nearly_equal_texts_are_compared_with_few() -> None:
    texts = [f"{'the same long text again and again ' * 8} number {n}" for n in range(500)]
    pairs = 0

    def count(one: int, other: int) -> float:
        nonlocal pairs
        pairs += 1
        return 1.0

    joining = Joining(len(texts), count, 0.8)
    joining.take(np.zeros(len(texts), np.uint64), np.arange(len(texts)))
    assert pairs < 2 * len(texts)
    assert joining.copies(_exact(texts)).kept.sum() == 1


def test_a_group_too_wide_to_compare_is_told() -> None:
    joining = Joining(200, lambda one, other: 0.0, 0.8)
    joining.take(np.zeros(200, np.uint64), np.arange(200))
    copies = joining.copies(_exact([str(n) for n in range(200)]))
    assert copies.kept.all()
    assert copies.cut == 1


def _exact(texts: Sequence[str]):  # type: ignore[no-untyped-def]
    digests = Digests()
    for text in texts:
        digests.append(text)
    return digests.copies()


def test_white_space_does_not_count_among_equal_texts() -> None:
    assert _exact(["a b", "b", " a\n b ", "b", "A b"]).kept_as.tolist() == [0, 1, 0, 1, 4]


@pytest.mark.parametrize("threshold", [0.55, 0.7, 0.8, 0.9, 0.99, 1.0])
def test_bands_miss_less_than_one_in_ten_thousand_at_the_threshold(threshold: float) -> None:
    bands = bands_for(threshold)
    assert bands.missed(threshold) <= 1e-4
    assert bands.rows * bands.count <= 128


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5])
def test_a_likeness_that_is_none_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="likeness"):
        bands_for(threshold)


def test_minima_estimate_the_likeness() -> None:
    chance, errors = random.Random(5), []
    minhash, shingler = MinHash(Bands(rows=1, count=128)), Shingler()
    for _ in range(300):
        words = [str(chance.random()) for _ in range(60)]
        other = list(words)
        for place in chance.sample(range(60), 4):
            other[place] = "changed"
        texts = [" ".join(words), " ".join(other)]
        keys = minhash.keys(shingler.shingle(texts))
        errors.append((keys[:, 0] == keys[:, 1]).mean() - likeness(*texts))
    assert abs(np.mean(errors)) < 0.01
    assert np.std(errors) < 0.05  # that of 128 throws of a coin is 0.038


def test_texts_without_shingles_have_no_key() -> None:
    keys = MinHash(bands_for(0.8)).keys(Shingler().shingle(["", "a b c", "?"]))
    assert (keys[:, [0, 2]] == NO_KEY).all()
    assert (keys[:, 1] != NO_KEY).all()


def test_spools_give_back_what_was_put_in() -> None:
    keys = KeySpool()
    keys.append(np.arange(6, dtype=np.uint64).reshape(2, 3))
    keys.append(np.arange(10, 14, dtype=np.uint64).reshape(2, 2))
    assert keys.band(1).tolist() == [3, 4, 5, 12, 13]
    spool = ShingleSpool()
    for part in (["a b c d", ""], [], ["a b c e"]):
        spool.append(Shingler().shingle(part))
    assert len(spool) == 3
    assert spool.likeness(0, 2) == pytest.approx(1 / 3)
    assert spool.likeness(0, 1) == 0.0
    keys.close()
    spool.close()


def test_clusters_join_and_name_the_first() -> None:
    clusters = Clusters(6)
    for one, other in ((5, 3), (3, 1), (4, 2)):
        clusters.join(one, other)
    assert clusters.roots().tolist() == [0, 1, 2, 1, 2, 1]
    assert list(clusters.groups()) == [[1, 3, 5], [2, 4]]
    assert list(equal_runs(np.zeros(0), np.zeros(0, np.int64))) == []


def test_an_index_that_grows_finds_what_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragkit.duplicates.growing._MOST_FRESH", 50)  # sorted into arrays now and then
    texts = edited_texts(11, 40)
    index, kept_as = NearIndex(0.8), []
    for text in texts:
        alike, number = index.alike(text)
        if not alike:
            index.keep(number)
        kept_as.append(alike[0][0] if alike else number)
    index.close()
    firsts = {place for place, kept in enumerate(plain_loop(texts, 0.8)) if place == kept and texts[place]}
    assert {place for place, kept in enumerate(kept_as) if place == kept and texts[place]} == firsts
