"""Near-identical passages shown once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ragkit.postprocessors.wording import rough_key, said
from ragkit.types import Hit


class CollapseAlike:
    """Drops a passage that says the same as a better one, which keeps it among its `alike`.

    The same are the same letters, digits and signs in the same order: line breaks, hyphenation, punctuation,
    case, width, forms of Chinese characters and page numbers aside. Passages that differ in a word, a figure
    or a "not" all stay.
    """

    def process(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits that say something new, in order."""
        keys = [rough_key(hit.chunk.text) for hit in hits]
        often = Counter(keys)
        kept: dict[str, Hit] = {}
        for key, hit in zip(keys, hits, strict=True):
            text = said(hit.chunk.text) if often[key] > 1 else hit.chunk.id
            better = kept.get(text)
            kept[text] = replace(better, alike=(*better.alike, hit.chunk, *hit.alike)) if better else hit
        return list(kept.values())
