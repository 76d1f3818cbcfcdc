"""Indexing files end to end, against only encoding their texts with a bare SentenceTransformer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.corpus import nq, scratch
from benchmarks.data import write_texts
from benchmarks.figures import Figure
from benchmarks.timing import median_ratio, seconds, spread
from ragkit.config import Config
from ragkit.embedders import SentenceTransformerConfig
from ragkit.models.resolve import resolve

TARGET = 0.70
PARTS = 4
_WARM = ["A text that makes the model load."] * 4


def measure() -> list[Figure]:
    """The corpus in four parts; for each part encoding and both ingests follow one another."""
    documents = list(nq().documents.items())
    encode = bare_encoder()
    chains = {
        "ingest, default (onnx bge-small) / bare MiniLM fp32": Config(),
        "ingest, sentence_transformer MiniLM bf16 / bare": Config(embedder=SentenceTransformerConfig()),
    }
    bare: list[float] = []
    ours: dict[str, list[float]] = {name: [] for name in chains}
    for part in range(PARTS):
        texts = documents[part::PARTS]
        bare.append(_encode_seconds(encode, [text for _, text in texts]))
        folder = write_texts(scratch() / f"indexing-{part}", texts)
        for name, config in chains.items():
            ours[name].append(_ingest_seconds(config, folder, scratch() / f"{part}-{config.embedder.type}"))
    return [_figure(name, times, bare, len(documents)) for name, times in ours.items()]


def bare_encoder() -> Callable[[list[str]], object]:
    """`encode` of all-MiniLM-L6-v2 as sentence-transformers ships it: fp32, its own batches; loaded."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(resolve("all-MiniLM-L6-v2").path), device="cpu")

    def encode(texts: list[str]) -> object:
        return model.encode(texts, show_progress_bar=False)

    encode(_WARM)
    return encode


def _encode_seconds(encode: Callable[[list[str]], object], texts: list[str]) -> float:
    return seconds(lambda: encode(texts))


def _ingest_seconds(config: Config, folder: Path, index: Path) -> float:
    ingest = config.model_copy(update={"index": index}).build_ingest()
    ingest._embedder.embed_documents(_WARM)  # each Ingest has its own, and loading is not what is measured
    return seconds(lambda: ingest.run([folder]))


def _figure(name: str, times: Sequence[float], bare: Sequence[float], documents: int) -> Figure:
    ratios = [a / b for a, b in zip(times, bare, strict=True)]
    note = (
        f"{documents} documents in {PARTS} fresh indexes: {sum(times):.1f} s, bare {sum(bare):.1f} s; "
        f"ratios {spread(ratios)}"
    )
    return Figure(name=name, value=median_ratio(times, bare), target=TARGET, note=note)
