"""Questions with their right passage, and the wrong ones that a search finds for them: hard negatives.

Xiong and others, "Approximate Nearest Neighbor Negative Contrastive Learning" (ICLR 2021): what a search
takes for right teaches more than what is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

from ragkit.config import Config
from ragkit.errors import ConfigError
from ragkit.postprocessors import ResultsConfig
from ragkit.rerankers import KeepOrderConfig
from ragkit.tuning.pairs.sources import Asked, Material
from ragkit.tuning.retrieval.recipe import Recipe
from ragkit.types import Hit

_CORPUS = "corpus.jsonl"
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A question, the passage that answers it, and passages that do not, the likeliest first."""

    question: str
    right: str
    wrong: tuple[str, ...]


class Passages:
    """An index of its own over the passages of one part, searched as the chain searches.

    Raises `ConfigError` where the passages cannot be indexed.
    """

    def __init__(self, materials: Sequence[Material], config: Config, folder: Path) -> None:
        self.by_id = {str(place): one for place, one in enumerate(materials)}
        self.answering: dict[str, set[str]] = {}
        """The ids of the passages that answer a question, by its text."""
        for id_, material in self.by_id.items():
            for one in material.asked:
                self.answering.setdefault(one.question, set()).add(id_)
        self.config = config.model_copy(
            update={
                "index": folder / "index",
                "reranker": KeepOrderConfig(),
                "results": ResultsConfig(collapse=False),
            }
        )
        self._write(folder / _CORPUS)
        report = self.config.build_ingest().run([folder / _CORPUS])
        if report.failed_rows or report.count("failed"):
            raise ConfigError(f"Some passages cannot be indexed: {report.files[0].warnings}")
        self._chain = self.config.build()
        self._places = {
            document.id: source.rpartition("#")[2]
            for document in self.config.open_index().documents()
            for source in document.sources
        }

    def search(self, question: str, *, limit: int) -> list[tuple[Hit, str]]:
        """The hits of the chain without its reranker, the best first, and the id of each one's passage."""
        hits = self._chain.search(question, limit=limit, literal=True)
        return [(hit, self._places[hit.chunk.document_id]) for hit in hits]

    def _write(self, file: Path) -> None:
        """The same text for the same passages, so that a later run indexes nothing anew."""
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = (
            json.dumps({"id": id_, "text": one.text}, ensure_ascii=False) for id_, one in self.by_id.items()
        )
        text = "".join(f"{row}\n" for row in rows)
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def mine(passages: Passages, recipe: Recipe, *, most: int, told: Told) -> list[Example]:
    """An example of each question, `most` at most; the same for the same seed.

    Questions for which a search finds nothing wrong are left out.
    """
    asked = questions(passages.by_id, seed=recipe.seed)[:most]
    examples = []
    for number, (id_, one) in enumerate(asked, start=1):
        wrong = _wrong(passages, one, recipe)
        if wrong:
            examples.append(Example(question=one.question, right=passages.by_id[id_].text, wrong=wrong))
        if not number % 500:
            told(f"searched for {number:,} of {len(asked):,} questions")
    return examples


def questions(materials: Mapping[str, Material], *, seed: int) -> list[tuple[str, Asked]]:
    """All questions with the id of the passage that answers them, in an order that is drawn."""
    asked = [(id_, one) for id_, material in materials.items() for one in material.asked]
    return Random(seed).sample(asked, len(asked))


def _wrong(passages: Passages, asked: Asked, recipe: Recipe) -> tuple[str, ...]:
    answers = [answer.casefold() for answer in asked.answers]
    found: dict[str, str] = {}
    for _, other in passages.search(asked.question, limit=recipe.depth):
        text = passages.by_id[other].text
        if other not in passages.answering[asked.question] and not any(
            answer in text.casefold() for answer in answers
        ):
            found.setdefault(other, text)
        if len(found) == recipe.negatives:
            break
    return tuple(found.values())


def write_examples(file: Path, examples: Iterable[Example]) -> None:
    """Writes examples as JSONL, whole or not at all."""
    beside = file.with_name(f"{file.name}.new")
    beside.write_text(
        "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in examples), encoding="utf-8"
    )
    beside.replace(file)


def read_examples(file: Path) -> list[Example]:
    """The examples of a file that `write_examples` wrote."""
    rows = map(json.loads, filter(None, file.read_text(encoding="utf-8").split("\n")))
    return [Example(question=row["question"], right=row["right"], wrong=tuple(row["wrong"])) for row in rows]


def digest(materials: Iterable[Material]) -> str:
    """The sha256 of passages with their questions."""
    made = sha256()
    for one in materials:
        made.update(json.dumps(asdict(one), sort_keys=True).encode())
    return made.hexdigest()
