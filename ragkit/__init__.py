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
        Comparison,
        Evidence,
        Gate,
        Measure,
        QuestionRecord,
        Score,
        SweepOptions,
        SweepResult,
        TrialRecord,
        evaluate,
        evaluating,
        open_sweep,
        parse_measure,
        read_golden,
        read_run,
        read_space,
        write_golden,
        write_run,
    )
    from ragkit.evaluation import (
        Question as GoldenQuestion,
    )
    from ragkit.evaluation import (
        Run as EvaluationRun,
    )
    from ragkit.evaluation import (
        compare as compare_runs,
    )
    from ragkit.evaluation.checking import (
        CheckedGolden,
        GoldenProblem,
        check_golden,
    )
    from ragkit.evaluation.importing import (
        Imported as ImportedGolden,
    )
    from ragkit.evaluation.importing import (
        import_golden,
    )
    from ragkit.evaluation.proposing import (
        Candidate as QuestionCandidate,
    )
    from ragkit.evaluation.proposing import (
        Proposal as QuestionProposal,
    )
    from ragkit.evaluation.proposing import (
        Proposer as QuestionProposer,
    )
    from ragkit.evaluation.proposing import (
        answers_candidate,
        quoting_chain,
    )
    from ragkit.evaluation.proposing import (
        candidates as question_candidates,
    )
    from ragkit.evaluation.proposing import (
        in_turn as candidates_in_turn,
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
    from ragkit.loaders import is_word_document
    from ragkit.models import (
        Check,
    )
    from ragkit.models import (
        report as doctor,
    )
    from ragkit.rendering import (
        PdfPages,
        page_image,
        unlock_pdf,
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
    "CheckedGolden": "evaluation.checking",
    "Chunk": "types",
    "Citation": "types",
    "Comparison": "evaluation",
    "Config": "config",
    "ConfigError": "errors",
    "Document": "types",
    "DocumentSummary": "types",
    "Draft": "types",
    "EVERYTHING": "types",
    "EmptyFile": "errors",
    "EncryptedFile": "errors",
    "EvaluationRun": "evaluation:Run",
    "Evidence": "evaluation",
    "FileReport": "ingest_report",
    "Filter": "types",
    "Findings": "types",
    "Gate": "evaluation",
    "GenerationError": "errors",
    "GoldenProblem": "evaluation.checking",
    "GoldenQuestion": "evaluation:Question",
    "Hit": "types",
    "ImportedGolden": "evaluation.importing:Imported",
    "IndexDamaged": "errors",
    "IndexLocked": "errors",
    "IndexMismatch": "errors",
    "IndexNotFound": "errors",
    "Ingest": "ingest",
    "IngestProgress": "ingest_report",
    "IngestReport": "ingest_report",
    "Judgement": "types",
    "LoadError": "errors",
    "Measure": "evaluation",
    "Message": "types",
    "MissingDependency": "errors",
    "ModelDamaged": "errors",
    "ModelNotFound": "errors",
    "OfflineError": "errors",
    "Page": "types",
    "Passage": "sessions",
    "PdfPages": "rendering",
    "Place": "types",
    "Query": "types",
    "QueryError": "errors",
    "QuestionCandidate": "evaluation.proposing:Candidate",
    "QuestionProposal": "evaluation.proposing:Proposal",
    "QuestionProposer": "evaluation.proposing:Proposer",
    "QuestionRecord": "evaluation",
    "RagkitError": "errors",
    "ReadLimits": "ingest",
    "Recalled": "sessions",
    "ResourceLimit": "errors",
    "RowCounts": "ingest_report",
    "SavedTurn": "sessions",
    "Score": "evaluation",
    "Sentence": "types",
    "SessionError": "errors",
    "SessionSummary": "sessions",
    "Sessions": "sessions",
    "StageScore": "types",
    "StorageError": "errors",
    "SweepOptions": "evaluation",
    "SweepResult": "evaluation",
    "TrialRecord": "evaluation",
    "Turn": "types",
    "UnsupportedFormat": "errors",
    "Verdict": "types",
    "answers_candidate": "evaluation.proposing",
    "as_turn": "chain",
    "candidates_in_turn": "evaluation.proposing:in_turn",
    "check_golden": "evaluation.checking",
    "citation_boxes": "highlight",
    "compare_runs": "evaluation:compare",
    "config_problems": "config",
    "config_yaml": "config",
    "doctor": "models:report",
    "evaluate": "evaluation",
    "evaluating": "evaluation",
    "import_golden": "evaluation.importing",
    "is_word_document": "loaders",
    "load_config": "config",
    "open_sweep": "evaluation",
    "page_image": "rendering",
    "parse_config": "config",
    "parse_measure": "evaluation",
    "preset_names": "config",
    "preset_text": "config",
    "question_candidates": "evaluation.proposing:candidates",
    "quoting_chain": "evaluation.proposing",
    "read_golden": "evaluation",
    "read_run": "evaluation",
    "read_space": "evaluation",
    "recall": "sessions",
    "saved": "sessions",
    "unlock_pdf": "rendering",
    "with_boxes": "highlight",
    "write_golden": "evaluation",
    "write_run": "evaluation",
}

__all__ = [
    "EVERYTHING",
    "Answer",
    "Box",
    "Chain",
    "Check",
    "CheckedGolden",
    "Chunk",
    "Citation",
    "Comparison",
    "Config",
    "ConfigError",
    "Document",
    "DocumentSummary",
    "Draft",
    "EmptyFile",
    "EncryptedFile",
    "EvaluationRun",
    "Evidence",
    "FileReport",
    "Filter",
    "Findings",
    "Gate",
    "GenerationError",
    "GoldenProblem",
    "GoldenQuestion",
    "Hit",
    "ImportedGolden",
    "IndexDamaged",
    "IndexLocked",
    "IndexMismatch",
    "IndexNotFound",
    "Ingest",
    "IngestProgress",
    "IngestReport",
    "Judgement",
    "LoadError",
    "Measure",
    "Message",
    "MissingDependency",
    "ModelDamaged",
    "ModelNotFound",
    "OfflineError",
    "Page",
    "Passage",
    "PdfPages",
    "Place",
    "Query",
    "QueryError",
    "QuestionCandidate",
    "QuestionProposal",
    "QuestionProposer",
    "QuestionRecord",
    "RagkitError",
    "ReadLimits",
    "Recalled",
    "ResourceLimit",
    "RowCounts",
    "SavedTurn",
    "Score",
    "Sentence",
    "SessionError",
    "SessionSummary",
    "Sessions",
    "StageScore",
    "StorageError",
    "SweepOptions",
    "SweepResult",
    "TrialRecord",
    "Turn",
    "UnsupportedFormat",
    "Verdict",
    "answers_candidate",
    "as_turn",
    "candidates_in_turn",
    "check_golden",
    "citation_boxes",
    "compare_runs",
    "config_problems",
    "config_yaml",
    "doctor",
    "evaluate",
    "evaluating",
    "import_golden",
    "is_word_document",
    "load_config",
    "open_sweep",
    "page_image",
    "parse_config",
    "parse_measure",
    "preset_names",
    "preset_text",
    "question_candidates",
    "quoting_chain",
    "read_golden",
    "read_run",
    "read_space",
    "recall",
    "saved",
    "unlock_pdf",
    "with_boxes",
    "write_golden",
    "write_run",
]


def __getattr__(name: str) -> object:
    """Loads a public name when it is first used, so that `import ragkit` costs nothing."""
    if name not in _PLACES:
        raise AttributeError(f"module 'ragkit' has no attribute {name!r}")
    module, _, there = _PLACES[name].partition(":")
    return getattr(import_module(f"ragkit.{module}"), there or name)
