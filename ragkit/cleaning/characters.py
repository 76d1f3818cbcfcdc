"""Characters that show a letter but are not that letter: ligatures, odd spaces, radicals, controls."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from ragkit.cleaning.edits import Edit, apply_edits
from ragkit.stages import StageConfig
from ragkit.types import Document

_BREAKS = "\v\f\x85\u2028\u2029"
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f"
_NOTHING = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff"
# Latin and Armenian ligatures, Arabic shapes, radicals that stand for whole characters,
# compatibility ideographs: all have a plain form that people type.
_SHAPES = "\ufb00-\ufb17\ufb50-\ufdfb\ufe70-\ufefc\u2e80-\u2fd5\uf900-\ufad9\U0002f800-\U0002fa1d"
_ODD = re.compile(rf"[{_BREAKS}{_SPACES}{_NOTHING}{_SHAPES}]|[^\W\d_][\u0300-\u036f]+")
# Radicals that Unicode does not decompose, as pdf fonts confuse them with their characters.
_RADICALS = str.maketrans(
    "⺁⺄⺇⺌⺗⺘⺜⺝⺟⺠⺡⺤⺩⺫⺬⺮⺳⺶⺷⺼⻁⻄⻅⻆⻉⻋⻌⻐⻑⻒⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
    "厂乙几小心手日月母民水爪玉目示竹网羊羊肉虎西见角贝车辶金長镸长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
)


class CharactersConfig(StageConfig):
    """Plain characters for their look-alikes."""

    type: Literal["characters"] = "characters"

    def build(self) -> CharactersCleaner:
        """The cleaner."""
        return CharactersCleaner()


class CharactersCleaner:
    """Expands ligatures, plains odd spaces and CJK radicals, composes accents, drops control characters."""

    def clean(self, document: Document) -> Document:
        """The same document in plain characters."""
        found = _ODD.finditer(document.text)
        return apply_edits(document, [Edit(m.start(), m.end(), plain(m.group())) for m in found])


def plain(odd: str) -> str:
    """What an odd character, or a letter with its accents, stands for."""
    if len(odd) > 1:
        return unicodedata.normalize("NFC", odd)
    if odd in _BREAKS:
        return "\n"
    if unicodedata.category(odd) in ("Cc", "Cf", "Cn", "Cs"):
        return ""
    return " " if odd.isspace() else unicodedata.normalize("NFKC", odd).translate(_RADICALS)
