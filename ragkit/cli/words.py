"""The fixed words of an answer, in the language of its question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ragkit.cli.options import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands around the words of the documents."""

    refused: str
    nearest: str
    none_fits: str
    uncited: str
    understood: str
    page: str
    labelled_page: str
    alike: str
    marks: Mapping[str, str]
    between: str

    def place(self, source: str, index: int, label: str) -> str:
        """The file and its page: its printed number, and its number in the file where that is another."""
        number = str(index + 1)
        other = bool(label) and label != number
        page = (self.labelled_page if other else self.page).format(label=label, number=number)
        return f"{shown(source)}{self.between}{page}"

    def mark(self, verdict: str) -> str:
        """What is said of a sentence behind it, "" if it is supported."""
        return self.marks.get(verdict, "")


_ENGLISH = Words(
    refused="The documents do not answer this.",
    nearest="The nearest passages:",
    none_fits="No passage fits.",
    uncited="read, and not cited:",
    understood="understood as: ",
    page="page {number}",
    labelled_page="page {label} ({number} of the file)",
    alike=" (+{count} alike)",
    marks={name: f" ({name})" for name in ("weak", "unsupported", "unchecked")},
    between=", ",
)
_CHINESE = Words(
    refused="文档没有回答这个问题。",
    nearest="最接近的段落：",
    none_fits="没有符合的段落。",
    uncited="读过而未引用：",
    understood="理解为：",
    page="第 {number} 页",
    labelled_page="第 {label} 页（文件的第 {number} 页）",
    alike="（另有 {count} 段相同）",
    marks={"weak": "（依据较弱）", "unsupported": "（没有依据）", "unchecked": "（未经核对）"},
    between="，",
)


def words_for(question: str) -> Words:
    """The words for a question: Chinese ones for a Chinese question, else English ones."""
    from ragkit.language import detect_language

    return _CHINESE if detect_language(question) == "zh" else _ENGLISH
