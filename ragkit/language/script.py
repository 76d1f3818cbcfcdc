"""Which script a text is written in, and which language that suggests."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import lru_cache

SAMPLE_LENGTH = 20_000
"""Only this many characters at the beginning of a text are looked at."""

_RANGES = (
    (0x0041, 0x005A, "latin"),
    (0x0061, 0x007A, "latin"),
    (0x00AA, 0x00AA, "latin"),
    (0x00BA, 0x00BA, "latin"),
    (0x00C0, 0x00D6, "latin"),
    (0x00D8, 0x00F6, "latin"),
    (0x00F8, 0x02AF, "latin"),
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0531, 0x058F, "armenian"),
    (0x0591, 0x05F4, "hebrew"),
    (0x0620, 0x06FF, "arabic"),
    (0x0750, 0x077F, "arabic"),
    (0x0900, 0x097F, "devanagari"),
    (0x0980, 0x09FF, "bengali"),
    (0x0B80, 0x0BFF, "tamil"),
    (0x0C00, 0x0C7F, "telugu"),
    (0x0E01, 0x0E5B, "thai"),
    (0x10A0, 0x10FF, "georgian"),
    (0x1100, 0x11FF, "hangul"),
    (0x1E00, 0x1EFF, "latin"),
    (0x1F00, 0x1FFF, "greek"),
    (0x2E80, 0x2FDF, "han"),
    (0x3005, 0x3007, "han"),
    (0x3021, 0x3029, "han"),
    (0x3041, 0x3096, "kana"),
    (0x309D, 0x309F, "kana"),
    (0x30A1, 0x30FA, "kana"),
    (0x30FC, 0x30FF, "kana"),
    (0x3105, 0x312F, "han"),
    (0x3131, 0x318E, "hangul"),
    (0x31F0, 0x31FF, "kana"),
    (0x3400, 0x4DBF, "han"),
    (0x4E00, 0x9FFF, "han"),
    (0xA960, 0xA97F, "hangul"),
    (0xAC00, 0xD7FB, "hangul"),
    (0xF900, 0xFAFF, "han"),
    (0xFB1D, 0xFB4F, "hebrew"),
    (0xFB50, 0xFDFF, "arabic"),
    (0xFE70, 0xFEFC, "arabic"),
    (0xFF21, 0xFF3A, "latin"),
    (0xFF41, 0xFF5A, "latin"),
    (0xFF66, 0xFF9F, "kana"),
    (0xFFA0, 0xFFDC, "hangul"),
    (0x1B000, 0x1B16F, "kana"),
    (0x20000, 0x3FFFD, "han"),
)
_STARTS = [first for first, _, _ in _RANGES]
_CJK = frozenset({"han", "kana", "hangul"})

_LANGUAGE_OF_SCRIPT = {
    "han": "zh", "hangul": "ko", "cyrillic": "ru", "arabic": "ar", "greek": "el", "hebrew": "he",
    "thai": "th", "devanagari": "hi", "bengali": "bn", "tamil": "ta", "telugu": "te",
    "armenian": "hy", "georgian": "ka",
}  # fmt: skip

# The commonest function words of each language; those that several share decide nothing and are harmless.
_STOPWORDS = {
    "en": "the of and to in is that it was for on are as with his they at be this from have or by not but",
    "de": "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden",
    "fr": "le la les de des et un une du en est que qui dans pour pas au sur par plus avec ne se ce sont il",
    "es": "el la los las de que y en un una por con para no se del al es como más pero su sus fue son lo",
    "it": "il lo la gli le di che e un una in per con non si del della dei alla da è sono come anche nel più",
    "pt": "o os as de que e um uma em do da dos das para com não por se no na ao mais como foi são é seu sua",
    "nl": "de het een en van in is dat op te zijn met voor niet aan er om ook als bij door maar uit naar",
    "sv": "och att det som en på är av för med den till inte har de ett om var från eller kan hade men vid",
    "da": "og at det som en på er af for med den til ikke har de et om var fra eller kan havde men ved blev",
    "pl": "i w na z się nie do to że jest o jak po przez ale od za co dla są oraz tym był czy być jego",
    "cs": "a se v na je že s z do to i o jako k pro by si po ve od není jsou byl které za nebo také",
    "tr": "ve bir bu da de için ile olarak çok daha gibi olan ne kadar sonra en var ama mi her o ya değil",
    "vi": "và của là có trong được cho các một không những với người đã này khi để từ về như ra đến",
    "id": "yang dan di dengan untuk pada dari ini itu dalam tidak adalah ke oleh akan sebagai juga atau",
}
LANGUAGES = frozenset({*_LANGUAGE_OF_SCRIPT.values(), *_STOPWORDS, "ja", "uk", "fa"})
"""What `detect_language` can say of a text."""
_STOPWORD_SETS = {language: frozenset(words.split()) for language, words in _STOPWORDS.items()}
_LATIN_WORD = re.compile(r"[a-z\u00df-\u024f\u1e00-\u1eff]+")


@lru_cache(maxsize=1 << 16)
def script_of(char: str) -> str:
    """The script of one character ("latin", "han", "kana", ...), or "" if it is no letter we know."""
    code = ord(char)
    index = bisect_right(_STARTS, code) - 1
    return _RANGES[index][2] if index >= 0 and code <= _RANGES[index][1] else ""


def is_cjk(char: str) -> bool:
    """Whether `char` is a Chinese, Japanese or Korean letter, written without spaces between words."""
    return script_of(char) in _CJK


def detect_language(text: str) -> str:
    """The probable language of `text` as an ISO 639-1 code, or "" if it holds no letters.

    The script decides; among languages in Latin script the share of function words does, "en" by default.
    Deterministic, and good enough to choose a model or a stopword list, not to label a corpus.
    """
    sample = text[:SAMPLE_LENGTH]
    counts = _script_counts(sample)
    script = _dominant(counts)
    if script in {"han", "kana"}:
        return "ja" if 20 * counts["kana"] >= counts["han"] + counts["kana"] else "zh"
    if script == "latin":
        return _latin_language(sample)
    if script == "cyrillic" and any(char in sample for char in "іїєґІЇЄҐ"):
        return "uk"
    if script == "arabic" and any(char in sample for char in "پچژگ"):
        return "fa"
    return _LANGUAGE_OF_SCRIPT.get(script, "")


def _script_counts(sample: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for char, count in Counter(sample).items():
        script = script_of(char)
        if script:
            counts[script] += count
    return counts


def _dominant(counts: Counter[str]) -> str:
    """The script of most letters; a Chinese, Japanese or Korean one counts double, as it says more."""
    weights = {script: count * (2 if script in _CJK else 1) for script, count in counts.items()}
    if "kana" in weights and "han" in weights:
        weights["han"] += weights.pop("kana")
    return max(weights, key=lambda script: (weights[script], script), default="")


def _latin_language(sample: str) -> str:
    words = Counter(_LATIN_WORD.findall(sample.lower()))
    shares = {
        language: sum(words[word] for word in words.keys() & stopwords)
        for language, stopwords in _STOPWORD_SETS.items()
    }
    return max(shares, key=lambda language: (shares[language], language == "en", language))
