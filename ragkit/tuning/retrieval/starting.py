"""The model that learning begins with: in the layout of sentence-transformers, or in eight bits as ONNX."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.embedders import OnnxConfig
from ragkit.errors import ModelNotFound
from ragkit.models.causal.files import without_progress_bars
from ragkit.models.resolve import resolve, weights_file
from ragkit.tuning.retrieval.dequantising import Floats, dequantised

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder, SentenceTransformer

_HEAD = 32  # width of each head of the models of `ragkit[offline]`, which come without config.json
_MODULES = "modules.json"
_WINDOW = 512


def load_embedder(name: str, folder: Path, *, plain: OnnxConfig) -> SentenceTransformer:
    """The embedder by name or folder; `folder` is for what has to be unpacked.

    A model in eight bits is pooled and prompted as `plain` says. Raises `ModelNotFound`.
    """
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    found = _found(name, ("embedder",))
    try:
        with without_progress_bars():
            if not _is_onnx(found):
                return SentenceTransformer(str(found), local_files_only=True)
            inner = Transformer(str(_unpacked(found, folder, head=False)))
            pooling = Pooling(inner.get_embedding_dimension(), plain.pooling)
            prompts = {"query": plain.query_prefix, "document": ""}
            return SentenceTransformer(modules=[inner, pooling, Normalize()], prompts=prompts)
    except (OSError, ValueError) as error:
        raise ModelNotFound(
            f"{name} in {found} cannot be learnt on by sentence-transformers: {error}"
        ) from error


def load_reranker(name: str, folder: Path, *, longest: int) -> CrossEncoder:
    """The cross-encoder by name or folder, reading `longest` tokens; a plain encoder gets a new head.

    Raises `ModelNotFound`.
    """
    from sentence_transformers import CrossEncoder

    found = _found(name, ("reranker", "embedder"))
    try:
        place = _unpacked(found, folder, head=True) if _is_onnx(found) else found
        with without_progress_bars():
            model: CrossEncoder = CrossEncoder(
                str(place), num_labels=1, max_length=longest, local_files_only=True,
                model_kwargs={"attn_implementation": "eager"},  # which can be written as ONNX
            )  # fmt: skip
    except (OSError, ValueError) as error:
        raise ModelNotFound(
            f"{name} in {found} cannot be learnt on by sentence-transformers: {error}"
        ) from error
    return model


def _found(name: str, kinds: tuple[str, ...]) -> Path:
    found = resolve(name)
    if found.entry and found.entry.kind not in kinds:
        raise ModelNotFound(f"{name} is a {found.entry.kind}, and a {' or '.join(kinds)} is wanted here.")
    return found.path


def _is_onnx(folder: Path) -> bool:
    return weights_file(folder).suffix == ".onnx" and not (folder / _MODULES).is_file()


def _unpacked(folder: Path, into: Path, *, head: bool) -> Path:
    """The model of an ONNX file in the layout of transformers, in a folder of its own."""
    import torch
    from transformers import BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

    tensors = dequantised(weights_file(folder))
    heads = _heads(folder)
    prefix = "bert." if any(key.startswith("bert.") for key in tensors) else ""
    config = _config(tensors, prefix, heads)
    model: Any = BertForSequenceClassification(config) if head else BertModel(config, add_pooling_layer=False)
    wanted = "bert." if head else ""
    named = {_renamed(key, prefix, wanted): torch.from_numpy(array) for key, array in tensors.items()}
    known = set(model.state_dict())
    left = model.load_state_dict({k: v for k, v in named.items() if k in known}, strict=False)
    fresh = ("classifier.", "bert.pooler.")
    if lacking := [key for key in left.missing_keys if not key.startswith(fresh)]:
        raise ModelNotFound(f"{folder} lacks {', '.join(lacking[:3])}: it is no BERT that can be learnt on.")
    model.save_pretrained(into)
    special = {f"{kind}_token": f"[{kind.upper()}]" for kind in ("pad", "unk", "cls", "sep", "mask")}
    fast: Any = PreTrainedTokenizerFast
    tokenizer = fast(tokenizer_file=str(folder / "tokenizer.json"), model_max_length=_WINDOW, **special)
    tokenizer.save_pretrained(into)
    return into


def _renamed(key: str, prefix: str, wanted: str) -> str:
    """`bert.` before the encoder's tensors or not; those of the head stay as they are."""
    inner = key.removeprefix(prefix)
    return key if inner.startswith("classifier.") else wanted + inner


def _heads(folder: Path) -> int | None:
    """How many heads config.json names, where there is one."""
    file = folder / "config.json"
    if not file.is_file():
        return None
    return int(json.loads(file.read_text(encoding="utf-8"))["num_attention_heads"])


def _config(tensors: dict[str, Floats], prefix: str, heads: int | None) -> Any:
    from transformers import BertConfig

    settings: Any = BertConfig
    words, width = tensors[f"{prefix}embeddings.word_embeddings.weight"].shape
    layers = {key.split("layer.")[1].split(".")[0] for key in tensors if "encoder.layer." in key}
    return settings(
        vocab_size=words,
        hidden_size=width,
        num_hidden_layers=len(layers),
        num_attention_heads=heads or width // _HEAD,
        intermediate_size=len(tensors[f"{prefix}encoder.layer.0.intermediate.dense.bias"]),
        max_position_embeddings=len(tensors[f"{prefix}embeddings.position_embeddings.weight"]),
        num_labels=1,
    )
