"""Pages with a form of their own, outside of Gradio."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from apps.chat.server.words import language_cookie, say
from apps.chat.ui.words import Language

if TYPE_CHECKING:
    from jinja2 import Environment


def form_page(
    template: str,
    language: Language,
    *,
    problem: str = "",
    status: int = 200,
    wait: int = 0,
    **values: object,
) -> Response:
    """The page of a template, with what was wrong; with `wait`, when to come back (seconds)."""
    shown = {"language": language, "problem": problem, **values}
    html = _environment().get_template(template).render(t=partial(say, language), **shown)
    response = HTMLResponse(html, status_code=status, headers={"Retry-After": str(wait)} if wait else None)
    response.headers.append("Set-Cookie", language_cookie(language))
    return response


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("apps.chat.server", "templates"), autoescape=True, undefined=StrictUndefined
    )
