"""Answers judged by a language model, through the metrics of ragas."""

from ragkit.evaluation.judges.agreement import agreement
from ragkit.evaluation.judges.cases import Case, ask_cases, case_of
from ragkit.evaluation.judges.chosen import judge_config, judging_by
from ragkit.evaluation.judges.metrics import require_ragas
from ragkit.evaluation.judges.prompts import prompts_in
from ragkit.evaluation.judges.records import (
    METRICS,
    Agreement,
    Judged,
    JudgedAnswer,
    Mark,
    Metric,
    write_judged,
)
from ragkit.evaluation.judges.replies import JudgeFailure, ReplyReader
from ragkit.evaluation.judges.run import Judging

__all__ = [
    "METRICS",
    "Agreement",
    "Case",
    "JudgeFailure",
    "Judged",
    "JudgedAnswer",
    "Judging",
    "Mark",
    "Metric",
    "ReplyReader",
    "agreement",
    "ask_cases",
    "case_of",
    "judge_config",
    "judging_by",
    "prompts_in",
    "require_ragas",
    "write_judged",
]
