"""What people think of answers, questions with their right passages, and how well a chain finds these."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from time import time

from filelock import FileLock

from apps.chat.errors import AppError, NotFound
from apps.chat.storage import Collection, Database, Library
from apps.chat.storage.database import answer_key
from ragkit import (
    Chain,
    EvaluationRun,
    Evidence,
    GoldenQuestion,
    Passage,
    SavedTurn,
    Score,
    evaluating,
    read_golden,
    write_golden,
)

MEASURES = ("Success@1", "Success@5", "Answered", "Refused")
"""What a run of the golden questions counts."""
_QUOTED = 200  # characters of the right passage that are kept as its evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the golden questions: the scores by language and measure."""

    created: float
    scores: Mapping[str, Mapping[str, Score]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """How many answers were found good, and how many bad."""

    good: int
    bad: int


class Quality:
    """The ratings, golden questions and runs of one collection, as one person may see and add to them."""

    def __init__(self, database: Database, library: Library, collection_id: str) -> None:
        """Raises `NotFound`."""
        self._database = database
        self._library = library
        self.collection: Collection = library.collection(collection_id)

    def rate(self, turn: SavedTurn, *, good: bool) -> None:
        """Notes what the person thinks of an answer; a second rating of it replaces the first."""
        row = (
            self._library.person.id,
            self.collection.id,
            answer_key(turn.question, turn.answer),
            int(good),
            time(),
        )
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO ratings VALUES (?, ?, ?, ?, ?)", row)

    def rated_by_me(self) -> dict[str, bool]:
        """Whether the person found an answer good, by `answer_key`."""
        query = "SELECT answer, good FROM ratings WHERE person = ? AND collection = ?"
        with self._database.reading() as connection:
            rows = connection.execute(query, (self._library.person.id, self.collection.id)).fetchall()
        return {row["answer"]: bool(row["good"]) for row in rows}

    def rated(self) -> Rated:
        """The ratings of all people."""
        query = "SELECT coalesce(sum(good), 0), count(*) FROM ratings WHERE collection = ?"
        with self._database.reading() as connection:
            good, count = connection.execute(query, (self.collection.id,)).fetchone()
        return Rated(good=good, bad=count - good)

    def golden(self) -> list[GoldenQuestion]:
        """The golden questions, for their owner alone. Raises `ConfigError` where the file is damaged."""
        there = self.collection.own and self.collection.golden.exists()
        return read_golden(self.collection.golden) if there else []

    def add_golden(self, turn: SavedTurn, chain: Chain, passage: Passage | None) -> None:
        """Keeps a question with its right passage, or as one that is not answered; the last word holds.

        Raises `NotAllowed` for a collection of somebody else, `NotFound` for a passage that is gone.
        """
        self._library.own(self.collection.id)
        question = turn.standalone or turn.question
        made = GoldenQuestion(
            id=sha256(question.encode()).hexdigest()[:12],
            question=question,
            evidence=(_evidence(chain, passage),) if passage else (),
        )
        with self._alone():
            self._write([*(one for one in self.golden() if one.id != made.id), made])

    def forget_golden(self, question_id: str) -> None:
        """Drops a golden question. Raises `NotAllowed`, `NotFound`."""
        self._library.own(self.collection.id)
        with self._alone():
            questions = self.golden()
            left = [one for one in questions if one.id != question_id]
            if len(left) == len(questions):
                raise NotFound("no_such_golden")
            self._write(left)

    def run(self, chain: Chain) -> Iterator[tuple[int, int]]:
        """Asks every golden question, yields (done, total), and keeps the scores in the end.

        Raises `AppError` where there is none.
        """
        questions = self.golden()
        if not questions:
            raise AppError("golden_missing")
        steps = evaluating(chain, questions, measures=MEASURES)
        while True:
            try:
                yield next(steps), len(questions)
            except StopIteration as end:
                run: EvaluationRun = end.value
                break
        scores = run.model_dump(mode="json", include={"scores"})["scores"]
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO runs (collection, scores, created) VALUES (?, ?, ?)",
                (self.collection.id, json.dumps(scores), time()),
            )

    def runs(self) -> list[Run]:
        """Every run, the first first; those of the first version of the app counted something else."""
        if not self.collection.own:
            return []
        query = "SELECT created, scores FROM runs WHERE collection = ? ORDER BY id"
        with self._database.reading() as connection:
            rows = connection.execute(query, (self.collection.id,)).fetchall()
        stored = [(row["created"], json.loads(row["scores"])) for row in rows]
        counted = [(created, scores) for created, scores in stored if isinstance(scores, dict)]
        return [Run(created=created, scores=_scores(scores)) for created, scores in counted]

    def _alone(self) -> FileLock:
        """Held while the file is read and written, so that of two changes at once none is lost."""
        folder = self.collection.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileLock(folder / f"{self.collection.golden.name}.lock", mode=0o600)

    def _write(self, questions: list[GoldenQuestion]) -> None:
        if questions:
            write_golden(self.collection.golden, questions)
        else:
            self.collection.golden.unlink(missing_ok=True)


def _scores(stored: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, Score]]:
    return {
        language: {measure: Score.model_validate(score) for measure, score in by_measure.items()}
        for language, by_measure in stored.items()
    }


def _evidence(chain: Chain, passage: Passage) -> Evidence:
    try:
        place = chain.documents.place(passage.document_id, passage.start)
        text = chain.documents.document(passage.document_id).text[passage.start : passage.end]
    except KeyError as error:
        raise NotFound("document_gone") from error
    source = "/".join(place.source.rsplit("/", 2)[1:])
    return Evidence(source=source, page=place.page_index + 1, quote=text.strip()[:_QUOTED])
