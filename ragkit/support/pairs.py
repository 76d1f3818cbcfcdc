"""A cross-encoder that remembers what it has read, so that no stage asks it the same twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from ragkit.models import PairScorer
from ragkit.models.shared import shared

_REMEMBERED = 4096  # pairs: those of some fifty questions


class PairReader:
    """Scores of (question, text), each read once while it is remembered; safe for several threads."""

    def __init__(self, scorer: PairScorer) -> None:
        self._scorer = scorer
        self._known: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = Lock()

    def reads(self, text: str) -> bool:
        """Whether the model reads the text's script."""
        return self._scorer.reads(text)

    def logits(self, query: str, texts: Sequence[str]) -> list[float]:
        """One logit for each text; about +9 for an answer, -11 for noise. Raises `ModelNotFound`."""
        known = {text: self._known.get((query, text)) for text in texts}
        unread = [text for text, logit in known.items() if logit is None]
        fresh = dict(zip(unread, self._scorer.scores(query, unread).tolist(), strict=True)) if unread else {}
        self._remember(query, fresh)
        return [fresh[text] if (logit := known[text]) is None else logit for text in texts]

    def _remember(self, query: str, logits: dict[str, float]) -> None:
        with self._lock:
            self._known.update({(query, text): logit for text, logit in logits.items()})
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


@shared(keep=4)
def shared_reader(model: str) -> PairReader:
    """One reader per model and process, for all the stages that use it."""
    return PairReader(PairScorer(model))
