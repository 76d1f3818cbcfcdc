"""What the rules of quality measure in a text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from ragkit.language import detect_language, sentence_spans
from ragkit.language.chinese import simplified
from ragkit.language.tokens import PIECE

_BULLETS = tuple("•‣▪◦●○■□·∙*-–—>")
_ELLIPSIS = ("...", "…")
_SYMBOLS = re.compile(r"#|\.\.\.|…")
_LETTERS_OR_DIGITS = re.compile(r"[^\W_]")
# Rae et al. 2021, A1.1; the Chinese ones are ours: the commonest function words.
_STOPWORDS_EN = frozenset(("the", "be", "to", "of", "and", "that", "have", "with"))
_STOPWORDS_ZH = frozenset("的了是在和有不这与为")
_PLACEHOLDER = re.compile(r"lorem ipsum", re.I)
_PER_WORD = 2  # characters of Chinese that count as a word where runs of words are compared


class TextView:
    """A text as the rules see it; everything is computed once, when first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def language(self) -> str:
        """ISO 639-1, or "" without letters."""
        return detect_language(self.text)

    @cached_property
    def unspaced(self) -> bool:
        """Whether it is written without spaces between words, as Chinese and Japanese are."""
        return self.language in {"zh", "ja"}

    @cached_property
    def words(self) -> Sequence[str]:
        """Words between spaces; of Chinese its characters, and words in other letters."""
        return PIECE.findall(self.text) if self.unspaced else self.text.split()

    @cached_property
    def lines(self) -> Sequence[str]:
        """Lines that are not blank."""
        return [line.strip() for line in self.text.split("\n") if line.strip()]

    @cached_property
    def paragraphs(self) -> Sequence[str]:
        """Paragraphs that are not blank."""
        return [part.strip() for part in re.split(r"\n\s*\n", self.text) if part.strip()]

    @cached_property
    def _length(self) -> int:
        return max(1, sum(map(len, self.words)))

    @cached_property
    def _visible(self) -> str:
        return "".join(self.text.split())

    def word_count(self) -> float:
        """Words, or characters of Chinese."""
        return len(self.words)

    def mean_word_length(self) -> float:
        """Characters of a word."""
        return self._length / max(1, len(self.words))

    def symbols(self) -> float:
        """Hash signs and ellipses for each word."""
        return len(_SYMBOLS.findall(self.text)) / max(1, len(self.words))

    def bullet_lines(self) -> float:
        """Share of lines that begin with a bullet."""
        return _share(sum(line.startswith(_BULLETS) for line in self.lines), len(self.lines))

    def ellipsis_lines(self) -> float:
        """Share of lines that end with an ellipsis."""
        return _share(sum(line.endswith(_ELLIPSIS) for line in self.lines), len(self.lines))

    def alphabetic(self) -> float:
        """Share of words with a letter; of Chinese, share of letters in all that is seen."""
        if self.unspaced:
            return _share(sum(map(str.isalpha, self._visible)), len(self._visible))
        return _share(sum(any(map(str.isalpha, word)) for word in self.words), len(self.words))

    def digits(self) -> float:
        """Share of digits in all that is seen."""
        return _share(sum(map(str.isdigit, self._visible)), len(self._visible))

    def stopwords(self) -> float:
        """How many different function words of its language stand in it."""
        if self.language == "zh":
            return len(_STOPWORDS_ZH & set(simplified(self.text)))
        return len(_STOPWORDS_EN & {word.strip(".,;:!?\"'()").lower() for word in self.words})

    def sentences(self) -> float:
        """Sentences with a letter or digit."""
        return sum(
            bool(_LETTERS_OR_DIGITS.search(self.text, start, end)) for start, end in sentence_spans(self.text)
        )

    def duplicate_lines(self) -> float:
        """Share of lines that stood there before."""
        return _repeated(self.lines)

    def duplicate_line_characters(self) -> float:
        """The same, by their characters."""
        return _repeated_characters(self.lines)

    def duplicate_paragraphs(self) -> float:
        """Share of paragraphs that stood there before."""
        return _repeated(self.paragraphs)

    def duplicate_paragraph_characters(self) -> float:
        """The same, by their characters."""
        return _repeated_characters(self.paragraphs)

    def top_run(self, words: int) -> float:
        """Share of characters in the commonest run of so many words, if it stands there twice."""
        count = Counter(self._runs(words))
        run, times = max(count.items(), key=lambda item: (item[1], item[0]), default=((), 0))
        return times * sum(map(len, run)) / self._length if times > 1 else 0.0

    def duplicate_runs(self, words: int) -> float:
        """Share of characters in runs of so many words that stood there before, none counted twice."""
        seen: set[tuple[str, ...]] = set()
        characters = free = 0
        runs = self._runs(words)
        width = words * (_PER_WORD if self.unspaced else 1)
        for place, run in enumerate(runs):
            if place < free:
                continue
            if run in seen:
                characters += sum(map(len, run))
                free = place + width
            else:
                seen.add(run)
        return characters / self._length

    def _runs(self, words: int) -> list[tuple[str, ...]]:
        width = words * (_PER_WORD if self.unspaced else 1)
        return list(zip(*(self.words[start:] for start in range(width)), strict=False))

    def placeholders(self) -> float:
        """How often "lorem ipsum" stands there."""
        return len(_PLACEHOLDER.findall(self.text))

    def braces(self) -> float:
        """How many curly brackets there are, as in code."""
        return self.text.count("{")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _repeated(parts: Sequence[str]) -> float:
    return _share(len(parts) - len(set(parts)), len(parts))


def _repeated_characters(parts: Sequence[str]) -> float:
    whole = sum(map(len, parts))
    return _share(whole - sum(map(len, set(parts))), whole)
