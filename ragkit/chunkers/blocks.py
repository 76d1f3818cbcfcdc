"""The structure of Markdown as exact spans: headings, code, tables, lists, text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from ragkit.chunkers.packing import Tokenized
from ragkit.chunkers.passages import Section

Kind = Literal["heading", "code", "table", "list", "text"]

# Longer lines are no headings and no rows of dashes: that bounds the time for hostile ones.
_SHORT = "(?=.{0,1000}$)"
_ATX = re.compile(_SHORT + r" {0,3}(#{1,6})(?:[ \t]+(\S.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_ROW = re.compile(r" {0,3}\|")
_DELIMITER_ROW = re.compile(_SHORT + r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$")
_INDENTED = re.compile(r"(?: {2,}|\t)\S")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`text[start:end]` with the blank lines behind it; `level` (1 to 6) and `title` are a heading's."""

    kind: Kind
    start: int
    end: int
    level: int = 0
    title: str = ""


def read_blocks(text: str) -> list[Block]:
    """The blocks of a Markdown text, which together hold every character."""
    lines = text.splitlines(keepends=True)
    offsets = [0, *accumulate(map(len, lines))]
    bare = [line.rstrip() for line in lines]
    blocks: list[Block] = []
    index = _after_blanks(bare, 0)
    start = 0
    while index < len(bare):
        block, index = _next_block(bare, index)
        index = _after_blanks(bare, index)
        blocks.append(replace(block, start=start, end=offsets[index]))
        start = offsets[index]
    return blocks


def read_sections(blocks: Iterable[Block]) -> list[tuple[Section, list[Block]]]:
    """Each heading with the blocks up to the next one, and the path of headings above them."""
    sections: list[tuple[Section, list[Block]]] = []
    above: list[Block] = []
    for block in blocks:
        if block.kind == "heading":
            above = [heading for heading in above if heading.level < block.level] + [block]
        if block.kind == "heading" or not sections:
            path = tuple(heading.title for heading in above if heading.title)
            sections.append((Section(start=block.start, end=block.end, path=path), [block]))
        else:
            section, members = sections[-1]
            members.append(block)
            sections[-1] = (replace(section, end=block.end), members)
    return sections


def join_small(
    source: Tokenized, sections: Iterable[tuple[Section, list[Block]]], *, size: int
) -> list[tuple[Section, list[Block]]]:
    """Sections with those of less than an eighth of `size` joined to the next, the last to the one before.

    A heading with nothing under it goes to its first subsection; other small ones to a sibling if both fit.
    """
    joined: list[tuple[Section, list[Block]]] = []
    for section, blocks in sections:
        if joined and _joins(source, joined[-1][0], section, size):
            before, members = joined[-1]
            path = _common_path(before.path, section.path)
            joined[-1] = (Section(start=before.start, end=section.end, path=path), members + blocks)
        else:
            joined.append((section, blocks))
    if len(joined) > 1 and _is_small(source, joined[-1][0], size):
        last, blocks = joined.pop()
        before, members = joined[-1]
        joined[-1] = (replace(before, end=last.end), members + blocks)
    return joined


def _joins(source: Tokenized, before: Section, section: Section, size: int) -> bool:
    if not _is_small(source, before, size):
        return False
    descends = section.path[: len(before.path)] == before.path
    return descends or source.count(before.start, section.end) <= size


def _is_small(source: Tokenized, section: Section, size: int) -> bool:
    return 8 * source.count(section.start, section.end) < size


def _common_path(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    """The deeper path if one leads to the other, else what both share."""
    shared = [left for left, right in zip(before, after, strict=False) if left == right]
    if len(shared) == len(before):
        return after
    return tuple(shared)


def _next_block(lines: list[str], index: int) -> tuple[Block, int]:
    """The block that begins at line `index` (its span is still unknown), and the line behind it."""
    if behind := _after_code(lines, index):
        return _block("code"), behind
    if heading := _ATX.match(lines[index]):
        return _block("heading", len(heading.group(1)), heading.group(2) or ""), index + 1
    if _begins_table(lines, index):
        return _block("table"), _while(lines, index + 1, lambda line: "|" in line)
    if _ITEM.match(lines[index]):
        return _block("list"), _after_list(lines, index)
    if underline := _UNDERLINE.match(_line(lines, index + 1)):
        return _block("heading", 1 if underline.group(1)[0] == "=" else 2, lines[index]), index + 2
    return _block("text"), _after_text(lines, index)


def _block(kind: Kind, level: int = 0, title: str = "") -> Block:
    plain = _LINK.sub(r"\1", title[:1000]).replace("*", "").replace("`", "")
    return Block(kind=kind, start=0, end=0, level=level, title=" ".join(plain.split()))


def _after_blanks(lines: list[str], index: int) -> int:
    return _while(lines, index, lambda line: not line)


def _after_code(lines: list[str], index: int) -> int | None:
    """Behind the code or front matter that begins at `index`; without a closing fence the rest is code."""
    if index == 0 and lines[0] == "---" and "---" in lines[1:]:
        return lines.index("---", 1) + 1
    opening = _FENCE.match(lines[index])
    if not opening:
        return None
    fence = opening.group(1)
    closing = re.compile(rf" {{0,3}}{fence[0]}{{{len(fence)},}}$")
    return min(_while(lines, index + 1, lambda line: not closing.match(line)) + 1, len(lines))


def _after_list(lines: list[str], index: int) -> int:
    """Behind the last item: blank lines belong to the list if an item or an indented line follows."""
    while True:
        index = _while(lines, index + 1, lambda line: bool(line) and not _interrupts(line))
        following = _after_blanks(lines, index)
        if following == len(lines) or not (
            _ITEM.match(lines[following]) or _INDENTED.match(lines[following])
        ):
            return index
        index = following


def _after_text(lines: list[str], index: int) -> int:
    index += 1
    while index < len(lines) and lines[index] and not _interrupts(lines[index]):
        if _begins_table(lines, index) or _ITEM.match(lines[index]):
            break
        index += 1
    return index


def _begins_table(lines: list[str], index: int) -> bool:
    if _ROW.match(lines[index]):
        return True
    return "|" in lines[index] and bool(_DELIMITER_ROW.match(_line(lines, index + 1)))


def _interrupts(line: str) -> bool:
    return bool(_ATX.match(line) or _FENCE.match(line))


def _line(lines: list[str], index: int) -> str:
    return lines[index] if index < len(lines) else ""


def _while(lines: list[str], index: int, holds: Callable[[str], bool]) -> int:
    while index < len(lines) and holds(lines[index]):
        index += 1
    return index
