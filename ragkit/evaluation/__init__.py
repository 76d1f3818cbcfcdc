"""Whether a chain finds and says what it should."""

from ragkit.evaluation.golden import Evidence, Question, read_golden
from ragkit.evaluation.run import LanguageScores, QuestionResult, evaluate, summarise

__all__ = [
    "Evidence",
    "LanguageScores",
    "Question",
    "QuestionResult",
    "evaluate",
    "read_golden",
    "summarise",
]
