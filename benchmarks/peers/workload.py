"""The passages, questions and PDFs that every peer gets, written once as files."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import RetrievalSet, data_folder, read_set

SET = "nq-oracle-en"
BATCH = 10
ROUNDS = 3
WARM = 20
LIMIT = 10
DIMENSION = 384
CENTRES = 2_000
GOLDEN = Path("corpora/golden/demo.jsonl")

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much work: passages, questions, and passages of the large part."""

    passages: int
    questions: int
    large: int


def write_workload(folder: Path, size: Size, tasks: Sequence[str]) -> dict[str, Any]:
    """Writes the files into `folder`; what a peer's specification says of them."""
    data = read_set(SET)
    rows = [(id_, _line(text)) for id_, text in list(data.documents.items())[: size.passages]]
    mixed = _mixed([text for _, text in rows], size.large + 2 * ROUNDS * BATCH)
    spec: dict[str, Any] = {"passages": _write(folder / "corpus.jsonl", rows)}
    spec["extras"] = [_write(folder / f"extra-{n}.jsonl", _take(mixed, f"extra{n}-")) for n in range(ROUNDS)]
    spec["warm"], spec["questions"] = _questions(data, {id_ for id_, _ in rows}, size.questions)
    if "pdf" in tasks:
        spec |= _pdfs()
    if "large" in tasks:
        spec["large"] = _large(
            folder, mixed, [row["text"] for row in spec["warm"] + spec["questions"]], size.large
        )
    return spec


def _line(text: str) -> str:
    """Title and passage in one line, so that every framework keeps the same characters."""
    return " ".join(text.split())


def _write(file: Path, rows: Iterable[tuple[str, str]]) -> str:
    lines = (json.dumps({"id": id_, "text": text}, ensure_ascii=False) + "\n" for id_, text in rows)
    file.write_text("".join(lines), encoding="utf-8")
    return str(file.absolute())


def _mixed(texts: Sequence[str], count: int) -> list[str]:
    """`count` different texts, each the first half of one real passage and the second half of another."""
    halves = [(words[: len(words) // 2], words[len(words) // 2 :]) for words in map(str.split, texts)]
    pairs = random.Random(0).sample(range(len(texts) ** 2), min(2 * count, len(texts) ** 2))
    made = (" ".join(halves[pair // len(texts)][0] + halves[pair % len(texts)][1]) for pair in pairs)
    originals = set(texts)
    different = [text for text in dict.fromkeys(made) if text not in originals][:count]
    if len(different) < count:
        raise ValueError(f"{len(texts)} passages make {len(different)} new ones; {count} were asked for")
    return different


def _take(mixed: list[str], prefix: str, count: int = BATCH) -> list[tuple[str, str]]:
    """The next texts, taken off the list."""
    taken, mixed[:count] = mixed[:count], []
    return [(f"{prefix}{number}", text) for number, text in enumerate(taken)]


def _questions(
    data: RetrievalSet, passages: set[str], count: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Some to warm up, and those that are measured; no question is in both."""
    sample = [query for query in data.sample(len(data.queries)) if passages.issuperset(data.grades[query])]
    chosen = random.Random(1).sample(sample, min(count + WARM, len(sample)))
    rows = [
        {
            "text": data.queries[query],
            "relevant": [id_ for id_, grade in data.grades[query].items() if grade > 0],
        }
        for query in chosen
    ]
    return rows[:WARM], rows[WARM:]


def _pdfs() -> dict[str, Any]:
    """The PDFs of US agencies, and the English questions of the golden set that they answer."""
    files = sorted((data_folder() / "pdf" / "us-gov").glob("*.pdf"))
    names = {file.name for file in files}
    golden = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    rows = [
        {"text": row["question"], "relevant": sorted({Path(part["source"]).name for part in row["evidence"]})}
        for row in golden
        if row["language"] == "en" and row["evidence"]
    ]
    questions = [row for row in rows if names.issuperset(row["relevant"])]
    return {"pdfs": [str(file.absolute()) for file in files], "pdf_questions": questions}


def _large(folder: Path, mixed: list[str], asked: Sequence[str], count: int) -> dict[str, Any]:
    """Passages with given vectors, and the exact ten nearest to each question."""
    rows = _take(mixed, "large", count)
    extras = [_take(mixed, f"more{n}-") for n in range(ROUNDS)]
    vectors = clustered(count + ROUNDS * BATCH + len(asked), seed=0)
    base, questions = vectors[:count], vectors[-len(asked) :]
    np.save(folder / "vectors.npy", vectors)
    exact = np.argsort(-(questions @ base.T), axis=1)[:, :LIMIT]
    given = [
        {"text": text, "exact": [rows[number][0] for number in numbers]}
        for text, numbers in zip(asked, exact, strict=True)
    ]
    return {
        "passages": _write(folder / "large.jsonl", rows),
        "extras": [_write(folder / f"more-{n}.jsonl", extra) for n, extra in enumerate(extras)],
        "vectors": str((folder / "vectors.npy").absolute()),
        "warm": given[:WARM],
        "questions": given[WARM:],
    }


def clustered(count: int, *, seed: int) -> Vectors:
    """Unit vectors around centres of unequal weight, themselves in a wide cone, as text encoders make them.

    Two of one cluster have a cosine of about .7, two of different clusters about .3.
    """
    chance = np.random.default_rng(seed)
    common = 0.8 * chance.standard_normal(DIMENSION, dtype=np.float32)
    centres = _unit(chance.standard_normal((CENTRES, DIMENSION), dtype=np.float32) + common)
    weights = 1.0 / np.arange(1, CENTRES + 1) ** 0.5
    chosen = chance.choice(CENTRES, size=count, p=weights / weights.sum())
    noise = chance.standard_normal((count, DIMENSION), dtype=np.float32) * np.float32(0.57 / DIMENSION**0.5)
    return _unit(centres[chosen] + noise)


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
