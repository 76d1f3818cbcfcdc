"""CSV tables of questions, as people keep them in spreadsheets, with headings in English or Chinese."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from ragkit.errors import ConfigError
from ragkit.evaluation.golden import Evidence, Question
from ragkit.evaluation.importing.writing import GoldenWriter, utf8
from ragkit.loaders.decoding import read_text

Column = Literal["id", "question", "answers", "source", "page", "quote", "grade", "language"]

_NAMES: Mapping[Column, str] = {
    "id": "id qid question_id number no 编号 編號 序号 序號",
    "question": "question query questions prompt 问题 問題 提问 提問 题目 題目 查询 查詢",
    "answers": "answer answers expected expected_answer reference ground_truth gold "
    "答案 回答 标准答案 標準答案 参考答案 參考答案",
    "source": "source sources source_docs document documents doc file files filename file_name path "
    "来源 來源 文件 文档 文檔 文件名 出处 出處 资料 資料",
    "page": "page pages page_number 页 頁 页码 頁碼 页数 頁數",
    "quote": "quote quotes evidence passage excerpt context 引文 引用 原文 证据 證據 片段 依据 依據",
    "grade": "grade relevance score 相关度 相關度 等级 等級",
    "language": "language lang 语言 語言",
}
_BY_NAME: Mapping[str, Column] = {
    name.replace("_", ""): column for column, names in _NAMES.items() for name in names.split()
}
_SEVERAL = re.compile(r"\s*(?:\n|\||｜)\s*")
_NUMBER = re.compile(r"\D*(\d+)\D*")
_LONGEST_CELL = 1 << 26


def import_table(path: Path, out: GoldenWriter) -> None:
    """Writes the questions of a table, a row each; rows that ask the same are one with several answers.

    Several answers of a cell are separated by | or a line break. The first row names the columns: question,
    answer, source, page, quote, or what they are called in Chinese; others are left out. Without an answer
    and a source the documents do not answer. Raises `ConfigError` without a column of questions, `LoadError`.
    """
    asked: dict[str, Question] = {}
    for number, cells in _rows(path):
        where = f"{path.name} line {number}"
        try:
            question = _question(cells)
            known = asked.get(question.id)
            asked[question.id] = _joined(known, question) if known else question
        except (ValidationError, ValueError) as error:
            out.leave_out(where, _reason(error))
    for question in asked.values():
        out.question(question)


def _question(cells: Mapping[Column, str]) -> Question:
    text = cells.get("question", "")
    if not text:
        raise ValueError("the question is empty")
    source, quote = cells.get("source", ""), cells.get("quote", "")
    evidence = _evidence(source, _page(cells), quote, cells.get("grade", ""))
    answers = [one for one in _SEVERAL.split(cells.get("answers", "")) if one]
    return Question(
        id=cells.get("id") or sha256(text.encode()).hexdigest()[:12],
        language=cells.get("language", ""),
        question=text,
        answers=tuple(dict.fromkeys(answers)),
        evidence=evidence,
    )


def _evidence(source: str, page: int | None, quote: str, grade: str) -> tuple[Evidence, ...]:
    sources = [one for one in _SEVERAL.split(source) if one]
    if not sources and (quote or page is not None):
        raise ValueError("it has a quote or a page, but no source")
    if any("*" in one for one in sources):
        raise ValueError(f"the source {source!r} is a pattern; name the file")
    if len(sources) > 1 and (quote or page is not None):
        raise ValueError("it has several sources for one quote or page; give each a row of its own")
    level = int(grade) if grade else 1
    return tuple(Evidence(source=one, page=page, quote=quote, grade=level) for one in sources)


def _page(cells: Mapping[Column, str]) -> int | None:
    given = cells.get("page", "")
    if not given:
        return None
    number = _NUMBER.fullmatch(given)
    if not number or int(number[1]) < 1:
        raise ValueError(f"the page {given!r} is no whole number from 1")
    return int(number[1])


def _joined(known: Question, other: Question) -> Question:
    """Both rows as one question."""
    if known.question != other.question:
        raise ValueError(f"the id {other.id!r} stands for another question before")
    return known.model_copy(
        update={
            "answers": tuple(dict.fromkeys((*known.answers, *other.answers))),
            "evidence": tuple(dict.fromkeys((*known.evidence, *other.evidence))),
        }
    )


def _reason(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _rows(path: Path) -> Iterator[tuple[int, dict[Column, str]]]:
    """The line and the named cells of each row that is not empty."""
    _, text = read_text(path)
    names, separator = _columns(text, path)
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        reader = csv.reader(io.StringIO(text), delimiter=separator)
        next(reader)
        number = reader.line_num + 1
        for row in reader:
            pairs = zip(names, row, strict=False)
            cells = {name: utf8(cell.strip()) for name, cell in pairs if name}
            if any(cells.values()):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise ConfigError(f"{path} is not CSV ({error})") from error
    finally:
        csv.field_size_limit(before)


def _columns(text: str, path: Path) -> tuple[list[Column | None], str]:
    """What each column is, and what separates them: the first row names the columns."""
    heading: Sequence[str] = ()
    for separator in ",;\t，；":
        cells = next(csv.reader(io.StringIO(text), delimiter=separator), [])
        names = _named(cells)
        if "question" in names:
            return names, separator
        heading = max(heading, cells, key=len)
    found = ", ".join(cell.strip() for cell in heading)[:200]
    known = ", ".join(_NAMES["question"].split())
    raise ConfigError(
        f"{path} has no column of questions. Its first row names: {found or 'nothing'}. Name one of them "
        f"{known}; answer, source, page and quote are read too."
    )


def _named(cells: Iterable[str]) -> list[Column | None]:
    """The first of two columns with one meaning counts."""
    names: list[Column | None] = []
    for cell in cells:
        column = _BY_NAME.get(re.sub(r"[\s_-]+", "", cell.strip().lower()))
        names.append(None if column in names else column)
    return names
