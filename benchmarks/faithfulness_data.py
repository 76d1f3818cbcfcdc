"""Statements with the evidence they cite and whether it supports them: public sets, and some made by rule."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.data import DataMissing, data_folder
from ragkit.generators.attribution import attributed
from ragkit.generators.passages import Numbered
from ragkit.language import sentence_spans
from ragkit.language.numerals import numbers
from ragkit.tuning.verifier.constructing import Statement
from ragkit.tuning.verifier.questions import as_statement
from ragkit.types import Chunk, Citation, Draft, Hit, Sentence

PUBLIC = ("wice-dev", "begin-dev", "halueval-qa", "halueval-dialogue", "halueval-summarization")
MADE = ("squad2-en", "xquad-en", "cmrc-trial-zh", "xquad-zh", "drcd-dev-zh-hant")
_MOST = {"halueval-qa": 1600, "halueval-dialogue": 1600, "halueval-summarization": 400}
_QUESTIONS = 400  # of each set that statements are made of
_BIN = 6  # characters; statements of one bin count as equally long
_TOKENISED = re.compile(r"\s+(n['\u2019]t\b)")
_AUXILIARY = re.compile(r"\b(is|was|are|were|has|have|had|can|could|will|would|may|must|should)\b(?! not)")
_PREDICATE = re.compile("不是|没有|沒有|是|会|會|能|可以|位于|位於|属于|屬於|成为|成為")
_NEGATED = {"是": "不是", "会": "不会", "會": "不會", "能": "不能", "可以": "不可以"}
_HAS_NOT = re.compile(r"\b(?:not|no|never|without)\b|n't|[不没沒未无無非]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A draft as a generator hands it over, the passages behind it, and whether these support all of it."""

    id: str
    group: str
    kind: str
    draft: Draft
    hits: tuple[Hit, ...]
    supported: bool

    @property
    def length(self) -> int:
        """Characters."""
        return len(self.draft.text)


def read_examples(name: str) -> list[Example]:
    """A public set, or one that is made. Raises `DataMissing`."""
    return read_public(name) if name in PUBLIC else make(name)


def is_spoiled(name: str) -> bool:
    """Whether the length of a statement tells its label."""
    return name.startswith("halueval")


def halves(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """The examples of every second group in the order of their names, from the first; and the others."""
    even = set(sorted({one.group for one in examples})[::2])
    return [one for one in examples if one.group in even], [one for one in examples if one.group not in even]


def read_public(name: str) -> list[Example]:
    """A set of `faithfulness/`, the context being cited as a whole. Long sets are sampled by group."""
    file = data_folder() / "faithfulness" / f"{name}.jsonl"
    if not file.is_file():
        raise DataMissing(f"No faithfulness set {name!r} at {file}: choose of {', '.join(PUBLIC)}.")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    found = [_public(name, row) for row in rows if row["answer"].strip()]
    groups = sorted({one.group for one in found})
    most = _MOST.get(name, len(found)) * len(groups) // len(found)
    chosen = set(random.Random(0).sample(groups, min(most, len(groups))))
    return [one for one in found if one.group in chosen]


def _public(name: str, row: dict[str, str]) -> Example:
    """Rows of one claim, or of one question, are one group, so that halves share none."""
    context, answer = (_TOKENISED.sub(r"\1", row[part]) for part in ("context", "answer"))
    group = answer if name.startswith("wice") else row["id"].split("-")[0]
    return _example(row["id"], group, (context, answer), kind="public", supported=bool(int(row["label"])))


def from_statement(one: Statement) -> Example:
    """A statement of the corpus that `ragkit tune verifier` reads, its evidence being cited as a whole."""
    return _example(one.id, one.id, (one.evidence, one.text), kind=one.kind, supported=one.supported)


def _example(id_: str, group: str, texts: tuple[str, str], *, kind: str, supported: bool) -> Example:
    context, answer = texts
    hit = _hit(id_, context)
    citation = Citation(document_id=id_, start=0, end=len(context), quote=context)
    spans = [(a, b) for a, b in sentence_spans(answer) if any(map(str.isalnum, answer[a:b]))]
    sentences = tuple(Sentence(start=a, end=b, citations=(citation,)) for a, b in spans or [(0, len(answer))])
    draft = Draft(text=answer, sentences=sentences)
    return Example(id=id_, group=group, kind=kind, draft=draft, hits=(hit,), supported=supported)


def matched(examples: Sequence[Example]) -> list[Example]:
    """As many supported as unsupported examples of each length, so that length tells nothing."""
    bins: dict[int, tuple[list[Example], list[Example]]] = defaultdict(lambda: ([], []))
    for one in examples:
        bins[one.length // _BIN][one.supported].append(one)
    chosen = []
    chance = random.Random(0)
    for _, (false, true) in sorted(bins.items()):
        count = min(len(false), len(true))
        chosen += chance.sample(false, count) + chance.sample(true, count)
    return sorted(chosen, key=lambda one: one.id)


def make(name: str) -> list[Example]:
    """Statements made by rule from a retrieval set with answers; a question gives at most eight.

    Supported: the sentence that holds the answer; the same without a clause; the question with the answer in
    the place of its question word. Unsupported: another answer of the same kind in its place; a negation; a
    sentence of another paragraph of the article. Citations are looked up as those of a language model are;
    where none is found, the whole paragraph is cited.
    """
    folder = data_folder() / "retrieval" / name
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()]
    paragraphs = {row["id"]: row for row in rows}
    grades = dict(line.split("\t")[:2] for line in (folder / "qrels.tsv").read_text("utf-8").splitlines())
    asked = [json.loads(line) for line in (folder / "queries.jsonl").read_text("utf-8").splitlines()]
    asked = sorted(
        (row for row in asked if row["answers"] and row["id"] in grades), key=lambda row: row["id"]
    )
    answers = {row["id"]: row["answers"][0].strip() for row in asked}
    maker = _Maker(paragraphs, answers=answers, grades=grades, chance=random.Random(name))
    chosen = sorted(random.Random(0).sample(asked, min(_QUESTIONS, len(asked))), key=lambda row: row["id"])
    return [one for row in chosen for one in maker.examples(row, grades[row["id"]])]


class _Maker:
    def __init__(
        self,
        paragraphs: dict[str, dict[str, str]],
        *,
        answers: dict[str, str],
        grades: dict[str, str],
        chance: random.Random,
    ) -> None:
        self._paragraphs = paragraphs
        self._chance = chance
        self._answers: dict[str, list[str]] = defaultdict(list)
        self._nearby: dict[str, list[str]] = defaultdict(list)
        for id_, answer in answers.items():
            self._answers[_kind(answer)].append(answer)
            self._nearby[grades[id_]].append(answer)
        self._articles: dict[str, list[str]] = defaultdict(list)
        for id_, row in paragraphs.items():
            self._articles[row["title"]].append(id_)

    def examples(self, row: dict[str, str], paragraph: str) -> Iterator[Example]:
        text, answer = self._paragraphs[paragraph]["text"], row["answers"][0].strip()
        sentence = next((s for s in _sentences(text) if answer in s), "")
        if not sentence or len(sentence) < len(answer) + 6:
            return
        statement = as_statement(row["text"], answer)
        shortened = self._shortened(sentence, answer)
        nearby = [a for a in self._nearby[paragraph] if _kind(a) == _kind(answer)]
        made = [
            ("sentence", sentence, True),
            ("shortened", shortened, True),
            ("statement", statement, True),
            ("swapped", self._swapped(sentence, answer, self._answers[_kind(answer)]), False),
            ("swapped statement", self._swapped(statement, answer, self._answers[_kind(answer)]), False),
            ("swapped nearby", self._swapped(shortened or sentence, answer, nearby), False),
            ("negated", _negated(shortened or sentence), False),
            ("elsewhere", self._elsewhere(paragraph, text), False),
        ]
        for kind, said, label in made:
            if said:
                yield _cited(f"{row['id']} {kind}", kind, said, (paragraph, text), label)

    def _shortened(self, sentence: str, answer: str) -> str:
        """Without one of its clauses that does not hold the answer."""
        parts = re.split(r"(?<=[,\uff0c\uff1b;])(?!\d)", sentence)
        free = [n for n, part in enumerate(parts[:-1]) if answer not in part and len(part) > 3]
        if not free:
            return ""
        gone = self._chance.choice(free)
        short = "".join(part for n, part in enumerate(parts) if n != gone).strip()
        return short if answer in short else ""

    def _swapped(self, text: str, answer: str, others: Sequence[str]) -> str:
        """Another answer, about as long, in the place of the answer."""
        for other in self._chance.sample(others, min(30, len(others))):
            alike = len(answer) / 2 - 1 <= len(other) <= 2 * len(answer) + 1
            if alike and other not in text and answer not in other and answer in text:
                return text.replace(answer, other, 1)
        return ""

    def _elsewhere(self, paragraph: str, text: str) -> str:
        """A sentence of the article's other paragraphs, or of any other where it has none."""
        ids = [id_ for id_ in self._articles[self._paragraphs[paragraph]["title"]] if id_ != paragraph]
        other = self._chance.choice(ids or [id_ for id_ in self._paragraphs if id_ != paragraph])
        found = [s for s in _sentences(self._paragraphs[other]["text"]) if s not in text]
        return self._chance.choice(found) if found else ""


def _negated(sentence: str) -> str:
    if not sentence or _HAS_NOT.search(sentence):
        return ""
    if re.search("[\u4e00-\u9fff]", sentence):
        found = _PREDICATE.search(sentence)
        if found is None:
            return ""
        word = _NEGATED.get(found.group(), "\u4e0d" + found.group())
        return sentence[: found.start()] + word + sentence[found.end() :]
    said, count = _AUXILIARY.subn(r"\1 not", sentence, count=1)
    return said if count else ""


def _kind(answer: str) -> str:
    if next(numbers(answer), None) is not None and re.search(r"\d", answer):
        return "date" if re.search(r"[\u5e74\u6708]|\b[12]\d{3}\b", answer) else "number"
    return "name" if answer[:1].isupper() else f"words {min(3, len(answer) // 6)}"


def _cited(id_: str, kind: str, said: str, passage: tuple[str, str], label: bool) -> Example:
    """Examples of one paragraph are one group."""
    hit = _hit(*passage)
    draft = attributed(said, [Numbered(1, hit, passage[1])])
    whole = Citation(document_id=hit.chunk.id, start=0, end=len(passage[1]), quote=passage[1])
    draft = replace(
        draft, sentences=tuple(replace(s, citations=s.citations or (whole,)) for s in draft.sentences)
    )
    return Example(id=id_, group=passage[0], kind=kind, draft=draft, hits=(hit,), supported=label)


def _hit(id_: str, text: str) -> Hit:
    chunk = Chunk(id=id_, document_id=id_, start=0, end=len(text), text=text)
    return Hit(chunk=chunk, score=1.0)


def _sentences(text: str) -> list[str]:
    found = (text[start:end].strip() for start, end in sentence_spans(text))
    return [sentence for sentence in found if any(map(str.isalnum, sentence))]
