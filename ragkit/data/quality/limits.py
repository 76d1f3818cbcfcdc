"""The limits that a text must keep, and who published them.

Gopher: Rae et al. 2021, Scaling Language Models (arXiv 2112.11446), appendix A1.1, tables A1 and A2.
C4: Raffel et al. 2020, Exploring the Limits of Transfer Learning (JMLR 21/140), section 2.2.
ours: no published value; what it is made of stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf

from ragkit.data.quality.view import TextView
from ragkit.errors import ConfigError

_SPEC = re.compile(r"(\w+)=([\d.eE+-]*):([\d.eE+-]*)")
PERPLEXITY = "perplexity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A measure of a text that must lie from `low` to `high`, and where these come from."""

    name: str
    measure: Callable[[TextView], float]
    low: float = -inf
    high: float = inf
    origin: str

    def keeps(self, value: float) -> bool:
        """Whether a value is within the limits."""
        return self.low <= value <= self.high

    @property
    def shown(self) -> str:
        """The limits for people."""
        low = f"at least {self.low:g}" if self.low > -inf else ""
        high = f"at most {self.high:g}" if self.high < inf else ""
        return ", ".join(filter(None, (low, high))) or "no limit"


_REPETITION = (
    Limit(name="duplicate_lines", measure=TextView.duplicate_lines, high=0.30, origin="Gopher"),
    Limit(
        name="duplicate_line_characters",
        measure=TextView.duplicate_line_characters,
        high=0.20,
        origin="Gopher",
    ),
    Limit(name="duplicate_paragraphs", measure=TextView.duplicate_paragraphs, high=0.30, origin="Gopher"),
    Limit(
        name="duplicate_paragraph_characters",
        measure=TextView.duplicate_paragraph_characters,
        high=0.20,
        origin="Gopher",
    ),
    *(
        Limit(name=f"top_{n}_words", measure=partial(TextView.top_run, words=n), high=high, origin="Gopher")
        for n, high in ((2, 0.20), (3, 0.18), (4, 0.16))
    ),
    *(
        Limit(
            name=f"duplicate_{n}_words",
            measure=partial(TextView.duplicate_runs, words=n),
            high=high,
            origin="Gopher",
        )
        for n, high in ((5, 0.15), (6, 0.14), (7, 0.13), (8, 0.12), (9, 0.11), (10, 0.10))
    ),
)
_LINES = (
    Limit(name="bullet_lines", measure=TextView.bullet_lines, high=0.90, origin="Gopher"),
    Limit(name="ellipsis_lines", measure=TextView.ellipsis_lines, high=0.30, origin="Gopher"),
)
_PAGES = (
    Limit(name="sentences", measure=TextView.sentences, low=3, origin="C4"),
    Limit(name="placeholders", measure=TextView.placeholders, high=0, origin="C4"),
    Limit(name="braces", measure=TextView.braces, origin="C4 drops every page with one; off here"),
    Limit(name="digits", measure=TextView.digits, high=0.30, origin="ours: tables of numbers"),
)
ENGLISH: Sequence[Limit] = (
    Limit(name="words", measure=TextView.word_count, low=50, high=100_000, origin="Gopher"),
    Limit(name="mean_word_length", measure=TextView.mean_word_length, low=3, high=10, origin="Gopher"),
    Limit(name="symbols", measure=TextView.symbols, high=0.10, origin="Gopher"),
    Limit(name="alphabetic", measure=TextView.alphabetic, low=0.80, origin="Gopher"),
    Limit(name="stopwords", measure=TextView.stopwords, low=2, origin="Gopher"),
    *_LINES,
    *_REPETITION,
    *_PAGES,
)
"""Of English, and of other languages with spaces but for `stopwords`."""
CHINESE: Sequence[Limit] = (
    Limit(
        name="words",
        measure=TextView.word_count,
        low=85,
        high=170_000,
        origin="ours: Gopher's, 1.7 characters to a word",
    ),
    Limit(
        name="symbols", measure=TextView.symbols, high=0.06, origin="ours: Gopher's, 1.7 characters to a word"
    ),
    Limit(
        name="alphabetic", measure=TextView.alphabetic, low=0.70, origin="ours: of characters, not of words"
    ),
    Limit(
        name="stopwords", measure=TextView.stopwords, low=2, origin="ours: as Gopher's, 的了是在和有不这与为"
    ),
    *_LINES,
    *(replace(one, origin="ours: Gopher's, two characters to a word") for one in _REPETITION),
    *_PAGES,
)
"""Of Chinese, whose words are counted by their characters; limits of words do not carry over as they are."""


def limits_for(view: TextView, changed: Mapping[str, Limit]) -> Sequence[Limit]:
    """The limits of a text's language, but for those that were `changed`."""
    if view.unspaced:
        limits = [one for one in CHINESE if view.language == "zh" or one.name != "stopwords"]
    else:
        limits = [one for one in ENGLISH if view.language == "en" or one.name != "stopwords"]
    return [changed.get(one.name, one) for one in limits]


def read_limits(given: Sequence[str], off: Sequence[str]) -> Mapping[str, Limit]:
    """Limits written NAME=LOW:HIGH, either of which may be left out; those that are `off` have none.

    Raises `ConfigError` that names the rules.
    """
    known = {limit.name: limit for limit in (*CHINESE, *ENGLISH)}
    changed: dict[str, Limit] = {}
    for name in off:
        _require_known(name, known)
        changed[name] = replace(known[name], low=-inf, high=inf, origin="off")
    for spec in given:
        found = _SPEC.fullmatch(spec)
        name = spec.partition("=")[0]
        _require_known(name, known)
        if not found:
            raise ConfigError(
                f"{spec!r} is no limit; write {name}=LOW:HIGH, such as {name}=2: or {name}=:0.2"
            )
        low, high = _number(found[2], -inf), _number(found[3], inf)
        if low > high:
            raise ConfigError(f"{spec!r} lets nothing through: {low:g} is above {high:g}")
        changed[name] = replace(known[name], low=low, high=high, origin="given")
    return changed


def _require_known(name: str, known: Mapping[str, Limit]) -> None:
    if name not in known:
        raise ConfigError(f"{name!r} is no rule; choose of {', '.join(known)}")


def _number(text: str, default: float) -> float:
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{text!r} is no number") from None
