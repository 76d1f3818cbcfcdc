"""The sentences of a document, and what they say where another sentence, or the heading, has the subject."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragkit.evaluation.proposing.shapes import HAN
from ragkit.language import sentence_spans
from ragkit.language.chinese import simplified
from ragkit.types import Chunk

_BULLET = re.compile(r"^(?:[•–*·●-]|\d{1,2}[.)])\s*(?:[\w.+-]+ - )?")
_BETWEEN_HAN = re.compile(r"(?<=[一-鿿，。]) +(?=[一-鿿])")
_SHORTEST, _SHORTEST_HAN, _LONGEST = 24, 8, 420  # characters of a sentence
_PRONOUN = re.compile(r"(?:它们|牠们|他们|她们|它|牠|他|她|其)(?=的|[是有于在位原分主又也亦的属由全面体尾])")
_BARE = re.compile(r"(?:全长|面积|海拔|人口|位于|分布|原产|别名|又名|又称|始建|建于|成立|属于|体长)")
_DATED = re.compile(
    r"(?:公元前?|西元前?|前)?\d{2,4}年(?!代)(?:\d{1,2}月)?(?:\d{1,2}日)?，?(?=[^，。；]{6,40}[。；]?$)"
)
_BARE_VERB = re.compile(
    r"改名|更名|改称|成为|作为|被|获|入选|列入|建成|迁|组建|成立|设立|升格|加入|推出|发布|"
    r"宣布|正式|开始|完成|确定|经|由|以|在|代|对|从|为|进行|并|再|又|实行|赢得|赢|连接|或许|也许|因|随|当|约|近|超过|至少|所有|许多|改由|改为|有|直至|直到|晚|早|凌晨|上午|下午|与|其后|此后"
)
_LED_IN = re.compile(
    r"(?:However|Today|Later|Then|Also|Moreover|Furthermore|Finally|Eventually|Subsequently|For example|"
    r"In addition|In turn|By contrast|In general|"
    r"(?:Although|After|Before|During|With|Since|Following|Throughout|By|At|Under|From) [^,.;:]{4,80}), "
    r"(?=[A-Z])"
)
_NEXT_ITEM = re.compile(r"(?<=[:：])\s*\(?\d{1,2}[.)]?\s*$")  # "three goals: 1."
_NUMBERED = re.compile(r"(?P<kind>[A-Z][a-z]+) (?:Number|No\.?|ID|Nr\.?): ?(?P<id>[A-Z0-9][\w/-]*\d[\w/-]*)")
_HEAD = 2000  # characters in which a document says its own number
_LONGEST_SECTION = 16


@dataclass(frozen=True, slots=True)
class Said:
    """What the characters from `start` to `end` of a text say, in one line.

    `section` is the heading it stands under; `own` is False where its subject was put in from elsewhere.
    """

    text: str
    start: int
    end: int
    section: str = ""
    own: bool = True

    @property
    def chinese(self) -> bool:
        """Whether it is in Chinese, even in part."""
        return bool(HAN.search(self.text))


def sayings(text: str, chunks: Sequence[Chunk]) -> Iterator[Said]:
    """Every sentence of a fit length, and after it what else it says with its subject put in.

    `chunks` are those of the text, for their headings.
    """
    starts = [chunk.start for chunk in chunks]
    number = _NUMBERED.search(text, 0, _HEAD)
    for start, end in sentence_spans(text):
        raw = _NEXT_ITEM.sub("", text[start:end])
        said = _BETWEEN_HAN.sub("", _BULLET.sub("", " ".join(raw.split())))
        if (_SHORTEST_HAN if HAN.search(said) else _SHORTEST) <= len(said) <= _LONGEST:
            begin = start + len(raw) - len(raw.lstrip())
            place = bisect_right(starts, begin) - 1
            heading = chunks[place].heading if place >= 0 else ""
            _, below, section = heading.rpartition(" > ")
            one = Said(said, begin, start + len(raw.rstrip()), section.strip())
            yield one
            yield from _completed(one, number, below_title=bool(below))


def _completed(said: Said, number: re.Match[str] | None, *, below_title: bool) -> Iterator[Said]:
    """What else is said; a title is seldom what "it" stands for, as the heading below it is."""
    if not said.chinese:
        if led_in := _LED_IN.match(said.text):
            yield _put(said, said.text[led_in.end() :], own=True)
        if number and (this := f"this {number['kind'].lower()}") in said.text:
            yield _put(said, said.text.replace(this, f"{number['kind'].lower()} {number['id']}"))
    elif below_title and 0 < len(said.section) <= _LONGEST_SECTION:
        yield from _about_section(said)


def _about_section(said: Said) -> Iterator[Said]:
    """The heading in place of a pronoun, or before what has no subject."""
    plain = simplified(said.text)  # of the same length
    if pronoun := _PRONOUN.match(plain):
        yield _put(said, said.section + said.text[pronoun.end() :])
    elif short := shortened(said.text, said.section):
        yield _put(said, said.section + said.text[short:])
    elif _BARE.match(plain):
        yield _put(said, said.section + said.text)
    elif dated := _DATED.match(plain):
        rest = said.text[dated.end() :]
        if (short := shortened(rest, said.section)) or lacks_subject(simplified(rest)):
            yield _put(said, f"{dated[0]}{said.section}{rest[short:]}")


def shortened(text: str, section: str) -> int:
    """How many characters that a text begins with are the end of the heading, as "the museum"; 0 for none.

    0 too where it begins with the whole heading.
    """
    if text.startswith(section):
        return 0
    return next((n for n in range(len(section) - 1, 1, -1) if text.startswith(section[-n:])), 0)


def lacks_subject(clause: str) -> bool:
    """Whether a clause, in simplified characters, begins with what is done, and not with who does it."""
    return bool(_BARE_VERB.match(clause))


def _put(said: Said, text: str, *, own: bool = False) -> Said:
    return Said(text, said.start, said.end, said.section, own)
