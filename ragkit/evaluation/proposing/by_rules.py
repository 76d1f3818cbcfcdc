"""Questions that the sentences of documents answer by their shape, without a language model."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import log2

from ragkit.evaluation.proposing.chinese import CHINESE
from ragkit.evaluation.proposing.english import ENGLISH
from ragkit.evaluation.proposing.roles import role_of
from ragkit.evaluation.proposing.sentences import Said, lacks_subject, sayings, shortened
from ragkit.evaluation.proposing.shapes import HAN, Role, Shape, is_person
from ragkit.language.chinese import simplified
from ragkit.types import Chunk, Document

_NO_SUBJECT = re.compile(
    r"(?:It|This|That|These|Those|There|He|She|They|We|You|I|What|Our|Your|Their|His|Her|Its|Here|Each|Such|One|"
    r"Another|Some|Many|Most|All|Both|Other|If|When|While|Please|Note|Page|Table|Figure|Section|However|In|At|"
    r"As|For|Also|Today|Now|Then|No|Not|And|But|Or|Only|Part|Item|Two|Three|Several|Since|During|After|Before|"
    r"With|By|From|To|On|Although|Because|Under|Through|Until|Between|Among|Within|Without|Unlike|Like|Such|According|Despite|Throughout|Upon|Over|Around|An?)\b"
)
_POINTING = re.compile(r"\b(?:this|these|those|that|their|its|his|her|such|our|my|your|here|it|they)\b", re.I)
_HAN_POINTING = re.compile(
    r"这|此|该|上述|以下|下面|本文|前者|后者|(?<![小同])时(?![代期间刻区])|(?:完毕|之|以|建立)后"
)
_NO_HAN_SUBJECT = re.compile(
    r"[这该其它牠他她此我你您如但而因当可有最不也就目由另以在为对从那哪所并若和与及或即只主每各某何一既下上第除至自据]|"
    r"[\d一-鿿]*[\d，]?(?:如果|根据|尽管|但是)|\d+[一-鿿]|\d+[a-z/]|"
    r".*[的了是，个]|.*(?:(?<![存潜现实])在|本身|由|被|把)|用|[前后早晚初]期$|目前|现在|如今|本[省市县校国书文公]|\d+(?:[-~.]\d+)*$|.*位于|"
    r".*(?:中|时|后|都|也|则|之一|通常|之后|以前|日|月|年|等|已|将|会|不|并|可以|应当|可|使|适|常|包|系|再|才|仅|只|来说|而言)$"
)
_NAMED_AT_LEAST = 2  # times in its document: what stands there once may be a part of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A question that the characters from `start` to `end` of a document should answer.

    `answer` is its short answer, "" where that is not known; `kind` the form of the question, `asked_of` what
    it is always asked of. The subject stands in the question as `shown`, and is a `role`, if that is known.
    `rivals` are other sentences of the document that answer it otherwise.
    """

    question: str
    subject: str
    document_id: str
    start: int
    end: int
    score: float
    kind: str = ""
    event: bool = False
    answer: str = ""
    shown: str = ""
    role: Role | None = None
    asked_of: Role | None = None
    rivals: int = 0

    @property
    def chinese(self) -> bool:
        """Whether it is asked in Chinese."""
        return bool(HAN.search(self.question))


def candidates(
    document: Document, chunks: Sequence[Chunk] = (), *, most_read: int = 300_000
) -> list[Candidate]:
    """The questions that a document answers by the shape of its sentences, the best first.

    Its `chunks` tell what its sections are about. Only the first `most_read` characters are looked at.
    """
    text = document.text[:most_read]
    titles = " ".join([document.title, *{chunk.heading for chunk in chunks}]).casefold()
    asked: dict[str, list[Candidate]] = defaultdict(list)
    for said in sayings(text, chunks):
        for candidate in _of_sentence(document.id, said, text, titles):
            asked[candidate.question].append(candidate)
    return sorted(map(_best, asked.values()), key=lambda one: (-one.score, one.start))


def _best(alike: Sequence[Candidate]) -> Candidate:
    """The best of those that ask the same."""
    best = max(alike, key=lambda one: one.score)
    rivals = {one.start for one in alike if one.start != best.start and one.answer != best.answer}
    return replace(best, rivals=len(rivals))


def _of_sentence(document_id: str, said: Said, text: str, titles: str) -> Iterator[Candidate]:
    for shape in CHINESE if said.chinese else ENGLISH:
        fit = shape.fit(said.text, said.section)
        if fit is None or not _is_subject(subject := fit.groups["name"].strip(), shape, said):
            continue
        named = text.count(subject)
        in_title = subject.casefold() in titles
        known = in_title or shape.event or not said.own or " " in subject
        question = shape.ask(fit, text, said.section)
        if question and (known or named >= _NAMED_AT_LEAST):
            yield Candidate(
                question=question,
                subject=subject,
                document_id=document_id,
                start=said.start,
                end=said.end,
                kind=shape.question,
                event=shape.event,
                answer=shape.answer(fit),
                shown=_shown(subject, question),
                role="person" if shape.person and is_person(fit) else role_of(subject),
                asked_of=shape.role,
                score=_score(shape, named, in_title=in_title, own=said.own) - said.start / len(text),
            )


def _score(shape: Shape, named: int, *, in_title: bool, own: bool) -> float:
    return shape.weight + min(log2(named + 1), 3.0) / 2 + in_title - 0.5 * (not own)


def _is_subject(name: str, shape: Shape, said: Said) -> bool:
    if shape.topic:
        return True
    if said.chinese:
        if said.own and said.section and shortened(name, said.section):
            return False  # "the museum", of which there may be many
        plain = simplified(name)
        vague = lacks_subject(plain) or _HAN_POINTING.search(plain)
        return not (vague if shape.event else _NO_HAN_SUBJECT.match(plain))
    return not (_NO_SUBJECT.match(name) or (shape.event and _POINTING.search(name)))


def _shown(subject: str, question: str) -> str:
    """The subject as it stands in the question, with its article; "" where it does not."""
    found = re.search(rf"(?:the )?{re.escape(subject)}", question, re.IGNORECASE)
    return found[0] if found else ""


def in_turn(documents: Iterable[Sequence[Candidate]], *, of_one: int) -> list[Candidate]:
    """The best of each document, then the second of each, English and Chinese by turns."""
    held = [list(of) for of in documents]
    ordered: list[Candidate] = []
    for rank in range(min(of_one, max(map(len, held), default=0))):
        of_rank = sorted((of[rank] for of in held if len(of) > rank), key=lambda one: -one.score)
        languages = [[one for one in of_rank if one.chinese], [one for one in of_rank if not one.chinese]]
        counted = [(number, one) for of in languages for number, one in enumerate(of)]
        ordered += [one for _, one in sorted(counted, key=lambda pair: pair[0])]
    return ordered
