"""How much of the judged spans each chunker brings into the first five passages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.data import DataMissing, data_folder
from benchmarks.figures import Figure
from benchmarks.quality_data import JUDGED, KEPT, indexed_folder
from ragkit.chunkers import FixedConfig, MarkdownConfig, ParentConfig, SentenceConfig
from ragkit.config import AnyChunker, Config, load_config
from ragkit.types import Chunk

DEPTH = 5
MOST_BELOW_BEST = -0.02
CHUNKERS: tuple[AnyChunker, ...] = (
    MarkdownConfig(),
    SentenceConfig(),
    FixedConfig(),
    ParentConfig(),
    MarkdownConfig(size=100),
    MarkdownConfig(size=300),
    MarkdownConfig(size=400),
    SentenceConfig(size=400),
    FixedConfig(size=400, overlap=80),
)

Span = tuple[int, int]


def measure() -> list[Figure]:
    """Span recall@5 of each chunker with IoU and precision, and the default against the best.

    Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (Chroma, 2024): characters of the
    judged spans that are retrieved, of all that are judged (recall) or retrieved (precision; twice what
    two passages share) or either (IoU); means over questions. All documents lie in one index.
    """
    questions = read_spanned()
    default = load_config("default").chunker
    recalls, figures = {}, []
    for chunker in dict.fromkeys((default, *CHUNKERS)):
        scores = np.array(_scores(chunker, questions))
        recall, precision, overlap = scores.mean(axis=0).tolist()
        recalls[chunker] = recall
        settings = ", ".join(f"{key} {value}" for key, value in chunker.model_dump(exclude={"type"}).items())
        note = f"IoU {overlap:.4f}, precision {precision:.4f}, standard error {_error(scores[:, 0]):.4f}"
        name = f"{chunker.type} ({settings}): span recall@{DEPTH}"
        figures.append(Figure(name=name, value=recall, better="higher", note=note))
    behind = recalls[default] - max(recalls.values())
    name = f"default ({default.type}) - best, span recall@{DEPTH}"
    return [*figures, Figure(name=name, value=behind, target=MOST_BELOW_BEST, better="higher")]


def read_spanned() -> list[tuple[str, str, list[Span]]]:
    """Document name, question and judged spans of each."""
    file = data_folder() / "chunking" / "questions.jsonl"
    if not file.is_file():
        raise DataMissing(f"No chunking questions at {file}.")
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [(row["document"], row["question"], [(a, b) for a, b in row["spans"]]) for row in rows]


def _scores(chunker: AnyChunker, questions: Sequence[tuple[str, str, list[Span]]]) -> list[list[float]]:
    """Recall, precision and IoU of each question."""
    files = data_folder() / "chunking" / "documents"
    config = indexed_folder(files, Config(index=KEPT / "chunking" / "index", chunker=chunker, results=JUDGED))
    chain = config.build()
    names = {document.id: Path(document.sources[0]).name for document in config.open_index().documents()}
    found = []
    for document, question, spans in questions:
        hits = chain.search(question, limit=DEPTH, literal=True)
        passages = dict.fromkeys((names[hit.chunk.document_id], _read(hit.chunk)) for hit in hits)
        own = [span for name, span in passages if name == document]
        found.append(_measures(spans, own, sum(end - start for _, (start, end) in passages)))
    return found


def _read(chunk: Chunk) -> Span:
    """What a generator reads of a chunk."""
    return chunk.parent or (chunk.start, chunk.end)


def _measures(judged: Sequence[Span], passages: Sequence[Span], retrieved: int) -> list[float]:
    """Recall, precision and IoU, in characters; `retrieved` counts those of other documents too."""
    wanted = _characters(judged)
    right = len(wanted & _characters(passages))
    missed = len(wanted) - right
    return [right / len(wanted), right / retrieved if retrieved else 0.0, right / (retrieved + missed)]


def _characters(spans: Iterable[Span]) -> set[int]:
    return {place for start, end in spans for place in range(start, end)}


def _error(values: np.ndarray) -> float:
    return float(np.std(values) / len(values) ** 0.5)
