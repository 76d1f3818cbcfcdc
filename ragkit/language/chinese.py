"""Chinese: one form for traditional and simplified characters, and words from a dictionary by choice."""

from __future__ import annotations

from functools import cache
from importlib import resources
from threading import Lock
from typing import TYPE_CHECKING

from ragkit.errors import MissingDependency
from ragkit.language.script import script_of

if TYPE_CHECKING:
    from jieba import Tokenizer

_LOCK = Lock()  # the dictionary is loaded once


def simplified(text: str) -> str:
    """The text with one form of each Chinese character for all of its variants; its length stays."""
    return text.translate(_variants())


def is_han(run: str) -> bool:
    """Whether every letter of a run is Chinese, so that it is not Japanese, Korean or Thai."""
    return all(script_of(char) == "han" for char in run)


def placed_words(run: str) -> list[tuple[str, int, int]]:
    """The words of a run of simplified characters as (word, start, end), the parts of long ones before them.

    The words are those of jieba's dictionary. Raises `MissingDependency`.
    """
    return list(_tokenizer().tokenize(run, mode="search", HMM=False))


def log_chance(run: str) -> float:
    """ln of the chance of the likeliest words that a run of simplified characters can be cut into.

    The chances are the frequencies of jieba's dictionary, each word for itself; what it does not hold is a
    word of one character, as rare as can be. Raises `MissingDependency`.
    """
    tokenizer = _tokenizer()
    best: dict[int, tuple[float, int]] = {}
    tokenizer.calc(run, tokenizer.get_DAG(run), best)
    return best[0][0]


def dictionary_version() -> str:
    """The version of jieba; another may cut differently. Raises `MissingDependency`."""
    return str(_jieba_version())


@cache
def _variants() -> dict[int, int]:
    lines = resources.files(__package__).joinpath("variants_han.txt").read_text("utf-8").splitlines()
    pairs = " ".join(line for line in lines if not line.startswith("#")).split()
    same = {code: code for code in range(0x3400, 0xA000)}  # a missing key would cost `translate` an exception
    return same | {ord(variant): ord(common) for variant, common in map(tuple, pairs)}


@cache
def _jieba_version() -> str:
    try:
        import jieba
    except ImportError as error:
        raise MissingDependency(
            "Chinese words are cut by the package jieba. Install it with pip install 'ragkit[jieba]'. (An "
            "analyzer with chinese: ngrams needs no dictionary.)"
        ) from error
    return str(jieba.__version__)


def _tokenizer() -> Tokenizer:
    with _LOCK:
        return _loaded()


@cache
def _loaded() -> Tokenizer:
    """A tokenizer with its dictionary read here: jieba's own way leaves a cache among temporary files."""
    _jieba_version()
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer
