"""Errors of listeners: each is told in the panel that it concerns, and nothing of it is printed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

from apps.chat.service import Service
from apps.chat.telling import told
from apps.chat.ui.view import Desk, Stale, View, desk, owned
from apps.chat.ui.words import Words

Outputs = dict[Any, Any]
"""New values by component."""
Show = Callable[[Desk, View, str], Outputs]
"""What is shown of an error: its sentence, in the panel of what was done."""


class Guard:
    """Stands around every listener of a page: Gradio would print an error, a document's words perhaps."""

    def __init__(
        self, service: Service, words: Words, anew: Callable[[Desk, str], Outputs] | None = None
    ) -> None:
        """`anew` shows a page that is stale from its beginning, and why."""
        self._service = service
        self._words = words
        self._anew = anew

    def __call__(self, listener: Callable[..., Any], show: Show) -> Callable[..., Any]:
        """The listener with its errors shown. It takes the request last, and the view first, if it does."""
        if inspect.isgeneratorfunction(listener):

            @wraps(listener)
            def guarded_steps(*given: Any) -> Iterator[Any]:
                try:
                    yield from listener(*given)
                except Exception as error:
                    yield self._shown(error, given, show)

            return guarded_steps

        @wraps(listener)
        def guarded(*given: Any) -> Any:
            try:
                return listener(*given)
            except Exception as error:
                return self._shown(error, given, show)

        return guarded

    def _shown(self, error: Exception, given: Sequence[Any], show: Show) -> Outputs:
        """The panel with the error; where that cannot be made either, a message over the page."""
        import gradio as gr

        language = self._words.language
        try:
            mine = desk(self._service, self._words, given[-1])
            said = told(error, language, admin=mine.person.admin)
            if isinstance(error, Stale) and self._anew:
                return self._anew(mine, said)
            view = owned(given[0], mine) if isinstance(given[0], View) else mine.first()
            return show(mine, view, said)
        except Exception as another:
            said = told(another, language, admin=False)
            raise gr.Error(said, print_exception=False) from None
