"""SQuAD-style JSON: contexts become documents, and the sentences of answers become quotes.

SQuAD 1.1 and 2.0, XQuAD, CMRC 2018, DRCD; also rows with a context of their own, as on the Hugging Face hub.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ragkit.errors import LoadError
from ragkit.evaluation.golden import Evidence, Question
from ragkit.evaluation.importing.json_items import json_items
from ragkit.evaluation.importing.writing import GoldenWriter, utf8
from ragkit.language import sentence_spans
from ragkit.loaders.row_lines import RowError, json_values, open_rows

_NO_ANSWER = "no answer is given, and it is not marked as impossible"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """An answer, and where it begins in its context; -1 where that is not told."""

    text: str
    start: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question about a context."""

    id: str
    question: str
    answers: Sequence[_Answer]
    impossible: bool


def import_squad(path: Path, out: GoldenWriter) -> None:
    """Writes every context as a document and every question about it. Raises `LoadError`."""
    for article in _articles(path):
        title, paragraphs = _paragraphs(article)
        for context, asked in paragraphs:
            source = out.document(f"p{out.counts.documents}", title=title, text=context)
            for question in asked:
                _write(question, context, source, out)


def import_squad_rows(path: Path, out: GoldenWriter) -> None:
    """The same of .jsonl with a context in each row; equal contexts become one document."""
    known: dict[str, str] = {}
    with open_rows(path) as file:
        for line in json_values(file):
            if isinstance(line, RowError):
                out.leave_out(f"{path.name} line {line.line}", line.reason)
                continue
            context = _context(line.values)
            if not context:
                out.leave_out(f"{path.name} line {line.number}", "no 'context'")
                continue
            if context not in known:
                title = _title(line.values)
                known[context] = out.document(f"p{out.counts.documents}", title=title, text=context)
            asked = _asked(line.values, f"{path.name} line {line.number}")
            _write(asked, context, known[context], out)


def _articles(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8-sig") as file:
        try:
            for article in json_items(file, key="data"):
                if isinstance(article, Mapping):
                    yield article
        except UnicodeDecodeError as error:
            raise LoadError("not UTF-8 (mend it: iconv -f GB18030 -t UTF-8)") from error


def _paragraphs(article: Mapping[str, object]) -> tuple[str, Iterator[tuple[str, Iterator[_Asked]]]]:
    """The title of an article, and each context with its questions; an article may be one context."""
    listed = article.get("paragraphs")
    parts = [part for part in listed if isinstance(part, Mapping)] if isinstance(listed, list) else [article]
    pairs = ((_context(part), _questions(part)) for part in parts)
    return _title(article), ((context, asked) for context, asked in pairs if context)


def _questions(part: Mapping[str, object]) -> Iterator[_Asked]:
    listed = part.get("qas")
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, Mapping):
            yield _asked(one, f"question {number}")


def _asked(values: Mapping[str, object], otherwise: str) -> _Asked:
    return _Asked(
        id=_text(values, "id", "query_id") or otherwise,
        question=_text(values, "question", "query_text").strip(),
        answers=_answers(values.get("answers", values.get("answer"))),
        impossible=bool(values.get("is_impossible")) or _said_empty(values),
    )


def _said_empty(values: Mapping[str, object]) -> bool:
    """Whether a row of columns says that there is no answer, as SQuAD 2.0 does on the hub."""
    answers = values.get("answers")
    return isinstance(answers, Mapping) and answers.get("text") == []


def _answers(given: object) -> list[_Answer]:
    """Answers with their places, plain texts, or columns of texts and places."""
    if isinstance(given, str):
        given = [given]
    if isinstance(given, Mapping):
        texts, starts = given.get("text"), given.get("answer_start")
        if isinstance(texts, list) and isinstance(starts, list) and len(texts) == len(starts):
            given = [{"text": text, "answer_start": at} for text, at in zip(texts, starts, strict=True)]
        else:
            given = [given]
    found = []
    for one in given if isinstance(given, list) else ():
        values = one if isinstance(one, Mapping) else {"text": one}
        text, start = values.get("text"), values.get("answer_start", -1)
        if isinstance(text, str) and text.strip():
            found.append(_Answer(text=utf8(text), start=start if isinstance(start, int) else -1))
    return found


def _write(asked: _Asked, context: str, source: str, out: GoldenWriter) -> None:
    where = f"{source.partition('#')[2]} {asked.id}"
    if not asked.question:
        out.leave_out(where, "the question is empty")
    elif asked.impossible:
        out.question(Question(id=asked.id, question=asked.question))
    elif not asked.answers:
        out.leave_out(where, _NO_ANSWER)
    else:
        quotes = _quotes(context, asked.answers)
        if not quotes:
            lost = ", ".join(repr(one.text) for one in asked.answers[:3])
            out.leave_out(where, f"{lost} does not stand in its context")
            return
        out.question(
            Question(
                id=asked.id,
                question=asked.question,
                answers=tuple(dict.fromkeys(one.text.strip() for one in asked.answers)),
                evidence=tuple(Evidence(source=source, quote=quote) for quote in quotes),
            )
        )


def _quotes(context: str, answers: Sequence[_Answer]) -> list[str]:
    """The sentences around the answers, each once; of answers that stand elsewhere, the nearest place."""
    sentences = sentence_spans(context)
    quotes = []
    for answer in answers:
        start = _place(context, answer)
        if start is not None:
            end = start + len(answer.text)
            inside = [(first, last) for first, last in sentences if first < end and last > start]
            quotes.append(context[inside[0][0] : inside[-1][1]].strip())
    return [quote for quote in dict.fromkeys(quotes) if any(map(str.isalnum, quote))]


def _place(context: str, answer: _Answer) -> int | None:
    """Where an answer stands, nearest to where it is said to; None where it does not."""
    if answer.start >= 0 and context.startswith(answer.text, answer.start):
        return answer.start
    places, at = [], context.find(answer.text)
    while at >= 0:
        places.append(at)
        at = context.find(answer.text, at + 1)
    return min(places, key=lambda place: abs(place - max(answer.start, 0)), default=None)


def _context(values: Mapping[str, object]) -> str:
    return _text(values, "context", "context_text").replace("\r\n", "\n")


def _title(values: Mapping[str, object]) -> str:
    """As people write it: SQuAD's titles are parts of addresses ("Beyonc%C3%A9_Knowles")."""
    return utf8(unquote(_text(values, "title"), errors="replace")).replace("_", " ").strip()


def _text(values: Mapping[str, object], *keys: str) -> str:
    for key in keys:
        value = values.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return utf8(str(value))
    return ""
