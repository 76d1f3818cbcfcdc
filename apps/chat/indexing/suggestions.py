"""First questions for a collection: made of its sentences, kept where its chain answers with these."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import log2

from apps.chat.indexing.shapes import CHINESE, ENGLISH
from ragkit import Chain, Config, Document, Ingest

MOST = 4
_MOST_DOCUMENTS = 40
_MOST_ASKED = 24
_MOST_READ = 60_000  # characters of a document
_OF_ONE = 5  # candidates of a document
_SENTENCE = re.compile(r"[^\n。！？]+?(?:[。！？]|[.!?](?=\s|$)|(?=\n)|$)")
_BULLET = re.compile(r"^[•–*-]\s*(?:[\w.+-]+ - )?")
_HAN = re.compile(r"[一-鿿]")
_SHORTEST, _SHORTEST_HAN, _LONGEST = 40, 14, 320  # characters of a sentence
_NO_SUBJECT = re.compile(
    r"(?:It|This|That|These|Those|There|He|She|They|We|You|I|What|Our|Your|Their|His|Her|Its|Here|Each|Such|One|"
    r"Another|Some|Many|Most|All|Both|Other|If|When|While|Please|Note|Page|Table|Figure|Section|However|In|At|"
    r"As|For|Also|Today|Now|Then|No|Not|And|But|Or|Only|Part|Item)\b"
)
_NO_HAN_SUBJECT = re.compile(
    r"[这這该該其它牠他她此我你您如但而因当當可有最不也就目由另以在为為对對从從那哪所并並若和与與及或即只主]|.*[的了是，]|.*位[于於]|.*(?:中|时|時|後|后|都|也|则|則|之一|通常)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A question that the characters from `start` to `end` of a document should answer."""

    question: str
    subject: str
    document_id: str
    start: int
    end: int
    score: float
    kind: str = ""
    event: bool = False

    @property
    def chinese(self) -> bool:
        """Whether it is asked in Chinese."""
        return bool(_HAN.search(self.question))


def suggest(ingest: Ingest, config: Config) -> tuple[str, ...]:
    """Up to four questions that people may ask of an index, each on another document where there are several.

    They are answered by the chain's own search and abstention, and quoted: no language model is asked, least
    of all a remote one.
    """
    ordered = _in_turn(_by_document(ingest))
    if not ordered:
        return ()
    plain = Config()
    keys = ("generator", "verifier", "rewriter", "followups")
    chain = config.model_copy(update={key: getattr(plain, key) for key in keys}).build()
    found = _chosen(ordered, partial(_answers, chain))
    return tuple(candidate.question for candidate in found)


def _chosen(ordered: Sequence[Candidate], answered: Callable[[Candidate], bool]) -> list[Candidate]:
    """The first that are answered, of a different kind each where there are enough, and never two events."""
    found: list[Candidate] = []
    refused: set[str] = set()
    for alike in (False, True):
        for one in ordered:
            if len(found) == MOST:
                return found
            same_kind = any(one.kind == other.kind for other in found)
            known = any(one.subject.casefold() == other.subject.casefold() for other in found)
            if known or one.question in refused or (same_kind and (one.event or not alike)):
                continue
            if answered(one):
                found.append(one)
            else:
                refused.add(one.question)
    return found


def candidates(document: Document, headings: Iterable[str] = ()) -> list[Candidate]:
    """The questions that a document answers by the shape of its sentences, the best first."""
    text = document.text[:_MOST_READ]
    titles = " ".join([document.title, *headings]).casefold()
    best: dict[str, Candidate] = {}
    for sentence in _SENTENCE.finditer(text):
        for candidate in _of_sentence(document.id, sentence, text, titles):
            known = best.get(candidate.question)
            if known is None or candidate.score > known.score:
                best[candidate.question] = candidate
    return sorted(best.values(), key=lambda one: (-one.score, one.start))


def _of_sentence(document_id: str, sentence: re.Match[str], text: str, titles: str) -> Iterator[Candidate]:
    said = _BULLET.sub("", sentence[0].strip())
    chinese = bool(_HAN.search(said))
    if not (_SHORTEST_HAN if chinese else _SHORTEST) <= len(said) <= _LONGEST:
        return
    for shape in CHINESE if chinese else ENGLISH:
        match = shape.pattern.match(said)
        if match is None or not _is_subject(subject := match["name"].strip(), chinese=chinese):
            continue
        named = text.count(subject)
        in_title = subject.casefold() in titles
        if named < 2 and not (
            in_title or shape.event or " " in subject
        ):  # a part of a name is seldom two words
            continue
        yield Candidate(
            question=shape.ask(match, text),
            subject=subject,
            document_id=document_id,
            start=sentence.start(),
            end=sentence.end(),
            kind=shape.question,
            event=shape.event,
            score=shape.weight + min(log2(named + 1), 3.0) / 2 + in_title - sentence.start() / _MOST_READ,
        )


def _is_subject(name: str, *, chinese: bool) -> bool:
    return not (_NO_HAN_SUBJECT if chinese else _NO_SUBJECT).match(name)


def _by_document(ingest: Ingest) -> list[list[Candidate]]:
    """The candidates of documents from all over the index."""
    summaries = ingest.index.documents()
    step = -(-len(summaries) // _MOST_DOCUMENTS) or 1
    found = []
    for summary in summaries[::step]:
        document = ingest.index.document(summary.id)
        headings = {chunk.heading for chunk in ingest.index.chunks(summary.id)}
        found.append(candidates(document, headings)[:_OF_ONE])
    return found


def _in_turn(documents: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """The best of each document, then the second of each, English and Chinese by turns."""
    ordered = []
    for rank in range(_OF_ONE):
        of_rank = sorted((of[rank] for of in documents if len(of) > rank), key=lambda one: -one.score)
        languages = [[one for one in of_rank if one.chinese], [one for one in of_rank if not one.chinese]]
        counted = [(number, one) for of in languages for number, one in enumerate(of)]
        ordered += [one for _, one in sorted(counted, key=lambda pair: pair[0])]
    return ordered[:_MOST_ASKED]


def _answers(chain: Chain, candidate: Candidate) -> bool:
    """Whether the chain answers a question with the very sentence that it was made of."""
    answer = chain.ask(candidate.question, literal=True)
    return not answer.abstained and any(
        citation.document_id == candidate.document_id
        and citation.start < candidate.end
        and candidate.start < citation.end
        for sentence in answer.sentences
        for citation in sentence.citations
    )
