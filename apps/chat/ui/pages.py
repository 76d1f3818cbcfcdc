"""HTML from templates; whatever a document or a person wrote is escaped in them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from apps.chat.ui.words import Words

if TYPE_CHECKING:
    from jinja2 import Environment


def page(template: str, words: Words, **values: object) -> str:
    """The HTML of a template; `t` says its words in it."""
    return _environment().get_template(template).render(t=words, **values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("apps.chat.ui", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
