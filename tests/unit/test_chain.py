"""The chain: each stage once, in order, and nothing unchecked comes out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from test_citations import GOOD, TEXT, Shelf

from ragkit.chain import Chain, as_turn
from ragkit.errors import QueryError
from ragkit.postprocessors import LimitPerDocument
from ragkit.queries import Reader
from ragkit.rerankers import KeepOrderConfig
from ragkit.stages import Postprocessor, QueryReader, Writing
from ragkit.types import EVERYTHING, Chunk, Citation, Draft, Filter, Hit, Judgement, Message, Sentence, Turn
from ragkit.verifiers import LexicalConfig

PARENT = (0, len(TEXT))


def hit(number: int, start: int, end: int) -> Hit:
    chunk = Chunk(id=f"c{number}", document_id="d", start=start, end=end, text=TEXT[start:end], parent=PARENT)
    return Hit(chunk=chunk, score=1.0 / (number + 1))


class Found:
    """A retriever that remembers what it was asked; no passage holds a phrase or is from 1999."""

    def __init__(self, *, count: int = 3) -> None:
        self.count = count
        self.limits: list[int] = []
        self.asked: list[str] = []
        self.among = EVERYTHING

    def retrieve(self, query: str, *, limit: int, among: Filter = EVERYTHING) -> list[Hit]:
        self.limits.append(limit)
        self.asked.append(query)
        self.among = among
        if among.phrases or among.since == "1999":
            return []
        spans = [(0, 5), (6, 10), (17, 23)]
        return [hit(number, *spans[number % 3]) for number in range(self.count)][:limit]


class Said:
    """A generator that cites once truly and once falsely, and remembers what it read."""

    def __init__(self) -> None:
        self.read: list[Hit] = []
        self.told: list[Turn] = []
        self.written = ""

    def prompt(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> list[Message]:
        self.told = list(history)
        return [Message("user", f"{query}: {len(hits)}")]

    def generate(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Writing:
        self.read, self.told = list(hits), list(history)
        for piece in ("Second ", "page"):
            self.written += piece
            yield piece
        false = Citation(document_id="d", start=0, end=5, quote="Wrong")
        sentence = Sentence(start=0, end=11, citations=(GOOD, false), support=0.9)
        return Draft(text="Second page", sentences=(sentence,))


class Twice:
    """A rewriter that adds a text that finds the same."""

    def rewrite(self, query: str) -> list[str]:
        return [query, f"again {query}"]


def chain(
    retriever: Found,
    generator: Said,
    *,
    reader: QueryReader | None = None,
    results: Postprocessor | None = None,
) -> Chain:
    return Chain(
        documents=Shelf(),
        retriever=retriever,
        reranker=KeepOrderConfig().build(),
        generator=generator,
        verifier=LexicalConfig().build(),
        reader=reader,
        results=results,
        candidates=2,
        limit=3,
    )


def test_an_answer_carries_only_citations_that_hold_and_their_verdict() -> None:
    answer = chain(Found(), Said()).ask("which page?")
    (sentence,) = answer.sentences
    assert [citation.quote for citation in sentence.citations] == ["Second page"]
    assert (sentence.verdict, sentence.support, answer.dropped) == ("supported", 1.0, 1)
    assert list(answer.timings) == ["read", "retrieve", "rerank", "results", "judge", "generate", "verify"]


def test_a_talk_is_passed_on_and_what_was_read_in_it_may_be_cited() -> None:
    class Alone:
        def standalone(self, query: str, history: Sequence[Turn]) -> str:
            return f"{query} of {history[-1].question}"

    class Nowhere:
        def retrieve(self, query: str, *, limit: int, among: Filter = EVERYTHING) -> list[Hit]:
            return []

    first = chain(Found(), Said()).ask("which page?")
    second = Chain(
        documents=Shelf(),
        retriever=Nowhere(),
        reranker=KeepOrderConfig().build(),
        generator=Said(),
        verifier=LexicalConfig().build(),
        followups=Alone(),
    ).ask("and the quote?", history=[as_turn(first)])
    assert second.query.text == "and the quote? of which page?"
    assert second.notices == ("understood as: and the quote? of which page?",)
    assert [citation.quote for citation in second.sentences[0].citations] == ["Second page"]


def test_a_talk_is_told_alike_for_the_prompt_and_for_the_answer_without_documents_that_are_gone() -> None:
    said, asking = Said(), Said()
    gone = Chunk(id="g", document_id="gone", start=0, end=4, text="Gone", parent=(0, 9))
    turn = Turn(question="which page?", answer="Second page", hits=(hit(0, 0, 5), Hit(chunk=gone, score=1.0)))
    answer = chain(Found(), said).ask("and then?", history=[turn])
    chain(Found(), asking).prompt("and then?", history=[turn])
    assert said.told == asking.told
    assert [[h.chunk.text for h in told.hits] for told in said.told] == [[TEXT]]
    assert answer.sentences[0].citations


def test_what_the_gate_refuses_is_not_written() -> None:
    class Shut:
        def judge(self, query: str, hits: Sequence[Hit]) -> Judgement:
            return Judgement(score=0.1, threshold=0.5, reason=f"{len(hits)} passage says nothing")

    said = Said()
    answer = Chain(
        documents=Shelf(),
        retriever=Found(),
        reranker=KeepOrderConfig().build(),
        generator=said,
        verifier=LexicalConfig().build(),
        gate=Shut(),
    ).ask("which page?")
    assert (answer.abstained, answer.reason, said.written) == (True, "1 passage says nothing", "")
    assert answer.judgement.score == 0.1
    assert answer.hits


def test_text_is_passed_on_while_it_is_written_and_closing_ends_the_writing() -> None:
    said = Said()
    writing = chain(Found(), said).stream("which page?")
    assert (next(writing), said.written) == ("Second ", "Second ")
    writing.close()
    assert said.written == "Second "
    writing = chain(Found(), Said()).stream("which page?")
    assert list(writing) == ["Second ", "page"]
    assert chain(Found(), said).prompt("which page?") == [Message("user", "which page?: 1")]


class Plain(Said):
    """A generator of a user who returns what is to be said."""

    def __init__(self, made: object) -> None:
        super().__init__()
        self.made = made

    def generate(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Writing:
        return self.made  # type: ignore[return-value]  # the mistake that is tested


class Unfinished(Plain):
    """A generator of a user that yields the text, and then returns something else than a draft."""

    def generate(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Writing:
        yield "Second page"
        return self.made  # type: ignore[return-value]  # the mistake that is tested


@pytest.mark.parametrize(
    ("generator", "said"),
    [
        (Plain("It was in 1981."), r"Plain\.generate returned 'It was in 1981\.' \(str\)"),
        (Plain(Draft(text="a", sentences=())), r"Plain\.generate returned Draft\(.* \(Draft\)"),
        (Plain(["It", " was"]), r"\['It', ' was'\] \(list\)"),
        (Plain(None), "returned nothing"),
        (Unfinished("Second page"), r"Unfinished\.generate ended by returning 'Second page' \(str\)"),
        (Unfinished(None), "ended by returning nothing"),
    ],
)
def test_a_generator_of_another_shape_is_named_with_what_is_wanted(generator: Plain, said: str) -> None:
    with pytest.raises(TypeError, match=said) as caught:
        chain(Found(), generator).ask("Which page?")
    assert "must `yield` the text piece by piece, then `return Draft(" in str(caught.value)


def test_the_generator_reads_each_parent_once_and_the_answer_shows_the_chunks() -> None:
    said = Said()
    answer = chain(Found(), said).ask("which page?")
    assert [(h.chunk.text, h.score) for h in said.read] == [(TEXT, 1.0)]
    assert [h.chunk.id for h in answer.hits] == ["c0", "c1", "c2"]


def test_the_retriever_is_asked_for_candidates_or_for_the_limit_if_that_is_more() -> None:
    found = Found()
    made = chain(found, Said())
    assert [len(made.search("x", limit=limit)) for limit in (1, 3, 0)] == [1, 3, 0]
    assert len(made.search("x")) == 3
    assert found.limits == [2, 3, 2, 3]


class FirstOfEach:
    """Leaves one of ten hits."""

    def process(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        return list(hits)[::10]


def test_where_hits_are_left_out_others_are_fetched() -> None:
    found = Found(count=100)
    made = chain(found, Said(), results=FirstOfEach())
    assert [hit.chunk.id for hit in made.search("x", limit=3)] == ["c0", "c10", "c20"]
    assert found.limits == [3, 12, 48]
    assert len(made.search("x", limit=50)) == 10


@pytest.mark.parametrize("question", ["", " \n"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        chain(Found(), Said()).ask(question)
    with pytest.raises(ValueError, match="empty"):
        chain(Found(), Said()).search(question)


def test_operators_become_a_filter_and_the_rest_is_searched_and_answered() -> None:
    found = Found()
    made = chain(found, Said(), reader=Reader(syntax=True))
    findings = made.find("source:a.pdf second page -draft")
    assert (found.asked, found.among) == (["second page"], Filter(sources=("a.pdf",), without=("draft",)))
    assert (findings.query.text, findings.query.among) == ("second page", found.among)
    assert findings.notices == ("left out: passages with 'draft' (--literal takes -words for text)",)
    made.search("source:a.pdf x", literal=True)
    assert (found.asked[-1], found.among) == ("source:a.pdf x", EVERYTHING)


def test_phrases_that_no_passage_holds_are_given_up_with_a_notice() -> None:
    found = Found()
    answer = chain(found, Said(), reader=Reader(syntax=True)).ask('what is "this page" author:smith')
    assert len(answer.hits) == 3
    (notice,) = answer.notices
    assert (
        notice == 'no passage with "this page" fits the conditions (author smith): '
        "searched for the words one by one"
    )
    assert found.among == Filter(metadata=(("author", ("smith",)),))


def test_conditions_that_no_passage_fits_find_nothing_and_say_so() -> None:
    found = chain(Found(), Said(), reader=Reader(syntax=True)).find('page "one" after:1999')
    assert found.hits == ()
    assert found.notices == ('no passage fits the conditions: from 1999 on, with "one"',)


def test_the_callers_filter_holds_together_with_that_of_the_question() -> None:
    found, scope = Found(), Filter(paths=("/x/a.pdf",))
    made = chain(found, Said(), reader=Reader(syntax=True))
    made.search("second page", among=scope)
    assert found.among == scope
    made.search("second page source:a.pdf", among=scope)
    assert found.among == Filter(sources=("a.pdf",), within=scope)
    answer = made.ask('second "page"', among=scope)
    assert answer.query.among == Filter(phrases=("page",), within=scope)
    assert found.among == Filter(within=scope)
    assert answer.notices == (
        'no passage with "page" fits the conditions (in a.pdf): searched for the words one by one',
    )


def test_a_scope_that_nothing_fits_is_told_without_a_list_of_its_files() -> None:
    made = chain(Found(), Said(), reader=Reader(syntax=True))
    many = Filter(paths=tuple(f"/x/{number}.pdf" for number in range(2000)))
    assert made.find("page after:1999", among=many).notices == (
        "no passage fits the conditions: from 1999 on, in one of 2,000 files",
    )
    two = Filter(paths=("/x/a.pdf", "/x/年报.pdf"), since="1999")
    assert made.ask("page", among=two).notices == (
        "no passage fits the conditions: from 1999 on, in a.pdf or 年报.pdf",
    )


def test_passages_of_earlier_turns_outside_the_scope_are_not_read_again() -> None:
    said = Said()
    turn = Turn(question="which page?", answer="Second page", hits=(hit(0, 0, 5),))
    made = chain(Found(), said)
    made.ask("and then?", history=[turn], among=Filter(paths=("/x/a.pdf",)))
    assert [len(told.hits) for told in said.told] == [1]
    outside = Filter(paths=("/x/b.pdf",))
    made.ask("and then?", history=[turn], among=outside)
    assert [(told.answer, told.hits) for told in said.told] == [("Second page", ())]
    made.prompt("and then?", history=[turn], among=outside)
    assert [told.hits for told in said.told] == [()]


def test_a_question_that_says_only_where_to_look_is_refused() -> None:
    with pytest.raises(QueryError, match=r"source a\.pdf.*Add a word"):
        chain(Found(), Said(), reader=Reader(syntax=True)).search("source:a.pdf")


def test_the_rankings_of_several_texts_are_fused_by_reciprocal_rank() -> None:
    found = Found()
    hits = chain(found, Said(), reader=Reader(rewriter=Twice())).search("x")
    assert found.asked == ["x", "again x"]
    assert [h.chunk.id for h in hits] == ["c0", "c1", "c2"]
    assert hits[0].score == pytest.approx(2 / 61)


def test_hits_are_processed_before_the_limit_cuts_them() -> None:
    hits = chain(Found(), Said(), results=LimitPerDocument(2)).search("x", limit=3)
    assert [h.chunk.id for h in hits] == ["c0", "c1"]
