"""Golden questions: what should be found is given as quoted text, never as chunk ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ragkit.errors import ConfigError
from ragkit.evaluation.files import listed, write_whole
from ragkit.language import detect_language, is_cjk


class Evidence(BaseModel):
    """Where an answer stands: the end of a path, the page (from 1; any, if it is left out), exact words.

    Without words the whole page or document is meant. `grade` is how relevant it is, 1 or more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(min_length=1)
    page: int | None = Field(default=None, ge=1)
    quote: str = ""
    grade: int = Field(default=1, ge=1)


class Question(BaseModel):
    """A question, its accepted answers and its evidence; without evidence the documents do not answer it.

    Where `language` is left out it is "zh" for questions with Chinese characters ("ja" or "ko" for those
    in Japanese and Korean), else "en".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    language: str = ""
    question: str = Field(min_length=1)
    answers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @field_validator("question")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("the question is empty")
        return text

    @model_validator(mode="after")
    def _name_language(self) -> Self:
        if not self.language:
            object.__setattr__(self, "language", _language(self.question))
        return self


def _language(text: str) -> str:
    if not any(map(is_cjk, text)):
        return "en"
    found = detect_language("".join(filter(is_cjk, text)))
    return found if found in {"ja", "ko"} else "zh"


def read_golden(path: Path) -> list[Question]:
    """The questions in a JSONL file. Raises `ConfigError` with every line that is not valid."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # splitlines() would cut at U+2028 too
    except OSError as error:
        raise ConfigError(f"No golden questions at {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8, as a golden set must be: {error}") from error
    if lines[0].lstrip().startswith("["):
        raise ConfigError(f"{path} is one JSON array; a golden set has a JSON object on each line (JSONL).")
    questions, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            questions.append(Question.model_validate_json(line))
        except ValidationError as error:
            problems += [
                f"  line {number}, {'.'.join(map(str, e['loc'])) or 'JSON'}: {e['msg']}"
                for e in error.errors()
            ]
    problems += [f"  the id {id_!r} stands {count} times" for id_, count in _repeated(questions)]
    if problems or not questions:
        raise ConfigError(f"{path} is not a golden set:\n" + (listed(problems) or "  it is empty"))
    return questions


def write_golden(path: Path, questions: Iterable[Question]) -> None:
    """Writes questions as JSONL, whole or not at all. Raises `ConfigError`."""
    write_whole(path, "".join(one.model_dump_json() + "\n" for one in questions))


def _repeated(questions: Iterable[Question]) -> list[tuple[str, int]]:
    counts = Counter(question.id for question in questions)
    return [(id_, count) for id_, count in counts.items() if count > 1]
