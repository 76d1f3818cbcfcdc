"""Counts of files, and what they share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragkit.data.records import TextSource
from ragkit.data.statistics import Statistics, collect, statistics_page
from ragkit.data.statistics.collecting import mixes

RUN = "the bridge was opened in nineteen eighty one and spans more than two thousand metres"
HAN = "长江发源于青海省的唐古拉山流经十一个省级行政区在上海市注入东海养育了许多人口"


def statistics(tmp_path: Path, *files: list[dict[str, object]], by: str | None = None) -> Statistics:
    sources = []
    for number, lines in enumerate(files):
        path = tmp_path / f"{number}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        sources.append(TextSource.open(path))
    return collect(sources, by=by)


def test_lengths_languages_and_mixes(tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [
        {"text": "one two three of the", "kind": "a"},
        {"text": "长江很长", "kind": "b"},
        {"text": "", "kind": "b"},
        {"text": "the " * 40},
    ]
    (file,) = statistics(tmp_path, lines, by="kind").files
    assert (file.texts, file.words, file.empty) == (4, 49, 1)
    assert [file.percentile(share) for share in (0.25, 0.5, 0.75, 1.0)] == [0, 4, 5, 40]
    assert file.bins() == [(0, 1, 1), (1, 2, 0), (2, 4, 0), (4, 8, 2), (8, 16, 0), (16, 32, 0), (32, 64, 1)]
    assert file.languages == {"en": 2, "zh": 1, "": 1}
    assert mixes(file) == {"b": 2, "a": 1, "(none)": 1}


def test_copies_within_a_file(tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [
        {"text": RUN},
        {"text": f"{RUN} "},
        {"text": RUN.upper()},
        {"text": HAN},
    ]
    (file,) = statistics(tmp_path, lines).files
    assert (file.same, file.alike) == (1, 1)


@pytest.mark.parametrize("run", [RUN, HAN])
def test_files_that_share_a_text_or_a_long_run_leak(tmp_path: Path, run: str) -> None:
    train: list[dict[str, object]] = [
        {"text": "Nothing in common with any other text that is here today."},
        {"text": f"Before it stands much else, such as this. {run}. And behind it as well, at some length."},
        {"text": "Shared whole"},
    ]
    test: list[dict[str, object]] = [{"text": "Shared whole"}, {"text": f"Other words. {run}"}]
    (leak,) = statistics(tmp_path, train, test).leaks
    assert leak.same == (1, 1)
    assert leak.alike == (1, 1)
    assert (leak.runs.one, leak.runs.other) == (1, 1)
    (example,) = leak.runs.examples
    assert (example.one_line, example.other_line) == (2, 2)
    assert example.run and example.run.replace(" ", "") in run.replace(" ", "")
    assert leak.is_there
    (turned,) = statistics(tmp_path, test, train).leaks
    assert turned.runs.examples[0].run == example.run


def test_runs_of_twelve_words_are_no_leak(tmp_path: Path) -> None:
    twelve = " ".join(RUN.split()[:12])
    first: list[dict[str, object]] = [{"text": f"a b c {twelve} d"}]
    (leak,) = statistics(tmp_path, first, [{"text": f"x y {twelve} z"}]).leaks
    assert not leak.is_there


def test_files_without_texts(tmp_path: Path) -> None:
    found = statistics(tmp_path, [], [{"text": RUN}])
    assert found.files[0].percentile(0.5) == 0
    assert found.files[0].bins() == []
    assert not found.leaks[0].is_there
    assert "no texts" in statistics_page(found)


def test_the_page_shows_text_as_text_and_asks_for_nothing(tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [{"text": RUN, "kind": "<script>alert(1)</script>"}]
    page = statistics_page(statistics(tmp_path, lines, [{"text": RUN}], by="kind"))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "://" not in page
    assert page.count("<svg") >= 4
