"""Writes a cross-encoder as int8 ONNX, which rerankers read without torch."""

from __future__ import annotations

import logging
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np

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


def export(model: Any, folder: Path, *, longest: int) -> bool:
    """Writes weights and tokenizer of a `CrossEncoder` into a folder, whole or not at all.

    Whether it is in eight bits: where these say something else than was learnt, all 32 are kept.
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
    model.tokenizer.save_pretrained(beside)
    if small := _is_same(model, beside, longest=longest):
        plain.unlink()
    else:
        plain.replace(beside / _MODEL)
    shutil.rmtree(folder, ignore_errors=True)
    beside.replace(folder)
    return small


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


def _is_same(model: Any, folder: Path, *, longest: int) -> bool:
    import torch

    encoder = OnnxEncoder(folder, window=longest, threads=1)
    pairs = [(encoder.token_ids(question), encoder.token_ids(text)) for question, text in _SAMPLES]
    kept = [place for place, (question, _) in enumerate(pairs) if len(question) + 3 < longest]
    if not kept:
        return True
    ours = np.array([float(encoder.run(*pairs[place])[0]) for place in kept])
    with torch.no_grad():
        rows = model.tokenizer(
            [_SAMPLES[place][0] for place in kept], [_SAMPLES[place][1] for place in kept],
            padding=True, truncation="only_second", max_length=longest, return_tensors="pt",
        )  # fmt: skip
        theirs = model.model(**rows.to(model.model.device)).logits[:, 0].cpu().numpy()
    return bool(np.abs(ours - theirs).max() <= _FURTHEST * max(5.0, float(np.ptp(theirs))))
