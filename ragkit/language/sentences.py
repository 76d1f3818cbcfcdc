"""Sentences as exact spans, for English and Chinese alike, in prose and in lists, tables and headings."""

from __future__ import annotations

import re

from ragkit.language.graphemes import is_boundary
from ragkit.language.script import is_cjk

_NEWLINE = r"(?:\r\n?|[\n\v\f\x85\u2028\u2029])"
_CLOSERS = r"[\"'”’»›）」』】》〉〕］｝)\]}*_]*+"
_EVENT = re.compile(
    rf"(?P<line>{_NEWLINE}\s*+)"
    rf"|(?P<full>(?:[。！？；｡।॥؟۔።]|(?<!\d)．|．(?!\d))[。！？!?｡．।॥؟۔።]*+{_CLOSERS})"
    rf"|(?P<stop>[.!?…]++{_CLOSERS}(?:\[\d{{1,3}}\]){{0,9}}+)"
)
_SPACE = re.compile(r"\s*+")
_LAST_WORD = re.compile(
    r"[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uff0f\uff1a-\uff20]*\Z"
)  # no Chinese before it
_NEWLINE_FOUND = re.compile(_NEWLINE)
_NUMERAL = "[一二三四五六七八九十百零〇0-9]"

_STRUCTURE = re.compile(  # the beginning of a line that begins something new
    r"\#{1,6}[ \t]|\||```|~~~|[-*+•◦▪‣·–●○■□][ \t]+\S"
    r"|(?:\d{1,3}[.)]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})\))[ \t]+\S"
    rf"|第{_NUMERAL}{{1,6}}[章节節条條编編篇部款]|[（(]{_NUMERAL}{{1,3}}[）)]|{_NUMERAL}{{1,3}}、"
)
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
_HEADING_LINE = re.compile(
    r"\#{1,6}[ \t]|\||```|~~~|=+$|-{3,}$"
    rf"|第{_NUMERAL}{{1,6}}[章节節编編篇部][^。；，]{{0,30}}$"
    r"|(?:\d{1,2}\.)*\d{1,2}\.?[ \t]+[A-Z\u4e00-\u9fff][^.;,]{0,60}$"
)
_ENUMERATOR = re.compile(r"[ \t]*(?:\d+(?:\.\d+)*|[a-zA-Z]|[ivxIVX]{1,5})\.$")
_OPENERS = "\"'“‘«‹([{（「『【《〈*_"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Never the end of a sentence.
_TITLES = _words("""
    mr mrs ms mx dr prof rev fr hon pres gov sen rep gen col maj capt cpt lt cmdr adm sgt st ste mt ft messrs
    mme mlle e.g i.e cf viz vs al approx ca resp incl excl esp ed eds trans ibid op cit dept univ assn
    z.b d.h bzw usw bspw sra dra m.e
""")
# Not the end of a sentence when a number follows.
_BEFORE_NUMBERS = _words("""
    no nos nr fig figs tab eq eqs sec secs ch chap vol vols p pp par para art arts app ref refs ver v n
    jan feb mar apr jun jul aug sep sept oct nov dec c cl reg ex lot
""")
# The end of a sentence only when a common first word of sentences follows.
_OFTEN_INSIDE = _words("""
    inc ltd co corp llc plc jr sr esq bros etc am pm ph.d b.sc m.sc ave blvd rd est
    mon tue tues wed thu thur thurs fri
""")
_FIRST_WORDS = _words("""
    the a an this that these those there it he she they we i you his her its their our my your in on at for
    from by with as after before when while if although though because since during under but and or so
    however moreover furthermore therefore thus then also both each all some many most no not what who where
    why how is are was were do does did can will one two another such other according despite
""")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of `text`: without gaps, from 0 to `len(text)`; none for "".

    White space behind a sentence belongs to it. Headings, list items, table rows and paragraphs end
    a sentence too. Any text is accepted, in time proportional to its length.
    """
    spans: list[tuple[int, int]] = []
    start = line_start = 0
    for event in _EVENT.finditer(text):
        if _ends(text, event, line_start):
            end = _SPACE.match(text, event.end()).end()  # type: ignore[union-attr]  # matches anything
            if start < end < len(text) and is_boundary(text, end) and not text[start:end].isspace():
                spans.append((start, end))
                start = end
        if event.lastgroup == "line":
            line_start = event.end()
    if start < len(text):
        spans.append((start, len(text)))
    return spans


def _ends(text: str, event: re.Match[str], line_start: int) -> bool:
    if event.lastgroup == "full":
        return True
    if event.lastgroup == "line":
        return _line_ends(text, event, line_start)
    return _stop_ends(text, event, line_start)


def _line_ends(text: str, event: re.Match[str], line_start: int) -> bool:
    """Whether a line break ends a sentence: at blank lines, and around headings, items and rows."""
    if len(_NEWLINE_FOUND.findall(event.group())) > 1:
        return True
    line = text[line_start : min(event.start(), line_start + 200)].strip()
    following = text[event.end() : event.end() + 80]
    if _UNDERLINE.match(_first_line(following)):
        return line.startswith("|")
    if _STRUCTURE.match(following) or "\t" in line:
        return True
    return bool(_HEADING_LINE.match(line)) and not following[:1].islower()


def _stop_ends(text: str, event: re.Match[str], line_start: int) -> bool:
    """Whether a full stop, question mark, exclamation mark or ellipsis ends a sentence."""
    start, end = event.span()
    after = text[end : end + 1]
    before = text[start - 1 : start]
    if not after:
        return True
    if not after.isspace():
        return _ends_unspaced(before, event.group(), after)
    following = text[end : end + 40].lstrip()
    bare = following.lstrip(_OPENERS)
    if event.group() == ".":
        return _full_stop_ends(text, start, line_start, bare)
    return not bare[:1].islower() or event.group().strip("?") == ""


def _ends_unspaced(before: str, mark: str, after: str) -> bool:
    if "…" in mark or ".." in mark:
        return False
    return is_cjk(after) and (mark[0] in "!?" or (before != "" and is_cjk(before)))


def _full_stop_ends(text: str, stop: int, line_start: int, following: str) -> bool:
    """Whether the single full stop at `stop`, with white space behind it, ends a sentence."""
    if following[:1].islower() or _is_enumerator(text, stop, line_start):
        return False
    word = _LAST_WORD.search(text, max(0, stop - 24), stop)[0].lstrip(_OPENERS + "-–—/")  # type: ignore[index]  # matches anything
    return not _abbreviates(word, following)


def _is_enumerator(text: str, stop: int, line_start: int) -> bool:
    """Whether the line up to the full stop is only its number: "1.", "2.3.", "a."."""
    return stop - line_start < 20 and bool(_ENUMERATOR.match(text[line_start : stop + 1]))


def _abbreviates(word: str, following: str) -> bool:
    """Whether the full stop behind `word` belongs to it, with the sentence going on to `following`."""
    lower = word.lower()
    if lower in _BEFORE_NUMBERS and following[:1].isdigit():
        return True
    if len(word) == 1 and word.isupper() and word != "I":
        return following[:1].isupper()
    if lower in _OFTEN_INSIDE or _ACRONYM.match(word):
        return following[:1].isalnum() and _first_word(following) not in _FIRST_WORDS
    return lower in _TITLES


def _first_word(text: str) -> str:
    match = re.match(r"[^\W\d_]+", text)
    return match.group().lower() if match else ""


def _first_line(text: str) -> str:
    return _NEWLINE_FOUND.split(text, maxsplit=1)[0]
