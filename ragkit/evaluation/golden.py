"""Golden questions: what should be found is given as quoted text, never as chunk ids."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ragkit.errors import ConfigError


class Evidence(BaseModel):
    """Where an answer stands: the end of a path, the page counted from 1, and exact words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    page: int = Field(ge=1)
    quote: str


class Question(BaseModel):
    """A question, its accepted answers and its evidence; both are empty if the documents do not answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    language: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[Evidence, ...]


def read_golden(path: Path) -> list[Question]:
    """The questions in a JSONL file. Raises `ConfigError` with every line that is not valid."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # splitlines() would cut at U+2028 too
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"No golden questions at {path}: {error}") from error
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
    if problems or not questions:
        raise ConfigError(f"{path} is not a golden set:\n" + ("\n".join(problems) or "  it is empty"))
    return questions
