"""Characters that nobody sees or that turn the direction of writing, and text that hides behind them."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0e\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
_TURNED = re.compile("\u202e([^\u202a-\u202e\u2066-\u2069\n]*)[\u202c\u2069]?")
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_FLAG = "\U0001f3f4"  # is followed by tags where it is a region's
_DIRECTED = re.compile("[\u202a\u202b\u202d\u202e\u2066\u2067]")
_NEEDS_UNSEEN = re.compile("[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u18af\ufb1d-\ufefc]")
_BETWEEN_LETTERS = re.compile("(?<=[^\\W\\d_])[\u200b-\u200d\u2060-\u2064](?=[^\\W\\d_])")
_SPLIT = 3
_DIGITS_AS_LETTERS = str.maketrans("013457", "oieast")
_MIXED = re.compile(r"\b(?=[a-z0-9]*[a-z]{2})(?=[a-z0-9]*\d)[a-z0-9]{5,}\b")
_SPACED = re.compile(r"(?<!\S)(?:[^\W\d_] ){3,}[^\W\d_](?!\S)")
_CJK = "[\u3400-\u9fff]"
_CJK_SPACES = re.compile(rf"(?<={_CJK}) +(?={_CJK})")
# Letters that look Latin, and characters of traditional Chinese with the simplified ones.
_ALIKE = str.maketrans(
    "аеорсухіјѕԁһԛԝАВЕКМНОРСТУХІЈЅαοινρτυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ無視記請個這說話輸問題務須應該為與對會將寫顯複覆圖鏈規則語訴導內開從現時們後來發東"
    "統戶隱編號過關於誤遵確實變還讓給點擊訊畧報聲總結薦閱讀頁該檔須網",
    "aeopcyxijsdhqwABEKMHOPCTYXIJSaoivptuABEZHIKMNOPTYX无视记请个这说话输问题务须应该为与对会将写显复复图链规则语诉导内开从现时们后来发东"
    "统户隐编号过关于误遵确实变还让给点击讯略报声总结荐阅读页该档须网",
)


def concealment(text: str) -> float:
    """How much characters that nobody sees make a text suspicious: 1 where they spell something.

    Those that turn the direction of writing are half of that: what is an order is told by its words, read in
    both directions. Scripts that are written from the right, or join their letters by such characters, use
    them honestly.
    """
    if _NEEDS_UNSEEN.search(text):
        return 0.0
    if _FLAG not in text and _TAGS.search(text):
        return 1.0
    directed = 0.5 if _DIRECTED.search(text) else 0.0
    return directed + (0.6 if len(_BETWEEN_LETTERS.findall(text)) >= _SPLIT else 0.0)


def without_unseen(text: str) -> str:
    """The text without control characters (but line breaks and tabs) and characters that nobody sees."""
    return "".join(c for c in _UNSEEN.sub("", text) if c in "\n\t" or unicodedata.category(c) != "Cc")


def unmasked(text: str) -> str:
    """The text as it is meant to be understood: turned and hidden parts read, look-alikes in plain letters.

    For recognising things, never for showing them: it is in lower case, on one line, and in simplified
    characters. A text with a turned part is read twice, as it is seen and, on a second line, as it stands.
    """
    seen = _TURNED.sub(lambda turned: f" {turned[1][::-1]} ", text)
    if seen == text:
        return _in_plain_letters(text)
    return f"{_in_plain_letters(seen)}\n{_in_plain_letters(text)}"


def _in_plain_letters(text: str) -> str:
    if _FLAG not in text:
        text = _TAGS.sub(lambda tags: "".join(chr(ord(c) - 0xE0000) for c in tags.group()) + " ", text)
    text = unicodedata.normalize("NFKC", without_unseen(text)).translate(_ALIKE)
    text = " ".join(_CJK_SPACES.sub("", text).split()).casefold()
    text = _SPACED.sub(lambda spaced: spaced.group().replace(" ", ""), text)
    return _MIXED.sub(lambda mixed: mixed.group().translate(_DIGITS_AS_LETTERS), text)
