"""Whether a chain finds and says what it should, and whether it got better or worse."""

from ragkit.evaluation.comparison import Change, Comparison, Gate, Worse, compare
from ragkit.evaluation.decisions import Decisions, decisions_of, judge_decisions
from ragkit.evaluation.faithfulness import (
    CheckedAnswer,
    Faithfulness,
    GivenAnswer,
    answers_of,
    check_answers,
    read_answers,
    summarise_faithfulness,
)
from ragkit.evaluation.golden import Evidence, Question, read_golden, write_golden
from ragkit.evaluation.measures import DEFAULT as DEFAULT_MEASURES
from ragkit.evaluation.measures import DEFAULT_ANSWERS, Measure, parse_measure
from ragkit.evaluation.records import EvidencePlace, QuestionRecord, Run, Score, read_run, write_run
from ragkit.evaluation.run import evaluate, evaluating
from ragkit.evaluation.sweep import (
    Space,
    Sweep,
    SweepOptions,
    SweepResult,
    SweepStep,
    TrialRecord,
    open_sweep,
    read_space,
)

__all__ = [
    "DEFAULT_ANSWERS",
    "DEFAULT_MEASURES",
    "Change",
    "CheckedAnswer",
    "Comparison",
    "Decisions",
    "Evidence",
    "EvidencePlace",
    "Faithfulness",
    "Gate",
    "GivenAnswer",
    "Measure",
    "Question",
    "QuestionRecord",
    "Run",
    "Score",
    "Space",
    "Sweep",
    "SweepOptions",
    "SweepResult",
    "SweepStep",
    "TrialRecord",
    "Worse",
    "answers_of",
    "check_answers",
    "compare",
    "decisions_of",
    "evaluate",
    "evaluating",
    "judge_decisions",
    "open_sweep",
    "parse_measure",
    "read_answers",
    "read_golden",
    "read_run",
    "read_space",
    "summarise_faithfulness",
    "write_golden",
    "write_run",
]
