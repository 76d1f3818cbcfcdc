"""How close an answer is to an accepted one: exact match, F1, ROUGE, BLEU, chrF; values from 0 to 1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ragkit.errors import MissingDependency
from ragkit.language import is_cjk

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) | (?=[\u3000-\u9fff\uff00-\uffef])")
_ARTICLES = frozenset({"a", "an", "the"})


def has_answer(text: str, accepted: str) -> float:
    """1 where `text` holds the accepted answer, whole words of it, whatever the case and line breaks.

    White space does not count between Chinese characters.
    """
    text, accepted = (_GAP.sub("", " ".join(part.lower().split())) for part in (text, accepted))
    first, last = (r"(?<![a-z0-9])" if accepted[:1].isascii() else ""), ""
    if accepted[-1:].isascii():
        last = r"(?![a-z0-9])"
    return float(bool(accepted) and re.search(first + re.escape(accepted) + last, text) is not None)


def words(text: str) -> list[str]:
    """Words in lower case without punctuation; each Chinese, Japanese or Korean character is one."""
    spaced = "".join(
        f" {char} " if is_cjk(char) else char if char.isalnum() else " " for char in text.lower()
    )
    return spaced.split()


def exact_match(text: str, accepted: str) -> float:
    """1 where both have the same words, articles left out (Rajpurkar et al., SQuAD, 2016)."""
    return float(_content(text) == _content(accepted))


def f1(text: str, accepted: str) -> float:
    """The harmonic mean of precision and recall of words, articles left out (SQuAD; of characters: CMRC)."""
    said, wanted = _content(text), _content(accepted)
    both = sum((Counter(said) & Counter(wanted)).values())
    return 2 * both / (len(said) + len(wanted)) if both else float(said == wanted)


def _content(text: str) -> list[str]:
    return [word for word in words(text) if word not in _ARTICLES]


def _rouge(kind: str) -> Callable[[str, str], float]:
    def score(text: str, accepted: str) -> float:
        return float(_rouge_scorer(kind).score(accepted, text)[kind].fmeasure)

    score.__doc__ = f"The F-measure of {kind} (Lin, 2004), by rouge-score; Chinese by characters."
    return score


def bleu(text: str, accepted: str) -> float:
    """BLEU of one sentence (Papineni et al., 2002) by sacrebleu, with exponential smoothing."""
    if not text.strip():
        return 0.0
    return float(_bleu(any(map(is_cjk, accepted))).sentence_score(text, [accepted]).score) / 100


def chrf(text: str, accepted: str) -> float:
    """chrF2 of one sentence (Popović, 2015) by sacrebleu."""
    return float(_chrf().sentence_score(text, [accepted]).score) / 100


@cache
def _rouge_scorer(kind: str) -> RougeScorer:
    _need("rouge_score", "rouge-score")
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer([kind], tokenizer=_Words())


class _Words:
    """What rouge-score asks for tokens, so that Chinese has some."""

    def tokenize(self, text: str) -> list[str]:
        return words(text)


@cache
def _bleu(chinese: bool) -> BLEU:
    _need("sacrebleu", "sacrebleu")
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(effective_order=True, tokenize="zh" if chinese else "13a")


@cache
def _chrf() -> CHRF:
    _need("sacrebleu", "sacrebleu")
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()


def _need(module: str, package: str) -> None:
    if find_spec(module) is None:
        raise MissingDependency(f"This measure needs {package}. Install with: pip install 'ragkit[eval]'")


ANSWER_MEASURES: Mapping[str, Callable[[str, str], float]] = {
    "HasAnswer": has_answer,
    "EM": exact_match,
    "F1": f1,
    "ROUGE-1": _rouge("rouge1"),
    "ROUGE-2": _rouge("rouge2"),
    "ROUGE-L": _rouge("rougeL"),
    "BLEU": bleu,
    "chrF": chrf,
}
"""Each compares an answer with one accepted answer; of several the best counts."""
