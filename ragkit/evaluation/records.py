"""What is kept of a run: every question with what was found, with the settings that made it so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ragkit.errors import ConfigError
from ragkit.evaluation.files import check_place, write_whole
from ragkit.types import Verdict

VERSION = 1


class Record(BaseModel):
    """A part of a stored run."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FoundPassage(Record):
    """A passage that was found, the evidence (numbers from 0) that it holds, its place in each stage."""

    source: str
    document: str
    page: int
    start: int
    end: int
    holds: tuple[int, ...] = ()
    stages: Mapping[str, int] = Field(default_factory=dict)


class EvidencePlace(Record):
    """What became of one piece of evidence: the place (from 1) of the first passage that holds it.

    `rank` is the place at the end, 0 where it is not among those looked at; `stages` those before. It is not
    `known` where the quote does not stand in the documents at all.
    """

    source: str
    page: int | None = None
    known: bool = True
    rank: int = 0
    stages: Mapping[str, int] = Field(default_factory=dict)


class QuestionRecord(Record):
    """One question, what was found and answered, and its measures (those that it has a value of).

    `confidence` is how sure the gate was that the passages answer, before anything was written.
    """

    id: str
    language: str
    question: str
    answerable: bool
    evidence: tuple[EvidencePlace, ...] = ()
    passages: tuple[FoundPassage, ...] = ()
    answer: str = ""
    abstained: bool | None = None
    confidence: float | None = None
    verdicts: Mapping[Verdict, int] = Field(default_factory=dict)
    milliseconds: float = 0.0
    error: str = ""
    scores: Mapping[str, float] = Field(default_factory=dict)


class Score(Record):
    """The mean of a measure over `questions`, with the ends of its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    questions: int


class Made(Record):
    """What a run was made with: settings, versions and documents, so that it can be made again."""

    created: str
    ragkit: str
    python: str
    packages: Mapping[str, str]
    config: Mapping[str, object]
    golden: str
    golden_hash: str
    corpus_hash: str
    documents: int


class Run(Record):
    """The golden questions through one chain. `scores` are by language ("all" where there are several)."""

    version: int = VERSION
    made: Made
    measures: tuple[str, ...]
    scores: Mapping[str, Mapping[str, Score]]
    questions: tuple[QuestionRecord, ...]

    @property
    def errors(self) -> list[QuestionRecord]:
        """The questions that could not be answered for an error."""
        return [question for question in self.questions if question.error]


def check_run_place(path: Path) -> None:
    """Raises `ConfigError` where a run cannot be stored, or something else than a run stands."""
    check_place(path)
    if not path.exists():
        return
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = None
    if not isinstance(known, dict) or not {"made", "questions"} <= known.keys():
        raise ConfigError(f"{path} is there already and no stored run: name another file, or remove it.")


def write_run(run: Run, path: Path) -> None:
    """Stores a run as JSON, whole or not at all. Raises `ConfigError`."""
    write_whole(path, run.model_dump_json(indent=1, exclude_defaults=True) + "\n")


def read_run(path: Path) -> Run:
    """A stored run. Raises `ConfigError` for a file that is none, or of another version of ragkit."""
    try:
        text = path.read_text(encoding="utf-8")
        version = json.loads(text).get("version", VERSION)
    except OSError as error:
        raise ConfigError(
            f"There is no stored run at {path}: {error.strerror}. `ragkit eval --save {path}` makes one."
        ) from error
    except (ValueError, AttributeError) as error:
        raise ConfigError(f"{path} is no stored run of `ragkit eval`: {error}") from error
    if version != VERSION:
        raise ConfigError(f"{path} was stored by another version of ragkit: run `ragkit eval` anew.")
    try:
        return Run.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{path} is no stored run: {where}: {first['msg']}") from error
