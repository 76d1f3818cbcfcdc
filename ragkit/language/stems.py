"""Stems and stopwords: by script where it decides, by language among those in Latin script."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import import_module, metadata, resources
from threading import Lock
from typing import Protocol

from ragkit.language.script import script_of
from ragkit.language.tokens import is_unspaced

_LOCK = Lock()  # the stemmers keep their state in attributes
_CACHED_WORDS = 1 << 16
_OF_SCRIPT = {
    "cyrillic": "russian",
    "greek": "greek",
    "arabic": "arabic",
    "armenian": "armenian",
    "devanagari": "hindi",
    "tamil": "tamil",
}
_OF_LANGUAGE = {
    "cs": "czech", "da": "danish", "de": "german", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "id": "indonesian", "it": "italian", "nl": "dutch", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_OTHER_SCRIPTS = ("ar", "el", "hi", "ru", "uk")  # whose words can be in no language of Latin script
# Letters beyond a to z that a language uses, the languages more often written first.
_ALPHABETS = {
    "de": "äöü", "fr": "àâæçéèêëîïôœùûÿ", "es": "áéíñóúü", "it": "àèéìíòóù", "pt": "àáâãçéêíóôõú",
    "nl": "éëïöü", "sv": "åäöé", "da": "åæøé", "no": "åæøé", "fi": "äöå", "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž", "hu": "áéíóöőúüű", "ro": "ăâîșşțţ", "tr": "çğıöşüâ",
}  # fmt: skip
_CLEARLY_ENGLISH = frozenset((
    "the", "what", "which", "who", "whom", "whose", "when", "where", "how", "why", "does", "did",
    "was", "were", "with", "from", "by", "and",
))  # fmt: skip
_ENGLISH_TEXT = ("the", "and", "with", "that", "from", "by")
_ENGLISH_SHARE = 0.05  # of these six among the words of a text; German or French prose has next to none
_LEAST_DIFFERENT = 4  # function words; French names in English bring de and la
_LEAST_SHARE = 0.1
_MOST_LANGUAGES = 3
_UNACCENTED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802  # Snowball's name


def stems(word: str, languages: Sequence[str] = ()) -> tuple[str, ...]:
    """What stands for a folded word: its common stem, then those of `languages` that differ from it.

    In Latin script the common stem is the English one of the word without accents, so that all texts and
    questions have one in common; the stems of a language keep accents. Another script has its own stemmer.
    """
    script = script_of(word[0])
    if script != "latin" and script in _OF_SCRIPT:
        return (_stem(word, _OF_SCRIPT[script]),)
    if script not in {"latin", ""}:
        return (word,)
    found = [_stem(unaccented(word), "english")]
    if not is_stopword(word, languages):
        found += [_stem(word, _OF_LANGUAGE.get(language, "")) for language in languages]
    return tuple(dict.fromkeys(found))


def unaccented(word: str) -> str:
    """The word with plain letters for those with accents."""
    if word.isascii():
        return word
    letters = unicodedata.normalize("NFD", word.translate(_UNACCENTED))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)) or word


def is_stopword(word: str, languages: Iterable[str] = ()) -> bool:
    """Whether a folded word only carries grammar in one of the languages, or in that of its script."""
    if not word.isascii() and word in _scripts_stopwords():
        return True
    return any(word in _stopwords()[language] for language in languages if language in _stopwords())


def text_languages(words: Sequence[str]) -> tuple[str, ...]:
    """The language of a text in Latin script, given its folded words; none for English and in doubt."""
    if sum(map(words.count, _ENGLISH_TEXT)) >= max(1.0, _ENGLISH_SHARE * len(words)) or _is_unspaced(words):
        return ()
    counts = _evidence(words)
    best = max(counts, key=lambda language: (counts[language], language))
    enough = len(_stopwords()[best].intersection(words)) >= _LEAST_DIFFERENT
    if enough and counts[best] >= max(_LEAST_SHARE * len(words), _english(words) + 1):
        return (best,)
    return ()


def query_languages(words: Sequence[str]) -> tuple[str, ...]:
    """The languages in Latin script that a question may be in beside English, given its folded words.

    Function words tell, else letters with accents; none where English is sure or nothing tells.
    """
    if not _CLEARLY_ENGLISH.isdisjoint(words) or _is_unspaced(words):
        return ()
    counts = _evidence(words)
    most = max(counts.values())
    if most > _english(words):
        return tuple(language for language, count in counts.items() if count == most)[:_MOST_LANGUAGES]
    letters = {
        letter for word in words if not word.isascii() for letter in word if script_of(letter) == "latin"
    }
    accents = {letter for letter in letters if not letter.isascii()}
    if not accents:
        return ()
    fitting = [language for language, alphabet in _ALPHABETS.items() if accents <= set(alphabet)]
    return tuple(fitting[:_MOST_LANGUAGES])


def stemmer_version() -> str:
    """The version of Snowball; another may give other stems."""
    return ".".join(metadata.version("PyStemmer").split(".")[:2])


def _is_unspaced(words: Iterable[str]) -> bool:
    """Whether most letters are Chinese, Japanese, Korean, Thai or the like."""
    return sum(len(word) * (1 if is_unspaced(word) else -1) for word in words if not word.isascii()) > 0


def _evidence(words: Iterable[str]) -> dict[str, int]:
    """How many of the words are function words of each language in Latin script; letters are none."""
    words = [word for word in words if len(word) > 1]
    return {
        language: sum(map(known.__contains__, words))
        for language, known in _stopwords().items()
        if language not in {"en", *_OTHER_SCRIPTS}
    }


def _english(words: Iterable[str]) -> int:
    return sum(map(english_stopwords().__contains__, words))


@lru_cache(maxsize=_CACHED_WORDS)
def _stem(word: str, algorithm: str) -> str:
    if not algorithm:
        return word
    with _LOCK:
        return str(_stemmer(algorithm).stemWord(word)) or word


@cache
def _stemmer(algorithm: str) -> _Stemmer:
    stemmer: _Stemmer = import_module("Stemmer").Stemmer(algorithm)
    return stemmer


@cache
def _stopwords() -> dict[str, frozenset[str]]:
    pairs = (line.split(":") for line in _lines("stopwords_other.txt"))
    return {language: frozenset(words.split()) for language, words in pairs} | {"en": english_stopwords()}


@cache
def _scripts_stopwords() -> frozenset[str]:
    return frozenset().union(*(_stopwords()[language] for language in _OTHER_SCRIPTS))


@cache
def english_stopwords() -> frozenset[str]:
    """Words that carry little or nothing in English."""
    return frozenset(_lines("stopwords_en.txt"))


def _lines(name: str) -> list[str]:
    lines = resources.files(__package__).joinpath(name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
