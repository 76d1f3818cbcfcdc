"""Spelling against the words of a real index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from corpus import LIMITS

from ragkit.chunkers import MarkdownConfig
from ragkit.config import Config
from ragkit.embedders import HashingConfig
from ragkit.index import LocalIndex
from ragkit.queries.spelling import VocabularyCorrector

TEXT = """# Bridges

The government opened the suspension bridge in 1981. Its towers stand in the river; the government pays.
The commission of the government measures kilometres of cable, and the bridge is painted every year.
Правительство открыло мост через реку. 合同有效期为三年。
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalIndex]:
    folder = tmp_path_factory.mktemp("spelling")
    for number in range(3):
        (folder / f"{number}.md").write_text(TEXT.replace("1981", f"198{number}"), encoding="utf-8")
    config = Config(index=Path(folder / "index"), chunker=MarkdownConfig(), embedder=HashingConfig())
    config.build_ingest(limits=LIMITS).run(sorted(folder.glob("*.md")))
    with config.open_index() as opened:
        yield opened


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("goverment bridge", "government bridge"),  # a letter too few
        ("the brigde opened", "the bridge opened"),  # two letters swapped
        ("suspensioon bridge", "suspension bridge"),  # a letter too many
        ("the tewers of a bridge", "the towers of a bridge"),  # another letter
        ("Goverment of the bridge", "Government of the bridge"),
        ("how many kilometers of cable?", "how many kilometres of cable?"),
        ("правителство мост", "правительство мост"),
        ("goverment", "government"),
    ],
)
def test_what_a_typing_error_may_mean_is_searched_too_and_told(
    index: LocalIndex, typed: str, meant: str
) -> None:
    text, notices = VocabularyCorrector(index).correct(typed)
    pairs = zip(typed.split(), meant.split(), strict=True)
    ((wrong, right),) = [(word, better) for word, better in pairs if word.strip("?") != better.strip("?")]
    assert text == typed.replace(wrong.strip("?"), f"{wrong.strip('?')} {right.strip('?')}")
    (notice,) = notices
    assert notice == f'searched for "{right}" too: no passage holds "{wrong}"'


@pytest.mark.parametrize(
    "typed",
    [
        "government bridge towers",  # all known
        "with the bridge were",  # words that are not indexed
        '"goverment" bridge',
        "“goverment” bridge",
        "GOVERMENT bridge",  # may be an abbreviation
        "goverment-2 bridge v1.goverment",
        "1982x bridge 7134",
        "合同有校期",
        "xylophone quartz",
        "die regierung öffnete gestern eine brücke",
        "",
    ],
)
def test_everything_else_stays(index: LocalIndex, typed: str) -> None:
    assert VocabularyCorrector(index).correct(typed) == (typed, ())


def test_for_a_short_word_only_a_common_one_is_searched_too(index: LocalIndex) -> None:
    corrector = VocabularyCorrector(index)
    assert corrector.correct("bridge rivr")[0] == "bridge rivr river"
    assert index.frequency(index.analyzer.terms("river")[0]) == 3
    assert corrector.correct("198O bridge")[0] == "198O bridge"


def test_only_words_as_they_are_spelt_are_proposed_and_none_that_hold_a_sentence_together(
    tmp_path: Path,
) -> None:
    """The stems of "doeds" and "banked" are those of "do" and "bank", which nobody meant."""
    for number in range(4):
        text = f"We do it: the bank holds {number} leases, do we? They bank on it."
        (tmp_path / f"{number}.md").write_text(text, encoding="utf-8")
    config = Config(index=tmp_path / "index", chunker=MarkdownConfig(), embedder=HashingConfig())
    config.build_ingest(limits=LIMITS).run(sorted(tmp_path.glob("*.md")))
    with config.open_index() as opened:
        corrector = VocabularyCorrector(opened)
        for typed in ("When does the lease end?", "Is it backed?", "which leases were backed by a bank"):
            assert corrector.correct(typed) == (typed, ())
        assert corrector.correct("which leasses")[0] == "which leasses leases"
