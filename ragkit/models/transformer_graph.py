"""The graph of a BERT encoder, from whatever holds its weights."""

from __future__ import annotations

from typing import Literal, Protocol

from ragkit.models.onnx_graph import OnnxGraph

MICROSOFT = "com.microsoft"

Part = Literal["question", "key", "value", "attention", "inner", "outer"]
Norm = Literal["embeddings", "attention", "outer"]


class EncoderWeights(Protocol):
    """Puts weights into a graph. `layer` is -1 for what stands before the first."""

    width: int
    layers: int
    heads: int
    epsilon: float

    def product(self, graph: OnnxGraph, layer: int, part: Part, states: str) -> str:
        """The name of states times the matrix of that part, plus its bias."""
        ...

    def norm(self, graph: OnnxGraph, layer: int, part: Norm) -> tuple[str, str]:
        """The names of scale and shift of a layer normalisation."""
        ...


def encoder_model(weights: EncoderWeights) -> bytes:
    """An ONNX model from summed embeddings "embedded" (1, tokens, width) to the last states, same shape."""
    graph = OnnxGraph()
    shape = (1, "tokens", weights.width)
    states = _normalised(graph, weights, -1, "embeddings", graph.input("embedded", shape))
    for layer in range(weights.layers):
        states = _layer(graph, weights, layer, states)
    graph.output(states, shape)
    return graph.model()


def _layer(graph: OnnxGraph, weights: EncoderWeights, layer: int, states: str) -> str:
    """Devlin et al., "BERT" (NAACL 2019): attention, then two matrices; each added and normalised."""
    question = weights.product(graph, layer, "question", states)
    key = weights.product(graph, layer, "key", states)
    value = weights.product(graph, layer, "value", states)
    heads = {"num_heads": weights.heads}
    name = f"{layer}.seen"
    seen = graph.node("MultiHeadAttention", [question, key, value], name, domain=MICROSOFT, attributes=heads)
    seen = weights.product(graph, layer, "attention", seen)
    states = _normalised(graph, weights, layer, "attention", _sum(graph, f"{layer}.seen+", seen, states))
    inner = weights.product(graph, layer, "inner", states)
    inner = graph.node("Gelu", [inner], f"{layer}.gelu", domain=MICROSOFT)
    outer = weights.product(graph, layer, "outer", inner)
    return _normalised(graph, weights, layer, "outer", _sum(graph, f"{layer}.outer+", outer, states))


def _sum(graph: OnnxGraph, name: str, left: str, right: str) -> str:
    return graph.node("Add", [left, right], name)


def _normalised(graph: OnnxGraph, weights: EncoderWeights, layer: int, part: Norm, states: str) -> str:
    scale, shift = weights.norm(graph, layer, part)
    attributes = {"epsilon": float(weights.epsilon), "axis": -1}
    name = f"{layer}.{part}.normalised"
    return graph.node("LayerNormalization", [states, scale, shift], name, attributes=attributes)
