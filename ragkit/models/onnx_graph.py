"""Writes small ONNX models, byte by byte: no package but numpy is needed.

The field numbers are those of onnx.proto3 (ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto);
the encoding is that of Protocol Buffers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

_IR_VERSION = 8
_OPSET = 17
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}
_FLOAT, _INT, _STRING = 1, 2, 3
_EXTERNAL = 1

Attribute = int | float | str


class OnnxGraph:
    """A model under construction. Values are called by name; `node` names its output."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []

    def input(self, name: str, shape: Sequence[int | str]) -> str:
        """Declares a float32 input; a text in `shape` is a free dimension."""
        self._inputs.append(_value(name, shape))
        return name

    def output(self, name: str, shape: Sequence[int | str]) -> None:
        """Declares a float32 output."""
        self._outputs.append(_value(name, shape))

    def constant(self, name: str, array: NDArray[np.generic]) -> str:
        """Holds an array (float32, uint8, int8, int64)."""
        dims = b"".join(_number(1, size) for size in array.shape)
        kind = _number(2, _TYPES[array.dtype.name])
        data = np.ascontiguousarray(array).tobytes()
        self._constants.append(dims + kind + _text(8, name) + _bytes(9, data))
        return name

    def stored(self, name: str, file: str, *, shape: Sequence[int], offset: int) -> str:
        """Names float32 values that lie in a file beside the model."""
        size = 4 * math.prod(shape)
        dims = b"".join(_number(1, number) for number in shape)
        place = {"location": file, "offset": str(offset), "length": str(size)}
        entries = b"".join(_bytes(13, _text(1, key) + _text(2, value)) for key, value in place.items())
        kind = _number(2, _TYPES["float32"])
        self._constants.append(dims + kind + _text(8, name) + entries + _number(14, _EXTERNAL))
        return name

    def node(
        self,
        operator: str,
        inputs: Sequence[str],
        output: str,
        *,
        domain: str = "",
        attributes: Mapping[str, Attribute] | None = None,
    ) -> str:
        """Applies an operator; "" stands for an input that is left out."""
        parts = [_text(1, name) for name in inputs]
        parts += [_text(2, output), _text(3, output), _text(4, operator)]
        parts += [_bytes(5, _attribute(name, value)) for name, value in (attributes or {}).items()]
        self._nodes.append(b"".join(parts) + _text(7, domain))
        return output

    def model(self) -> bytes:
        """The model as an ONNX file holds it."""
        graph = b"".join(_bytes(1, node) for node in self._nodes) + _text(2, "ragkit")
        graph += b"".join(_bytes(5, constant) for constant in self._constants)
        graph += b"".join(_bytes(11, value) for value in self._inputs)
        graph += b"".join(_bytes(12, value) for value in self._outputs)
        opsets = _bytes(8, _text(1, "") + _number(2, _OPSET))
        opsets += _bytes(8, _text(1, "com.microsoft") + _number(2, 1))
        return _number(1, _IR_VERSION) + _bytes(7, graph) + opsets


def _attribute(name: str, value: Attribute) -> bytes:
    head = _text(1, name)
    if isinstance(value, float):
        return head + _key(2, 5) + np.float32(value).tobytes() + _number(20, _FLOAT)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, _INT)
    return head + _text(4, value) + _number(20, _STRING)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    dims = [_number(1, size) if isinstance(size, int) else _text(2, size) for size in shape]
    tensor = _number(1, _TYPES["float32"]) + _bytes(2, b"".join(_bytes(1, dim) for dim in dims))
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _number(field: int, value: int) -> bytes:
    return _key(field, 0) + _varint(value)


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())


def _bytes(field: int, data: bytes) -> bytes:
    return _key(field, 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the highest bit says that more follow."""
    encoded = bytearray()
    value &= 0xFFFFFFFFFFFFFFFF  # a negative number takes all 64 bits
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])
