"""Languages: scripts, terms for lexical search, sentences."""

from ragkit.language.analyzer import AnalyzerConfig, UnicodeAnalyzer
from ragkit.language.highlight import term_spans
from ragkit.language.questions import without_question_words
from ragkit.language.script import detect_language, is_cjk
from ragkit.language.sentences import sentence_spans

__all__ = [
    "AnalyzerConfig",
    "UnicodeAnalyzer",
    "detect_language",
    "is_cjk",
    "sentence_spans",
    "term_spans",
    "without_question_words",
]
