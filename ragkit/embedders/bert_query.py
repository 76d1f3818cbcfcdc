"""Embeds questions without torch, for the sentence-transformers folders that hold a plain BERT."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ragkit.embedders.vectors import unit
from ragkit.models.bert import BertEncoder, bert_fits, shared_bert
from ragkit.models.onnx import load_tokenizer
from ragkit.models.scripts import whole
from ragkit.stages import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_POOLING: dict[str, Literal["cls", "mean"]] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls": "cls",  # as version 6 of sentence-transformers names them
    "pooling_mode_mean": "mean",
}
_MODE = "pooling_mode"
_QUERY_PROMPT = "query"


@dataclass(frozen=True, kw_only=True)
class BertQueryEncoder:
    """A folder's own settings. `window` counts special tokens."""

    folder: Path
    window: int
    dimension: int
    pooling: Literal["cls", "mean"]
    prompt: str

    @functools.cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = load_tokenizer(self.folder)
        tokenizer.enable_truncation(self.window)
        return tokenizer

    @functools.cached_property
    def _encoder(self) -> BertEncoder:
        return shared_bert(self.folder)

    def embed(self, text: str) -> Vectors:
        """The unit vector of a question, (dimension,)."""
        states = self._encoder.run(self._tokenizer.encode(whole(self.prompt + text)).ids)
        return unit(states[0] if self.pooling == "cls" else states.mean(axis=0))


def bert_query_encoder(folder: Path) -> BertQueryEncoder | None:
    """What embeds questions for this folder; None where it holds another architecture than a plain BERT."""
    try:
        return _encoder(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # a folder laid out otherwise is sentence-transformers' to read


def _encoder(folder: Path) -> BertQueryEncoder | None:
    modules = [module["type"].rsplit(".", 1)[-1] for module in _json(folder / "modules.json")]
    pooling = _json(folder / "1_Pooling" / "config.json")
    modes = [key for key, value in pooling.items() if key.startswith("pooling_mode_") and value is True]
    modes += [f"pooling_mode_{pooling[_MODE]}"] if isinstance(pooling.get(_MODE), str) else []
    if modules not in _MODULES or len(modes) != 1 or modes[0] not in _POOLING or not bert_fits(folder):
        return None
    settings = folder / "config_sentence_transformers.json"
    prompts = _json(settings) if settings.is_file() else {}
    named = prompts.get("prompts") or {}
    return BertQueryEncoder(
        folder=folder,
        window=_window(folder),
        dimension=int(pooling.get("word_embedding_dimension") or pooling["embedding_dimension"]),
        pooling=_POOLING[modes[0]],
        prompt=named.get(_QUERY_PROMPT) or named.get(prompts.get("default_prompt_name") or "") or "",
    )


def _window(folder: Path) -> int:
    """Where sentence-transformers writes it: before version 6 for itself, since then for the tokenizer."""
    known = _json(folder / "sentence_bert_config.json").get("max_seq_length")
    return int(known or _json(folder / "tokenizer_config.json")["model_max_length"])


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
