"""Runs a BERT encoder on onnxruntime straight from its model.safetensors: no torch, and no second file.

The graph is made from config.json when the model is loaded; onnxruntime maps the weights where they lie.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ragkit.models.cpu import cores
from ragkit.models.onnx import session_options
from ragkit.models.onnx_graph import OnnxGraph
from ragkit.models.shared import loaded_once, shared
from ragkit.models.transformer_graph import MICROSOFT, Norm, Part, encoder_model

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_WEIGHTS = "model.safetensors"
PARTS: dict[Part, str] = {
    "question": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention": "attention.output.dense",
    "inner": "intermediate.dense",
    "outer": "output.dense",
}
NORMS: dict[Norm, str] = {
    "embeddings": "embeddings.LayerNorm",
    "attention": "attention.output.LayerNorm",
    "outer": "output.LayerNorm",
}
_EXPECTED = {"model_type": "bert", "hidden_act": "gelu"}
_POSITIONS = "position_embedding_type"

_THREADS = 2  # of one question: more bring little for so few tokens

Floats = NDArray[np.float32]


def bert_fits(folder: Path) -> bool:
    """Whether the folder holds an encoder that this module computes: BERT in float32, nothing unusual."""
    if not all((folder / name).is_file() for name in ("config.json", _WEIGHTS)):
        return False
    config = _json(folder / "config.json")
    plain = config.get(_POSITIONS, "absolute") == "absolute" and not config.get("is_decoder")
    if not plain or any(config.get(key) != value for key, value in _EXPECTED.items()):
        return False
    tensors = _directory(folder / _WEIGHTS)[0]
    return all(tensor["dtype"] in ("F32", "I64") for tensor in tensors.values())


class BertEncoder:
    """One encoder, loaded when first needed; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @loaded_once
    def _weights(self) -> _Weights:
        return _Weights(self._folder)

    @loaded_once
    def _session(self) -> InferenceSession:
        import onnxruntime

        options = session_options(threads=min(_THREADS, cores()))
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(self._folder)
        )
        model = encoder_model(self._weights)
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(self, ids: list[int]) -> Floats:
        """The last states of one text, given as all its ids: (len(ids), width)."""
        states = self._weights.embedded(np.array(ids, dtype=np.int64))
        output: Floats = self._session.run(None, {"embedded": states[None]})[0][0]
        return output


class _Weights:
    """Names the tensors of the file, and reads the rows of the embeddings that a text needs."""

    def __init__(self, folder: Path) -> None:
        config = _json(folder / "config.json")
        self.width: int = config["hidden_size"]
        self.layers: int = config["num_hidden_layers"]
        self.heads: int = config["num_attention_heads"]
        self.epsilon: float = config["layer_norm_eps"]
        self._tensors, self._start = _directory(folder / _WEIGHTS)
        self._data = np.memmap(folder / _WEIGHTS, dtype=np.uint8, mode="r")
        self._prefix = "" if "embeddings.word_embeddings.weight" in self._tensors else "bert."

    def embedded(self, ids: NDArray[np.int64]) -> Floats:
        """Word, place and kind of each token, summed: (tokens, width)."""
        words, places, kinds = (self._rows(f"embeddings.{part}_embeddings.weight") for part in _TABLES)
        summed: Floats = words[ids] + places[: len(ids)] + kinds[0]
        return summed

    def product(self, graph: OnnxGraph, layer: int, part: Part, states: str) -> str:
        name = f"encoder.layer.{layer}.{PARTS[part]}"
        inputs = [states, self._stored(graph, f"{name}.weight")]
        turned = {"transB": 1}  # the file holds (outputs, inputs)
        product = graph.node("FusedMatMul", inputs, f"{name}.product", domain=MICROSOFT, attributes=turned)
        return graph.node("Add", [product, self._stored(graph, f"{name}.bias")], f"{name}.sum")

    def norm(self, graph: OnnxGraph, layer: int, part: Norm) -> tuple[str, str]:
        name = NORMS[part] if layer < 0 else f"encoder.layer.{layer}.{NORMS[part]}"
        return self._stored(graph, f"{name}.weight"), self._stored(graph, f"{name}.bias")

    def _stored(self, graph: OnnxGraph, name: str) -> str:
        shape, offset = self._place(name)
        return graph.stored(name, _WEIGHTS, shape=shape, offset=offset)

    def _rows(self, name: str) -> Floats:
        shape, offset = self._place(name)
        values = np.frombuffer(self._data, dtype="<f4", count=math.prod(shape), offset=offset)
        return values.reshape(shape)

    def _place(self, name: str) -> tuple[list[int], int]:
        tensor = self._tensors[self._prefix + name]
        return tensor["shape"], self._start + tensor["data_offsets"][0]


_TABLES = ("word", "position", "token_type")


def _json(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _directory(path: Path) -> tuple[dict[str, Any], int]:
    """The tensors of a safetensors file by name, and where their data begins."""
    with path.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        tensors = json.loads(stream.read(size))
    tensors.pop("__metadata__", None)
    return tensors, 8 + size


@shared(keep=4)
def shared_bert(folder: Path) -> BertEncoder:
    """One encoder per folder and process."""
    return BertEncoder(folder)
