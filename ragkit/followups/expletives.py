"""Where the English "it" stands for nothing: "is it raining", "does it hurt to", "is it true that"."""

from __future__ import annotations

import re

_OFTEN = r"(?:(?:not|ever|never|always|still|usually|often|really|even|also|currently|going|to|be|been)\s+)*"
_VERY = r"(?:(?:not|ever|always|still|really|even|also|very|too|so|more|most|less|much)\s+)*"
_VERBS = r"tak(?:es?|en|ing)|took|cost(?:s|ing)?|seem(?:s|ed)?|appear(?:s|ed)?|mean(?:s|t)?"
_MATTERS = r"hurt(?:s|ing)?|matter(?:s|ed)?|help(?:s|ed)?|bother(?:s|ed)?|happen(?:s|ed)?|make\s+sense"
_IDEAS = r"an?\s+(?:good|bad|great|wise)\s+idea|an?\s+(?:crime|sin|mistake|myth|fact|problem|lie|shame)"
# What may be said of a thing: "was it built to", "is it similar to".
_SAID = (
    "(?:us|design|mov|relat|connect|link|compar|limit|open|clos)ed|built|made|sold|given|left|similar|equal|"
    "due|next|close|open|able|ready|about|going"
)
_SAID_OF_NOTHING = rf"(?:\w+\s+or\s+)?(?!(?:{_SAID})\b)\w+|{_IDEAS}"
_WEATHER = "cold|hot|warm|cool|sunny|windy|cloudy|foggy|humid|dry|wet|icy|dark|late|early|noon|midnight"
_CIRCUMSTANCES = "safe|dangerous|expensive|cheap|legal|illegal|allowed|forbidden|customary|rude|polite"

_PATTERNS = (
    rf"\bit\s+{_OFTEN}(?:rain|snow|drizzl)(?:e|s|es|ing|ed|y)?\b",
    rf"\bit\s+{_OFTEN}(?:{_VERBS})\b.*\b(?:to|that|if|when)\b",
    rf"\bit\s+{_OFTEN}(?:{_MATTERS})\s+(?:\w+\s+)?(?:to|that|if|when|whether|who|which|what|how|where)\b",
    rf"\b(?:is|was|be)\s+it\s+{_VERY}(?:{_SAID_OF_NOTHING})\s+(?:to|that|when|if|whether|who|for\s.*\bto)\b",
    rf"\bit\s+(?:be|been)\s+{_VERY}(?:{_SAID_OF_NOTHING})\s+(?:to|that|if|for\s.*\bto)\b",
    r"\b(?:is|was)\s+it\s+(?:not\s+)?that\b",  # "why is it that"
    r"\b(?:is|was)\s+it\s+(?:the\s+|an?\s+)?(?:[\w'.-]+\s+){1,4}who\b",  # "was it Newton who"
    r"\bwhat\s+(?:time|day|date|year|month|season)\s+(?:is|was|will)\s+it(?:\s+be)?\s*(?:$|\?|(?:in|at|now|there)\b)",
    r"\bwhy\s+(?:is|was)\s+it\s+(?:called|named|known\s+as)\s+(?!that\b|this\b|so\b|by\b|in\b|after\b)\w",
    r"\bhow\s+far\s+(?:is|was)\s+it\s+(?:from\b.*\bto|to\b.*\bfrom|between)\b",
)
_ANYWHERE = re.compile("|".join(_PATTERNS), re.IGNORECASE)
# Where these are said of a place with a name, or of now, they are said of nothing else.
_THERE = re.compile(
    rf"\bit\s+{_OFTEN}{_VERY}(?i:{_WEATHER}|{_CIRCUMSTANCES})\s+"
    r"(?:(?:today|tomorrow|now|outside)\b|(?:\w+\s+){0,2}?(?:in|at|on|around)\s+(?:the\s+)?[A-Z])"
)
_NAMED = re.compile(r"\bit\s+(?:called|named|known\s+as)\s+(?:the\s+)?[A-Z]")


def is_expletive(query: str) -> bool:
    """Whether "it" in a question stands for nothing that was said before."""
    return any(pattern.search(query) for pattern in (_ANYWHERE, _THERE, _NAMED))
