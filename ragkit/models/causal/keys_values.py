"""What a model has read: the keys and values of its tokens, in memory that grows by steps.

This module defines classes of torch: it is imported only where a model is loaded.
"""

from __future__ import annotations

import torch
from transformers import DynamicCache, PreTrainedConfig
from transformers.cache_utils import DynamicLayer

_ROOM = 256  # tokens for which memory is taken at once
_FIRST, _PART = 64, 256  # tokens of a prompt that are read at once: the first part, each other one


def boundary(tokens: int) -> int:
    """Where the last whole part of a prompt of so many tokens ends."""
    return 0 if tokens < _FIRST else _FIRST + (tokens - _FIRST) // _PART * _PART


def parts(start: int, end: int) -> list[int]:
    """Where the parts end in which a prompt is read from `start`, a boundary, to `end`."""
    return [*(place for place in range(start + 1, end) if place == boundary(place)), end]


class GrowingLayer(DynamicLayer):  # type: ignore[no-untyped-call]  # its __init_subclass__
    """Keys and values of one layer; more are written behind them, where the original copies them all."""

    keys: torch.Tensor
    values: torch.Tensor
    _room_keys: torch.Tensor
    _room_values: torch.Tensor

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Nothing read yet, no room taken."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self._room_keys, self._room_values = key_states[..., :0, :], value_states[..., :0, :]
        self.keys, self.values = self._room_keys, self._room_values
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Adds (1, heads, tokens, width) of keys and values; returns all."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.keys.shape[-2]
        end = start + key_states.shape[-2]
        self._room_keys = _with_room(self._room_keys, self.keys, end)
        self._room_values = _with_room(self._room_values, self.values, end)
        self._room_keys[..., start:end, :] = key_states
        self._room_values[..., start:end, :] = value_states
        self.keys, self.values = self._room_keys[..., :end, :], self._room_values[..., :end, :]
        return self.keys, self.values

    def keep(self, tokens: int) -> None:
        """Forgets all but the first tokens, wherever an update was interrupted."""
        if self.is_initialized:
            self.keys = self._room_keys[..., :tokens, :]
            self.values = self._room_values[..., :tokens, :]


def _with_room(room: torch.Tensor, used: torch.Tensor, tokens: int) -> torch.Tensor:
    """Room for so many tokens that begins with those in use."""
    if tokens <= room.shape[-2]:
        return room
    larger = room.new_empty((*room.shape[:-2], tokens + tokens // 8 + _ROOM, room.shape[-1]))
    larger[..., : used.shape[-2], :] = used
    return larger


class KeysValues:
    """The tokens that were read in order, `ids`, and what the model keeps of them, `cache`.

    The first `settled` of them were read in whole parts: to read them again in any prompt that begins with
    them would give the same to the bit.
    """

    def __init__(self, config: PreTrainedConfig) -> None:
        self._config = config
        self.ids: list[int] = []
        self.settled = 0
        self.cache = DynamicCache(config=config)
        self.can_shrink = all(type(layer) is DynamicLayer for layer in self.cache.layers)
        if self.can_shrink:
            self.cache.layers = [
                GrowingLayer()  # type: ignore[no-untyped-call]  # it has no types
                for _ in self.cache.layers
            ]

    def keep(self, tokens: int) -> None:
        """Forgets all but the first tokens, and whatever an interrupted pass left in some layers.

        Only where `can_shrink`.
        """
        for layer in self.cache.layers:
            assert isinstance(layer, GrowingLayer)
            layer.keep(tokens)
        del self.ids[tokens:]
        self.settled = min(self.settled, tokens)

    def copy(self, tokens: int) -> KeysValues:
        """The first tokens for another text."""
        other = KeysValues(self._config)
        for number, layer in enumerate(self.cache.layers):
            assert isinstance(layer, GrowingLayer)
            other.cache.update(layer.keys[..., :tokens, :], layer.values[..., :tokens, :], number)
        other.ids = self.ids[:tokens]
        other.settled = min(self.settled, tokens)
        return other

    @property
    def bytes(self) -> int:
        """The memory that is taken."""
        layers = [layer for layer in self.cache.layers if isinstance(layer, GrowingLayer) and self.ids]
        return sum(layer._room_keys.nbytes + layer._room_values.nbytes for layer in layers)
