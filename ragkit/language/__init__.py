"""Languages: scripts, terms for lexical search, sentences."""

from ragkit.language.analyzer import AnalyzerConfig, UnicodeAnalyzer
from ragkit.language.highlight import term_spans
from ragkit.language.orders import order_score, orders
from ragkit.language.questions import without_question_words
from ragkit.language.script import detect_language, is_cjk
from ragkit.language.sentences import sentence_spans
from ragkit.language.unseen import without_unseen

__all__ = [
    "AnalyzerConfig",
    "UnicodeAnalyzer",
    "detect_language",
    "is_cjk",
    "order_score",
    "orders",
    "sentence_spans",
    "term_spans",
    "without_question_words",
    "without_unseen",
]
