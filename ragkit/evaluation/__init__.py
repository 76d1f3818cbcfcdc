"""Whether a chain finds and says what it should, and whether it got better or worse."""

from ragkit.evaluation.comparison import Change, Comparison, Gate, Worse, compare
from ragkit.evaluation.golden import Evidence, Question, read_golden, write_golden
from ragkit.evaluation.measures import DEFAULT as DEFAULT_MEASURES
from ragkit.evaluation.measures import DEFAULT_ANSWERS, Measure, parse_measure
from ragkit.evaluation.records import EvidencePlace, QuestionRecord, Run, Score, read_run, write_run
from ragkit.evaluation.run import evaluate, evaluating

__all__ = [
    "DEFAULT_ANSWERS",
    "DEFAULT_MEASURES",
    "Change",
    "Comparison",
    "Evidence",
    "EvidencePlace",
    "Gate",
    "Measure",
    "Question",
    "QuestionRecord",
    "Run",
    "Score",
    "Worse",
    "compare",
    "evaluate",
    "evaluating",
    "parse_measure",
    "read_golden",
    "read_run",
    "write_golden",
    "write_run",
]
