"""ragkit: answers from private documents, every statement cited to the characters it comes from.

from ragkit import load_config

config = load_config("default")
config.build_ingest().run([Path("corpora")])
answer = config.build().ask("What did the report conclude?")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.chain import Chain, as_turn
    from ragkit.config import Config, load_config, parse_config, preset_names
    from ragkit.errors import RagkitError
    from ragkit.evaluation import evaluate, read_golden, summarise
    from ragkit.highlight import with_boxes
    from ragkit.ingest import Ingest
    from ragkit.ingest_report import IngestReport
    from ragkit.types import (
        Answer,
        Chunk,
        Citation,
        Document,
        Draft,
        Findings,
        Hit,
        Message,
        Page,
        Query,
        Sentence,
        Turn,
    )

_PLACES = {
    "Answer": "types",
    "Chain": "chain",
    "Chunk": "types",
    "Citation": "types",
    "Config": "config",
    "Document": "types",
    "Draft": "types",
    "Findings": "types",
    "Hit": "types",
    "Ingest": "ingest",
    "IngestReport": "ingest_report",
    "Message": "types",
    "Page": "types",
    "Query": "types",
    "RagkitError": "errors",
    "Sentence": "types",
    "Turn": "types",
    "as_turn": "chain",
    "evaluate": "evaluation",
    "load_config": "config",
    "parse_config": "config",
    "preset_names": "config",
    "read_golden": "evaluation",
    "summarise": "evaluation",
    "with_boxes": "highlight",
}

__all__ = [
    "Answer",
    "Chain",
    "Chunk",
    "Citation",
    "Config",
    "Document",
    "Draft",
    "Findings",
    "Hit",
    "Ingest",
    "IngestReport",
    "Message",
    "Page",
    "Query",
    "RagkitError",
    "Sentence",
    "Turn",
    "as_turn",
    "evaluate",
    "load_config",
    "parse_config",
    "preset_names",
    "read_golden",
    "summarise",
    "with_boxes",
]


def __getattr__(name: str) -> object:
    """Loads a public name when it is first used, so that `import ragkit` costs nothing."""
    if name not in _PLACES:
        raise AttributeError(f"module 'ragkit' has no attribute {name!r}")
    return getattr(import_module(f"ragkit.{_PLACES[name]}"), name)
