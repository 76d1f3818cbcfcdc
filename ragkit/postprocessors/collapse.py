"""Near-identical passages shown once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ragkit.postprocessors.wording import Wording, common_words, wording
from ragkit.types import Hit

_SHARE = 0.9
_ROUGH_SHARE = 0.75  # of words as they are written, punctuation and all


class CollapseAlike:
    """Drops a passage that says the same as a better one, which keeps it among its `alike`.

    Nine of ten words of each stand in the other, and every word with a digit in both: reports that differ
    in a year or a figure all stay.
    """

    def process(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits that say something new, in order."""
        common = common_words(hits)
        sizes = np.diag(common)
        rough = common >= _ROUGH_SHARE * np.maximum(sizes[:, None], sizes[None, :])
        said: dict[int, Wording] = {}
        kept: dict[int, Hit] = {}
        for place, hit in enumerate(hits):
            for better in np.flatnonzero(rough[place, :place]).tolist():
                if better in kept and _same(_wording(said, hits, place), _wording(said, hits, better)):
                    alike = (*kept[better].alike, hit.chunk, *hit.alike)
                    kept[better] = replace(kept[better], alike=alike)
                    break
            else:
                kept[place] = hit
        return list(kept.values())


def _wording(said: dict[int, Wording], hits: Sequence[Hit], place: int) -> Wording:
    if place not in said:
        said[place] = wording(hits[place].chunk.text)
    return said[place]


def _same(one: Wording, other: Wording) -> bool:
    return one.numbers == other.numbers and min(one.share_in(other), other.share_in(one)) >= _SHARE
