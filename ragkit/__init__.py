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
    from ragkit.chain import (
        Chain,
        as_turn,
    )
    from ragkit.config import (
        Config,
        config_problems,
        config_yaml,
        load_config,
        parse_config,
        preset_names,
        preset_text,
    )
    from ragkit.errors import (
        ConfigError,
        EmptyFile,
        EncryptedFile,
        GenerationError,
        IndexDamaged,
        IndexLocked,
        IndexMismatch,
        IndexNotFound,
        LoadError,
        MissingDependency,
        ModelDamaged,
        ModelNotFound,
        OfflineError,
        QueryError,
        RagkitError,
        ResourceLimit,
        SessionError,
        StorageError,
        UnsupportedFormat,
    )
    from ragkit.evaluation import (
        Evidence,
        LanguageScores,
        QuestionResult,
        evaluate,
        read_golden,
        summarise,
    )
    from ragkit.evaluation import (
        Question as GoldenQuestion,
    )
    from ragkit.highlight import (
        citation_boxes,
        with_boxes,
    )
    from ragkit.ingest import (
        Ingest,
        ReadLimits,
    )
    from ragkit.ingest_report import (
        FileReport,
        IngestProgress,
        IngestReport,
        RowCounts,
    )
    from ragkit.models import (
        Check,
    )
    from ragkit.models import (
        report as doctor,
    )
    from ragkit.sessions import (
        Passage,
        Recalled,
        SavedTurn,
        Sessions,
        SessionSummary,
        recall,
        saved,
    )
    from ragkit.types import (
        EVERYTHING,
        Answer,
        Box,
        Chunk,
        Citation,
        Document,
        DocumentSummary,
        Draft,
        Filter,
        Findings,
        Hit,
        Judgement,
        Message,
        Page,
        Place,
        Query,
        Sentence,
        StageScore,
        Turn,
        Verdict,
    )

_PLACES = {
    "Answer": "types",
    "Box": "types",
    "Chain": "chain",
    "Check": "models",
    "Chunk": "types",
    "Citation": "types",
    "Config": "config",
    "ConfigError": "errors",
    "Document": "types",
    "DocumentSummary": "types",
    "Draft": "types",
    "EVERYTHING": "types",
    "EmptyFile": "errors",
    "EncryptedFile": "errors",
    "Evidence": "evaluation",
    "FileReport": "ingest_report",
    "Filter": "types",
    "Findings": "types",
    "GenerationError": "errors",
    "GoldenQuestion": "evaluation:Question",
    "Hit": "types",
    "IndexDamaged": "errors",
    "IndexLocked": "errors",
    "IndexMismatch": "errors",
    "IndexNotFound": "errors",
    "Ingest": "ingest",
    "IngestProgress": "ingest_report",
    "IngestReport": "ingest_report",
    "Judgement": "types",
    "LanguageScores": "evaluation",
    "LoadError": "errors",
    "Message": "types",
    "MissingDependency": "errors",
    "ModelDamaged": "errors",
    "ModelNotFound": "errors",
    "OfflineError": "errors",
    "Page": "types",
    "Passage": "sessions",
    "Place": "types",
    "Query": "types",
    "QueryError": "errors",
    "QuestionResult": "evaluation",
    "RagkitError": "errors",
    "ReadLimits": "ingest",
    "Recalled": "sessions",
    "ResourceLimit": "errors",
    "RowCounts": "ingest_report",
    "SavedTurn": "sessions",
    "Sentence": "types",
    "SessionError": "errors",
    "SessionSummary": "sessions",
    "Sessions": "sessions",
    "StageScore": "types",
    "StorageError": "errors",
    "Turn": "types",
    "UnsupportedFormat": "errors",
    "Verdict": "types",
    "as_turn": "chain",
    "citation_boxes": "highlight",
    "config_problems": "config",
    "config_yaml": "config",
    "doctor": "models:report",
    "evaluate": "evaluation",
    "load_config": "config",
    "parse_config": "config",
    "preset_names": "config",
    "preset_text": "config",
    "read_golden": "evaluation",
    "recall": "sessions",
    "saved": "sessions",
    "summarise": "evaluation",
    "with_boxes": "highlight",
}

__all__ = [
    "EVERYTHING",
    "Answer",
    "Box",
    "Chain",
    "Check",
    "Chunk",
    "Citation",
    "Config",
    "ConfigError",
    "Document",
    "DocumentSummary",
    "Draft",
    "EmptyFile",
    "EncryptedFile",
    "Evidence",
    "FileReport",
    "Filter",
    "Findings",
    "GenerationError",
    "GoldenQuestion",
    "Hit",
    "IndexDamaged",
    "IndexLocked",
    "IndexMismatch",
    "IndexNotFound",
    "Ingest",
    "IngestProgress",
    "IngestReport",
    "Judgement",
    "LanguageScores",
    "LoadError",
    "Message",
    "MissingDependency",
    "ModelDamaged",
    "ModelNotFound",
    "OfflineError",
    "Page",
    "Passage",
    "Place",
    "Query",
    "QueryError",
    "QuestionResult",
    "RagkitError",
    "ReadLimits",
    "Recalled",
    "ResourceLimit",
    "RowCounts",
    "SavedTurn",
    "Sentence",
    "SessionError",
    "SessionSummary",
    "Sessions",
    "StageScore",
    "StorageError",
    "Turn",
    "UnsupportedFormat",
    "Verdict",
    "as_turn",
    "citation_boxes",
    "config_problems",
    "config_yaml",
    "doctor",
    "evaluate",
    "load_config",
    "parse_config",
    "preset_names",
    "preset_text",
    "read_golden",
    "recall",
    "saved",
    "summarise",
    "with_boxes",
]


def __getattr__(name: str) -> object:
    """Loads a public name when it is first used, so that `import ragkit` costs nothing."""
    if name not in _PLACES:
        raise AttributeError(f"module 'ragkit' has no attribute {name!r}")
    module, _, there = _PLACES[name].partition(":")
    return getattr(import_module(f"ragkit.{module}"), there or name)
