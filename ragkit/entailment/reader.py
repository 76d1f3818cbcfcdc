"""Runs the trained network: how surely an evidence text supports a statement, as one logit."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ragkit.entailment.encoding import WINDOW, Encoded, encode
from ragkit.errors import ModelNotFound
from ragkit.models.cpu import cores
from ragkit.models.onnx import load_tokenizer, session_options
from ragkit.models.shared import loaded_once, shared

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

ENCODER, EMBEDDINGS, TOKENIZER = "encoder.onnx", "embeddings.npz", "tokenizer.json"
CALIBRATION = "calibration.toml"
_FILES = (ENCODER, EMBEDDINGS, TOKENIZER, CALIBRATION)
_THREADS = 2  # of one statement: more bring little for so few tokens
_REMEMBERED = 1024  # statements with their evidence

Floats = NDArray[np.float32]


def shipped() -> Path:
    """The folder of the model that comes with ragkit."""
    return Path(str(resources.files("ragkit.entailment").joinpath("model")))


@dataclass(frozen=True, slots=True)
class _Tables:
    """Embeddings of words in 8 bits with a scale for each; of places, kinds and matches; the two heads."""

    words: NDArray[np.int8]
    scales: NDArray[np.float16]
    places: NDArray[np.float16]
    kinds: Floats
    matches: Floats
    heads: Floats
    bias: Floats

    def embedded(self, one: Encoded) -> Floats:
        """The summed embeddings: (tokens, width)."""
        words = self.words[one.ids].astype(np.float32) * self.scales[one.ids].astype(np.float32)[:, None]
        summed: Floats = (
            words + self.places[: len(one.ids)] + self.kinds[one.kinds] + self.matches[one.matches]
        )
        return summed


class EntailmentReader:
    """The network of a folder, loaded at the first statement that it reads; safe for several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = Lock()

    def logit(self, statement: str, evidence: str) -> float:
        """Above 0 where the evidence rather supports the statement. Raises `ModelNotFound`."""
        pair = (statement, evidence)
        with self._lock:
            if pair in self._known:
                return self._known[pair]
        window = min(WINDOW, len(self._tables.places))
        logit = self.read(encode(self._tokenizer, *pair, window=window))
        with self._lock:
            self._known[pair] = logit
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return logit

    def read(self, one: Encoded) -> float:
        """The score of the whole, plus the softly least score of the statement's tokens."""
        embedded = self._tables.embedded(one)[None]
        states = self._session.run(None, {"embedded": embedded})[0][0]  # (tokens, width)
        scores = states @ self._tables.heads.T + self._tables.bias  # (tokens, 2)
        said = scores[1 : 1 + one.said, 1]
        least = -np.logaddexp.reduce(-said) if len(said) else 0.0
        return float(scores[0, 0] + least)

    @loaded_once
    def _tokenizer(self) -> Tokenizer:
        return load_tokenizer(self._checked())

    @loaded_once
    def _tables(self) -> _Tables:
        with np.load(self._checked() / EMBEDDINGS, allow_pickle=False) as file:
            return _Tables(**{name: file[name] for name in _Tables.__slots__})

    @loaded_once
    def _session(self) -> InferenceSession:
        import onnxruntime

        path = self._checked() / ENCODER
        options = session_options(threads=min(_THREADS, cores()))
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def _checked(self) -> Path:
        missing = [name for name in _FILES if not (self._folder / name).is_file()]
        if missing:
            raise ModelNotFound(
                f"{self._folder} holds no trained verifier: {', '.join(missing)} is missing. "
                "`ragkit tune verifier` makes such a folder; model: null is the one that comes with ragkit."
            )
        return self._folder


@shared(keep=2)
def shared_entailment(folder: Path) -> EntailmentReader:
    """One reader per folder and process."""
    return EntailmentReader(folder)
