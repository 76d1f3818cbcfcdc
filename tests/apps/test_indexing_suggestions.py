"""First questions are answered by the collection (what they look like: unit/test_evaluation_proposing.py)."""

from __future__ import annotations

import shutil
from pathlib import Path

from corpus import DEMO, text
from indexing_app import NTSB

from apps.chat.indexing.suggestions import MOST, suggest
from ragkit import Config, Ingest, parse_config

CHAIN = "embedder: {type: hashing}"


def test_suggestions_are_answered_by_the_collection_in_both_languages(tmp_path: Path) -> None:
    config, ingest = filled(tmp_path, "wikipedia-en", "wikipedia-zh")
    with ingest.index:
        questions = suggest(ingest, config)
    chain = config.build()
    assert len(questions) == MOST == len(set(questions))
    assert any(question.isascii() for question in questions)
    assert any("？" in question for question in questions)
    for question in questions:
        answer = chain.ask(question)
        assert not answer.abstained, question
        assert any(sentence.citations for sentence in answer.sentences)


def test_reports_of_accidents_and_made_up_words(tmp_path: Path) -> None:
    config, ingest = filled(tmp_path)
    with ingest.index:
        (tmp_path / "made up.md").write_text(text(1), encoding="utf-8")
        shutil.copy(NTSB, tmp_path)
        ingest.run([tmp_path / "made up.md"])
        assert suggest(ingest, config) == ()
        ingest.run([tmp_path / NTSB.name])
        questions = suggest(ingest, config)
    assert sum(question.startswith("What happened") for question in questions) <= 1
    assert all(not config.build().ask(question).abstained for question in questions)


def filled(folder: Path, *names: str) -> tuple[Config, Ingest]:
    config = parse_config(CHAIN, name="test").model_copy(update={"index": folder / "index"})
    ingest = config.build_ingest()
    if names:
        ingest.run([DEMO / name for name in names])
    return config, ingest
