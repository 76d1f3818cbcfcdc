"""Writes a cross-encoder as int8 ONNX, which rerankers read without torch."""

from __future__ import annotations

import logging
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ragkit.errors import ConfigError
from ragkit.models.onnx import OnnxEncoder

_MODEL, _TOKENIZER = "model.onnx", "tokenizer.json"
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_SAMPLES = (
    ("When was it opened?", "The bridge was opened in 1981."),
    ("Who designed the bridge that spans the river Humber?", "Bees make honey. " * 20),
    ("东京塔是什么时候开放的？", "Tokyo Tower opened in 1958."),
)
_FURTHEST = (
    0.5  # of logits, by which eight bits may differ from 32: a fifteenth of what is between yes and no
)


def export(model: Any, folder: Path, *, longest: int) -> None:
    """Writes weights and tokenizer of a `CrossEncoder` into a folder, whole or not at all.

    Raises `ConfigError` where eight bits say something else than the model did.
    """
    from onnxruntime.quantization import quantize_dynamic

    beside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    plain = beside / "float32.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _write(model.model, plain)
        logging.disable(logging.WARNING)
        try:
            # seven bits: on processors without VNNI, sums of eight-bit products would overflow
            quantize_dynamic(plain, beside / _MODEL, per_channel=True, reduce_range=True)
        finally:
            logging.disable(logging.NOTSET)
    plain.unlink()
    model.tokenizer.save_pretrained(beside)
    _compare(model, beside, longest=longest)
    shutil.rmtree(folder, ignore_errors=True)
    beside.replace(folder)


def _write(model: Any, file: Path) -> None:
    import torch

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            return self.inner(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).logits

    model.eval()
    sample: Any = torch.ones((2, 12), dtype=torch.long, device=model.device)
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        Logits().eval(), (sample, sample, torch.zeros_like(sample)), str(file),
        input_names=list(_INPUTS), output_names=["logits"], dynamic_axes=dict.fromkeys(_INPUTS, axes),
        opset_version=17, dynamo=False,
    )  # fmt: skip


def _compare(model: Any, folder: Path, *, longest: int) -> None:
    import torch

    encoder = OnnxEncoder(folder, window=longest, threads=1)
    ours = [float(encoder.run(encoder.token_ids(q), encoder.token_ids(text))[0]) for q, text in _SAMPLES]
    with torch.no_grad():
        rows = model.tokenizer(
            [q for q, _ in _SAMPLES], [text for _, text in _SAMPLES],
            padding=True, truncation="only_second", max_length=longest, return_tensors="pt",
        )  # fmt: skip
        theirs = model.model(**rows.to(model.model.device)).logits[:, 0].cpu().numpy()
    if not np.abs(np.array(ours) - theirs).max() <= _FURTHEST:
        raise ConfigError(
            f"In eight bits the reranker says something else than it learnt ({ours} for {theirs.tolist()}): "
            "nothing was written."
        )
