"""The list of conversations, and what its buttons do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from apps.chat.errors import NotFound
from apps.chat.ui.pages import page
from apps.chat.ui.view import Desk, View


def talks_html(desk: Desk, view: View, *, error: str = "") -> str:
    """The panel for what is shown now."""
    talks = desk.talks.all(desk.collection(view).id)
    return page("talks.html", desk.words, talks=talks, current=view.talk, error=error)


def act(desk: Desk, view: View, event: Mapping[str, object]) -> View:
    """What a button of the panel does; returns what is shown then. Raises `AppError`, `SessionError`."""
    name, value = str(event.get("id") or ""), str(event.get("value") or "")
    match event.get("do"):
        case "new":
            return _showing(view, "")
        case "open":
            return _showing(view, name)
        case "rename":
            desk.talks.rename(name, value)
            return replace(view, talk=value) if view.talk == name else view
        case "delete":
            desk.talks.delete(name)
            return _showing(view, "") if view.talk == name else view
    raise NotFound("no_such_action")


def _showing(view: View, talk: str) -> View:
    return replace(view, talk=talk, turn=-1, evidence=None, rating=False)
