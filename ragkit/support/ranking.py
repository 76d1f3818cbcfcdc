"""Ranks sentences by how well they answer a question: a linear mix of a few features, fitted on questions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from math import exp, log1p
from typing import Literal

from ragkit.models.scripts import main_script
from ragkit.support.pairs import PairReader, shared_reader
from ragkit.support.sentences import Statement, is_title, statements
from ragkit.support.terms import TermReader, Terms, share
from ragkit.support.wanted import offers, wanted
from ragkit.types import Citation, Hit

Method = Literal["pairs", "terms"]

FEATURES: dict[Method, tuple[str, ...]] = {
    "pairs": ("logit", "near", "hit", "sentence", "context", "next", "offers", "length", "title"),
    "terms": ("hit", "sentence", "context", "next", "offers", "length", "title"),
}
_WEIGHTS = "ranking.toml"
_LOGIT_UNIT = 10.0  # brings logits to the size of the other features
_NEAR = 2.0  # so much below the best, a logit is e times less near
_OTHER_SCRIPT = 2.0  # taken from the value of a sentence that is not in the question's script
_FIELD = re.compile(r"\b[A-Z][\w/&]*(?: [\w/&()]+){0,3}:\s")
_FORM_FIELDS = 3
_FORM = 3.0  # taken from a row of form fields ("Location: Soledad, CA Registration: N6024M")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence: how well it answers by itself (0 to 1), its features, and its worth beside the others.

    e to the power of `value` is proportional to the chance that the sentence answers.
    """

    statement: Statement
    support: float
    value: float
    features: Mapping[str, float]

    @property
    def citation(self) -> Citation:
        """Where it stands."""
        return self.statement.citation


@dataclass(frozen=True, slots=True)
class Evidence:
    """What passages say on a question: their sentences, the best first, and the weights of its terms.

    `passages` are the terms of each passage, `method` how its sentences were read.
    """

    query: str
    method: Method
    ranked: tuple[Candidate, ...]
    weights: Mapping[str, float]
    passages: tuple[Terms, ...]


class SentenceRanker:
    """Reads sentences with a cross-encoder, and by shared terms where it does not know the script.

    `model` is its name. All rankers of one name share what it has read.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        self._terms = TermReader()

    @cached_property
    def _pairs(self) -> PairReader:
        return shared_reader(self._model)

    def reads(self, query: str) -> bool:
        """Whether the model reads the question's script. Raises `ModelNotFound`."""
        return self._pairs.reads(query)

    def evidence(self, query: str, hits: Sequence[Hit]) -> Evidence:
        """The sentences of the hits, ranked. Raises `ModelNotFound`."""
        method: Method = "pairs" if self.reads(query) else "terms"
        found = statements(hits, self._terms)
        if method == "pairs":
            found = [statement for statement in found if self._pairs.reads(statement.text)]
        weights = self._terms.weights(query, [statement.terms for statement in found])
        passages = tuple(self._terms.terms(hit.chunk.search_text) for hit in hits)
        candidates = self._candidates(query, found, hits, weights=weights, method=method)
        ranked = tuple(sorted(candidates, key=lambda candidate: -candidate.value))
        return Evidence(query, method, ranked, weights, passages)

    def _candidates(
        self,
        query: str,
        found: Sequence[Statement],
        hits: Sequence[Hit],
        *,
        weights: Mapping[str, float],
        method: Method,
    ) -> list[Candidate]:
        rows = [_features(query, statement, hits, weights) for statement in found]
        supports = [row["sentence"] for row in rows]
        if method == "pairs":
            logits = self._pairs.logits(query, [statement.text for statement in found])
            supports = [1.0 / (1.0 + exp(-logit)) for logit in logits]
            rows = [{**row, **read} for row, read in zip(rows, _read(logits), strict=True)]
        script = main_script(query)
        return [
            Candidate(statement, support, _value(row, method) - _penalty(statement.text, script), row)
            for statement, support, row in zip(found, supports, rows, strict=True)
        ]


def _features(
    query: str, statement: Statement, hits: Sequence[Hit], weights: Mapping[str, float]
) -> dict[str, float]:
    """What the value is made of, each about 0 to 1.

    `hit`: the place of the passage between the worst and the best score; `sentence`, `context`, `next`: share
    of the question's terms in the sentence, with title and sentence before, with the one behind; `offers`:
    -1, 0 or 1, whether it holds the kind of answer that is wanted; `title`: it reads like a title.
    """
    best, worst = max(hit.score for hit in hits), min(hit.score for hit in hits)
    kind = wanted(query)
    around = statement.terms | statement.title | statement.before
    return {
        "hit": (hits[statement.position].score - worst) / (best - worst) if best > worst else 1.0,
        "sentence": share(weights, statement.terms),
        "context": share(weights, around),
        "next": share(weights, statement.terms | statement.after),
        "offers": (1.0 if offers(kind, query, statement.text) else -1.0) if kind else 0.0,
        "length": log1p(len(statement.text)) / 5.0,
        "title": float(is_title(statement.text)),
    }


def _read(logits: Sequence[float]) -> list[dict[str, float]]:
    """What the cross-encoder adds: `logit` (a tenth of it), and how `near` the best one it is, up to 1."""
    best = max(logits, default=0.0)
    return [{"logit": logit / _LOGIT_UNIT, "near": exp((logit - best) / _NEAR)} for logit in logits]


def _value(row: Mapping[str, float], method: Method) -> float:
    return sum(weight * row[name] for name, weight in weights_of(method).items())


def _penalty(text: str, script: str) -> float:
    other = _OTHER_SCRIPT if script and main_script(text) not in {script, ""} else 0.0
    return other + (_FORM if is_form(text) else 0.0)


def is_form(text: str) -> bool:
    """Whether a text is a row of form fields, such as "Location: Soledad, CA Registration: N6024M"."""
    return len(_FIELD.findall(text)) >= _FORM_FIELDS


@cache
def weights_of(method: Method) -> dict[str, float]:
    """The weights that ship with ragkit."""
    text = resources.files(__package__).joinpath(_WEIGHTS).read_text(encoding="utf-8")
    return {name: float(weight) for name, weight in tomllib.loads(text)[method].items()}
