"""The shape of a transformer: what its memory and its work depend on, and the well-known ones by name."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, fields
from importlib import resources

from ragkit.errors import ConfigError


class UnknownShape(ConfigError):
    """A model of which nothing can be counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """A decoder in the manner of Llama: grouped-query attention, a gated MLP, RMS norms.

    Counts, not bytes. `head` is the width of one attention head; `tied` means that the output layer is the
    embedding; `bias` that query, key and value have one. Raises `ConfigError` where no such model can be.
    """

    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    intermediate: int
    vocab: int
    head: int = 0
    tied: bool = False
    bias: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        for name in ("layers", "hidden", "heads", "kv_heads", "intermediate", "vocab"):
            if getattr(self, name) < 1:
                raise ConfigError(
                    f"{self.name}: {name} is {getattr(self, name)}; a model has at least 1 of it."
                )
        if self.heads % self.kv_heads:
            raise ConfigError(
                f"{self.name}: {self.heads} heads cannot share {self.kv_heads} key-value heads evenly. "
                "The number of kv-heads divides that of heads."
            )
        if not self.head:
            if self.hidden % self.heads:
                raise ConfigError(
                    f"{self.name}: hidden {self.hidden} is no multiple of {self.heads} heads; "
                    "a model whose heads have another width says so as head_dim."
                )
            object.__setattr__(self, "head", self.hidden // self.heads)

    @property
    def query(self) -> int:
        """The width of all queries of a token."""
        return self.heads * self.head

    @property
    def key(self) -> int:
        """The width of all keys of a token, which is that of its values."""
        return self.kv_heads * self.head

    @property
    def linears(self) -> dict[str, tuple[int, int]]:
        """The matrices of one layer by the names of transformers: (inputs, outputs)."""
        return {
            "q_proj": (self.hidden, self.query),
            "k_proj": (self.hidden, self.key),
            "v_proj": (self.hidden, self.key),
            "o_proj": (self.query, self.hidden),
            "gate_proj": (self.hidden, self.intermediate),
            "up_proj": (self.hidden, self.intermediate),
            "down_proj": (self.intermediate, self.hidden),
        }

    @property
    def layer_matrices(self) -> int:
        """Parameters of one layer that stand in matrices, which is what is quantised."""
        return sum(inputs * outputs for inputs, outputs in self.linears.values())

    @property
    def layer_parameters(self) -> int:
        """Parameters of one layer: matrices, two norms, biases."""
        biases = self.query + 2 * self.key if self.bias else 0
        return self.layer_matrices + 2 * self.hidden + biases

    @property
    def embedding(self) -> int:
        """Parameters of the embedding; an output layer that is not tied has as many."""
        return self.vocab * self.hidden

    @property
    def parameters(self) -> int:
        """All parameters; what is tied counts once."""
        ends = self.embedding if self.tied else 2 * self.embedding
        return self.layers * self.layer_parameters + ends + self.hidden

    @property
    def multiplied(self) -> int:
        """Parameters by which a token is multiplied: all but the embedding's rows, the output layer too."""
        return self.layers * self.layer_matrices + self.embedding


@functools.cache
def known_shapes() -> dict[str, ModelShape]:
    """The shapes of well-known models, by name."""
    return {shape.name: shape for shape, _ in _entries()}


def find_shape(name: str) -> ModelShape | None:
    """The shape called `name` ("Qwen2.5-7B", "meta-llama/Llama-2-13b-hf", "13B"), case ignored."""
    wanted = name.lower().rpartition("/")[2]
    return next((shape for shape, names in _entries() if wanted in names), None)


@functools.cache
def _entries() -> tuple[tuple[ModelShape, frozenset[str]], ...]:
    text = resources.files(__package__ or "").joinpath("shapes.toml").read_text(encoding="utf-8")
    known = {field.name for field in fields(ModelShape)}
    made = []
    for entry in tomllib.loads(text)["shapes"]:
        names = frozenset(word.lower() for word in (entry["name"], *entry["also"]))
        made.append((ModelShape(**{key: entry[key] for key in entry.keys() & known}), names))
    return tuple(made)
