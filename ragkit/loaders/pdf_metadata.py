"""A PDF's own notes about itself, as far as they can be believed."""

from __future__ import annotations

import re
from collections.abc import Mapping

_KEYS = {
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "Creator": "creator",
    "Producer": "producer",
    "CreationDate": "created",
    "ModDate": "modified",
}
_DATE = re.compile(
    r"D?:?(?P<date>\d{4})(?P<month>\d\d)?(?P<day>\d\d)?(?P<hour>\d\d)?(?P<minute>\d\d)?(?P<second>\d\d)?"
    r"(?P<zone>Z|[+-]\d\d'?\d\d)?"
)
_PROGRAM = re.compile(r"^(microsoft (office )?(word|excel|powerpoint)|powerpoint presentation)\b", re.I)
_PLACEHOLDER = re.compile(
    r"^(untitled.*|no ?title|title|document\s*\d*|model|unknown|print|layout \d+|slide \d+|无标题|未命名)$",
    re.I,
)
_FILE_NAME = re.compile(
    r"^\S*[\\/]\S*$|^[\w.-]*\d[\w.-]*$|\.(docx?|pdf|dvi|tex|indd|qxd|p65|xlsx?|pptx?|rtf|odt|html?|fm|ps)$",
    re.I | re.A,
)


def sensible_title(title: str) -> str:
    """The title without needless space, or "" if a program rather than a person wrote it."""
    title = " ".join(clean(title).split())
    letters = sum(map(str.isalpha, title))
    if _PROGRAM.search(title) or _PLACEHOLDER.search(title) or _FILE_NAME.search(title):
        return ""
    return title if letters >= 2 and len(title) <= 300 else ""


def tidy_metadata(raw: Mapping[str, str]) -> dict[str, str]:
    """author, subject, keywords, creator, producer, created, modified, as far as given."""
    tidy = {_KEYS[key]: clean(str(value)) for key, value in raw.items() if key in _KEYS}
    for key in ("created", "modified"):
        if key in tidy:
            tidy[key] = iso_date(tidy[key])
    return {key: value for key, value in tidy.items() if value}


def clean(text: str) -> str:
    """The text without control characters and unpaired surrogates."""
    kept = (c if c.isprintable() else " " for c in text if not "\ud800" <= c <= "\udfff")
    return " ".join("".join(kept).split())


def iso_date(text: str) -> str:
    """A PDF date (D:20240103093826+01'00') in ISO 8601; any other text as it is."""
    match = _DATE.match(text)
    if not match:
        return text
    date = "-".join(part for part in match.group("date", "month", "day") if part)
    time = ":".join(part for part in match.group("hour", "minute", "second") if part)
    zone = (match["zone"] or "").replace("'", "")
    zone = f"{zone[:3]}:{zone[3:]}" if len(zone) == 5 else zone
    return f"{date}T{time}{zone}" if time else date
