"""The rules of cleaning, in the order in which they are applied."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from ragkit.cleaning import HyphensCleaner, LinesCleaner
from ragkit.data.cleaning.boilerplate import without_boilerplate
from ragkit.data.cleaning.masking import KINDS, masked
from ragkit.errors import ConfigError, MissingDependency
from ragkit.types import Document, Page

# Joiners (U+200C, U+200D) stay: Persian, Indic scripts and emoji need them.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]"
)
_ANSI = re.compile("\x1b\\[[0-9;?]*[ -/]*[@-~]")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")
_SPACES = re.compile("[ \t\u00a0\u2000-\u200a\u202f\u205f]+")
_BLANK = re.compile("\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A name, what the rule does in a line for people, and the change itself."""

    name: str
    about: str
    apply: Callable[[str], str]


def mend_unicode(text: str) -> str:
    """Wrongly decoded text (â€™ for ’), HTML entities, half characters, NFC; quotation marks, width stay.

    By ftfy (Speer 2019). Raises `MissingDependency`.
    """
    try:
        import ftfy
    except ImportError as error:
        raise MissingDependency(
            "The rule unicode needs ftfy. Install it with pip install 'ragkit[data]', or leave the rule out: "
            "--skip unicode"
        ) from error
    return ftfy.fix_text(
        text,
        unescape_html="auto",
        uncurl_quotes=False,
        fix_character_width=False,
        fix_latin_ligatures=True,
        fix_line_breaks=False,
        remove_control_chars=False,
        remove_terminal_escapes=False,
        normalization="NFC",
        max_decode_length=1_000_000,
        explain=False,
    )


def without_controls(text: str) -> str:
    """Without control characters and those that nobody sees; line breaks and tabs stay."""
    return _CONTROLS.sub("", _ANSI.sub("", _LINE_ENDS.sub("\n", text)))


def with_whole_lines(text: str) -> str:
    """Lines broken for want of room are joined, as those of PDFs are; lists, tables, code and verse stay."""
    if "\n" not in text:
        return text
    page = Page(index=0, label="", start=0, end=len(text), width=1.0, height=1.0, runs=())
    document = Document(
        id="", source="", title="", text=text, pages=(page,), language="", metadata={}, warnings=()
    )
    for cleaner in (HyphensCleaner(), LinesCleaner()):
        document = cleaner.clean(document)
    return document.text


def with_plain_spaces(text: str) -> str:
    """One space for several, none at the ends of lines, at most one blank line; indents of lines stay."""
    lines = (_one_space(line) for line in text.split("\n"))
    return _BLANK.sub("\n\n", "\n".join(lines)).strip("\n")


def _one_space(line: str) -> str:
    plain = line.rstrip()
    words = plain.lstrip()
    return plain[: len(plain) - len(words)] + _SPACES.sub(" ", words)


RULES: Sequence[Rule] = (
    Rule(name="unicode", about="wrongly decoded characters, HTML entities", apply=mend_unicode),
    Rule(name="controls", about="control characters, characters that nobody sees", apply=without_controls),
    Rule(name="boilerplate", about="lines of web pages that say nothing", apply=without_boilerplate),
    Rule(name="lines", about="lines broken inside sentences", apply=with_whole_lines),
    Rule(name="spaces", about="superfluous spaces and blank lines", apply=with_plain_spaces),
)


def chosen_rules(*, skip: Collection[str] = (), mask: Collection[str] = ()) -> list[Rule]:
    """All rules but those to `skip`, and one for each kind of personal data to `mask`.

    Raises `ConfigError` that names the valid choices.
    """
    known = [rule.name for rule in RULES]
    _require_known(skip, known, "rule")
    _require_known(mask, [*KINDS, "all"], "kind of personal data")
    rules = [rule for rule in RULES if rule.name not in skip]
    kinds = [kind for kind in KINDS if kind in mask or "all" in mask]
    return rules + [
        Rule(name=f"mask {kind}", about=KINDS[kind].about, apply=partial(masked, kind=kind)) for kind in kinds
    ]


def _require_known(given: Collection[str], known: Sequence[str], what: str) -> None:
    for name in given:
        if name not in known:
            raise ConfigError(f"{name!r} is no {what}; choose of {', '.join(known)}")
