"""Writes a trained network as int8 ONNX: no torch is needed to run it, nor to write it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.entailment.reader import EMBEDDINGS, ENCODER, TOKENIZER
from ragkit.models.bert import NORMS, PARTS
from ragkit.models.onnx_graph import OnnxGraph
from ragkit.models.transformer_graph import MICROSOFT, Norm, Part, encoder_model

_LEVELS = 63  # seven bits: on processors without VNNI, sums of eight-bit products would overflow
_ROW_LEVELS = 127

Floats = NDArray[np.float32]
Tensors = Mapping[str, Floats]


def export(tensors: Tensors, tokenizer: str, folder: Path, *, heads: int, epsilon: float) -> None:
    """Writes encoder, embeddings and tokenizer into a folder; `tensors` are those of a `Network`."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = _Weights(tensors, heads=heads, epsilon=epsilon)
    (folder / ENCODER).write_bytes(encoder_model(weights))
    (folder / TOKENIZER).write_text(tokenizer, encoding="utf-8")
    words = np.concatenate([tensors["words.known.weight"], tensors["words.new.weight"]])
    scales = _scales(words, axis=1) / _ROW_LEVELS  # (words,)
    np.savez(
        folder / EMBEDDINGS,
        words=np.rint(words / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float16),
        places=tensors["encoder.embeddings.position_embeddings.weight"].astype(np.float16),
        kinds=tensors["encoder.embeddings.token_type_embeddings.weight"],
        matches=tensors["matches.weight"],
        heads=tensors["heads.weight"],
        bias=tensors["heads.bias"],
    )


class _Weights:
    """The matrices in seven bits, a scale for each output; activations become 8 bits as they come."""

    def __init__(self, tensors: Tensors, *, heads: int, epsilon: float) -> None:
        self._tensors = tensors
        self.width = len(tensors["matches.weight"][0])
        layers = {name.split(".")[3] for name in tensors if name.startswith("encoder.encoder.layer.")}
        self.layers = len(layers)
        self.heads = heads
        self.epsilon = epsilon

    def product(self, graph: OnnxGraph, layer: int, part: Part, states: str) -> str:
        """The name of states times the matrix of that part, plus its bias."""
        name = f"encoder.encoder.layer.{layer}.{PARTS[part]}"
        matrix = self._tensors[f"{name}.weight"]  # (outputs, inputs)
        scales = _scales(matrix, axis=1) / _LEVELS  # (outputs,)
        whole = np.rint(matrix / scales[:, None]).astype(np.int8).T  # (inputs, outputs)
        inputs = [
            states,
            graph.constant(f"{name}.weight", whole),
            graph.constant(f"{name}.scales", scales.astype(np.float32)),
            "",
            graph.constant(f"{name}.bias", self._tensors[f"{name}.bias"]),
        ]
        return graph.node("DynamicQuantizeMatMul", inputs, f"{name}.out", domain=MICROSOFT)

    def norm(self, graph: OnnxGraph, layer: int, part: Norm) -> tuple[str, str]:
        """The names of scale and shift of a layer normalisation."""
        place = "" if layer < 0 else f"encoder.layer.{layer}."
        name = f"encoder.{place}{NORMS[part]}"
        scale, shift = f"{name}.weight", f"{name}.bias"
        return graph.constant(scale, self._tensors[scale]), graph.constant(shift, self._tensors[shift])


def _scales(matrix: Floats, *, axis: int) -> Floats:
    largest: Floats = np.maximum(np.abs(matrix).max(axis=axis), np.finfo(np.float16).tiny)
    return largest
