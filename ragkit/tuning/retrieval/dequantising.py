"""Weights to learn on from a model that is kept in eight bits as ONNX.

The models of `ragkit[offline]` come in eight bits only. What they were rounded to is where learning begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.errors import MissingDependency, ModelNotFound

Floats = NDArray[np.float32]
_WORDS = "embeddings.word_embeddings.weight"
_KEPT = (
    "_quantized"  # as onnxruntime's quantisation names integers, with "_scale" and "_zero_point" beside them
)


def dequantised(file: Path) -> dict[str, Floats]:
    """The tensors of a BERT in an ONNX file by the names of transformers, matrices as (outputs, inputs).

    Raises `ModelNotFound` for a file of another kind, `MissingDependency`.
    """
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as error:
        raise MissingDependency(
            "To learn on from a model in eight bits needs onnx: install with pip install 'ragkit[tune]'"
        ) from error

    model = onnx.load(file)
    kept: dict[str, NDArray[np.generic]] = {
        one.name: numpy_helper.to_array(one) for one in model.graph.initializer
    }
    found = {
        name: array.astype(np.float32)
        for name, array in kept.items()
        if name.endswith((".bias", ".weight")) and array.dtype == np.float32 and array.ndim
    }
    for name in kept:
        if name.endswith(f"embeddings.weight{_KEPT}"):
            found[name.removesuffix(_KEPT)] = _floats(kept, name.removesuffix(_KEPT))
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            place = node.output[0].strip("/").split("/")[:-1] or ["classifier"]
            matrix = _floats(kept, node.input[1].removesuffix(_KEPT))
            found[f"{'.'.join(place)}.weight"] = np.ascontiguousarray(matrix.T)
    words = next((name for name in found if name.endswith(_WORDS)), None)
    if words is None:
        raise ModelNotFound(
            f"{file} is no BERT in eight bits as onnxruntime writes it, so there is nothing to learn on. "
            "Name a folder with model.safetensors."
        )
    around = words.removesuffix(_WORDS).removesuffix("bert.")  # what an exporter wrapped it in
    return {name.removeprefix(around): array for name, array in found.items()}


def _floats(kept: Mapping[str, NDArray[np.generic]], name: str) -> Floats:
    """Integers less their zero, times their scale (one, or one for each output)."""
    zero = kept.get(f"{name}_zero_point", np.zeros((), dtype=np.int8)).astype(np.float32)
    values = (kept[name + _KEPT].astype(np.float32) - zero) * kept[f"{name}_scale"].astype(np.float32)
    return values.astype(np.float32)
