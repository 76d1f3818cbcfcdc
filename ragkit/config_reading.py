"""Reads the YAML of a configuration; what YAML forbids and PyYAML lets pass is told."""

from __future__ import annotations

from typing import Any

import yaml

from ragkit.errors import ConfigError


def read_values(text: str, name: str) -> tuple[dict[str, object], list[str]]:
    """What stands in a YAML text, and its repeated keys."""
    loader = _Loader(text)
    try:
        values = loader.get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{name} is not valid YAML: {error}") from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError(f"{name} must be a mapping such as 'embedder: {{type: onnx}}', not {values!r:.80}")
    return values, loader.repeated


class _Loader(yaml.SafeLoader):
    """Notes the keys that stand twice in one mapping; YAML forbids them, PyYAML takes the last."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.repeated: list[str] = []

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        lines: dict[str, int] = {}
        for key, _ in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in lines:
                self.repeated.append(f"line {line}: the key {name!r} stands on line {lines[name]} already")
            lines.setdefault(name, line)
        return node
