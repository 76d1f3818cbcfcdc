"""What happens when something is clicked, typed, or has become ready."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import gradio as gr

from apps.chat.service import Service
from apps.chat.ui import chat_panel, evidence_panel, library_panel, talks_panel
from apps.chat.ui.pages import page
from apps.chat.ui.view import Desk, View, desk, owned
from apps.chat.ui.words import Words
from ragkit import RagkitError

if TYPE_CHECKING:
    from apps.chat.ui.blocks import Parts

Outputs = dict[Any, Any]
"""New values by component."""


class _Act(Protocol):
    def __call__(self, desk: Desk, view: View, event: Any, /) -> View: ...


class Events:
    """Connects the parts of a page. Who asks is told by the server in each request, never by the page."""

    def __init__(self, service: Service, words: Words, parts: Parts) -> None:
        self._service = service
        self._words = words
        self._parts = parts

    def connect(self, blocks: gr.Blocks) -> None:
        """Every listener of the page."""
        parts = self._parts
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        shown = [parts.view, parts.library, parts.talks, parts.scope, parts.chat, parts.evidence, parts.timer]
        blocks.load(self._opened, parts.view, [*shown, parts.topbar], queue=False, **quiet)
        parts.timer.tick(self._polled, parts.view, shown, queue=False, **quiet)

        def on_library(view: View, event: gr.EventData, request: gr.Request) -> Outputs:
            return self._acted(library_panel.act, view, event._data, request, parts.library)

        def on_talks(view: View, event: gr.EventData, request: gr.Request) -> Outputs:
            return self._acted(talks_panel.act, view, event._data, request, parts.talks)

        def on_evidence(view: View, event: gr.EventData, request: gr.Request) -> Outputs:
            return self._acted(evidence_panel.act, view, event._data, request, parts.evidence)

        def on_scope(view: View, event: gr.EventData, request: gr.Request) -> Outputs:
            return self._acted(_narrow, view, event._data, request, parts.library)

        parts.library.click(on_library, parts.view, shown, queue=False, **quiet)
        parts.talks.click(on_talks, parts.view, shown, queue=False, **quiet)
        parts.evidence.click(on_evidence, parts.view, shown, queue=False, **quiet)
        parts.scope.click(on_scope, parts.view, shown, queue=False, **quiet)
        self._connect_chat(shown, quiet)

    def _connect_chat(self, shown: list[Any], quiet: dict[str, Any]) -> None:
        parts = self._parts

        def on_retry(view: View, event: gr.RetryData, request: gr.Request) -> Iterator[Outputs]:
            return self._answered(view, request, "", number=_turn(event.index))

        def on_edit(view: View, event: gr.EditData, request: gr.Request) -> Iterator[Outputs]:
            return self._answered(view, request, html.unescape(str(event.value)), number=_turn(event.index))

        def on_example(view: View, event: gr.SelectData, request: gr.Request) -> Iterator[Outputs]:
            return self._answered(view, request, str(event.value["text"]))

        def on_rating(view: View, event: gr.LikeData, request: gr.Request) -> Outputs:
            rated = {"do": "rate", "id": str(_turn(event.index)), "good": event.liked is True}
            return self._acted(evidence_panel.act, view, rated, request, parts.evidence)

        writes = [*shown, parts.question]
        together = quiet | {"concurrency_id": "questions"}
        asking: list[Any] = [
            parts.question.submit(self._submitted, [parts.view, parts.question], writes, **together),
            parts.chat.retry(on_retry, parts.view, writes, **together),
            parts.chat.edit(on_edit, parts.view, writes, **together),
            parts.chat.example_select(on_example, parts.view, writes, **together),
        ]
        parts.question.stop(self._stopped, parts.view, writes, cancels=asking, queue=False, **quiet)
        parts.chat.like(on_rating, parts.view, shown, queue=False, **quiet)

    # -- what is done

    def _opened(self, view: View, request: gr.Request) -> Outputs:
        """A page that is opened anew shows the first collection and an empty conversation."""
        mine = self._desk(request)
        view = View(person=mine.person.id, collection=mine.collection(View()).id)
        alone = not self._service.accounts.all()
        bar = page(
            "topbar.html",
            self._words,
            person="" if alone else mine.person.name,
            offline=self._service.settings.offline,
        )
        return self._shown(mine, view) | {self._parts.topbar: bar}

    def _polled(self, view: View, request: gr.Request) -> Outputs:
        """The list of documents while they are being indexed."""
        mine = self._desk(request)
        view = owned(view, mine)
        waiting = _waits(mine, view)
        parts = self._parts
        shown: Outputs = {parts.library: library_panel.library_html(mine, view)}
        if not waiting:
            shown |= {parts.chat: self._chat(mine, view), parts.timer: self._timer(active=False)}
        return shown

    def _acted(self, act: _Act, view: View, event: Any, request: gr.Request, errors_in: gr.HTML) -> Outputs:
        """What a panel's button does; an error is shown in that panel, and nothing else changes."""
        mine = self._desk(request)
        view = owned(view, mine)
        try:
            after = act(mine, replace(view, note=""), event if isinstance(event, dict) else {})
            return self._shown(mine, after, before=view)
        except RagkitError as error:
            return {errors_in: self._panel_html(errors_in, mine, view, str(error))}

    def _submitted(self, view: View, question: str, request: gr.Request) -> Iterator[Outputs]:
        return self._answered(view, request, question)

    def _answered(
        self, view: View, request: gr.Request, question: str, *, number: int | None = None
    ) -> Iterator[Outputs]:
        """The answer while it is written; with `number` in the place of that turn."""
        mine = self._desk(request)
        view, parts = owned(view, mine), self._parts
        turns = mine.talks.turns(view.talk)
        if number is not None and number < len(turns):
            question = question or turns[number].question
            view = chat_panel.cut(mine, view, number)
        writing = replace(view, asking=question)
        yield {parts.view: writing, parts.question: gr.update(value="", submit_btn=False, stop_btn=True)}
        done = gr.update(submit_btn=True, stop_btn=False)
        answering = chat_panel.ask(mine, view, question)
        try:
            while True:
                yield {parts.chat: next(answering)}
        except StopIteration as end:
            after, shown = end.value
        finally:
            answering.close()
        yield self._shown(mine, after) | {parts.question: done, parts.chat: shown}

    def _stopped(self, view: View, request: gr.Request) -> Outputs:
        """The conversation without the answer that was stopped; its question is there to be changed."""
        mine = self._desk(request)
        view = owned(view, mine)
        back = gr.update(value=view.asking, submit_btn=True, stop_btn=False)
        return self._shown(mine, replace(view, asking="")) | {self._parts.question: back}

    # -- what is shown

    def _shown(self, mine: Desk, view: View, *, before: View | None = None) -> Outputs:
        """Every part, or those that differ from what the view before showed."""
        parts = self._parts
        shown: Outputs = {
            parts.view: view,
            parts.library: library_panel.library_html(mine, view),
            parts.talks: talks_panel.talks_html(mine, view),
            parts.scope: chat_panel.scope_html(mine, view),
            parts.timer: self._timer(active=_waits(mine, view)),
        }
        if before is None or _evidence_of(before) != _evidence_of(view):
            shown[parts.evidence] = evidence_panel.evidence_html(mine, view)
        if before is None or (before.collection, before.talk) != (view.collection, view.talk):
            shown[parts.chat] = self._chat(mine, view)
        return shown

    def _chat(self, mine: Desk, view: View) -> object:
        return gr.update(
            value=chat_panel.messages(mine, view),
            placeholder=chat_panel.welcome(mine, view),
            examples=chat_panel.suggestions(mine, view),
        )

    def _timer(self, *, active: bool) -> object:
        return gr.update(active=active)

    def _panel_html(self, panel: gr.HTML, mine: Desk, view: View, error: str) -> str:
        if panel is self._parts.talks:
            return talks_panel.talks_html(mine, view, error=error)
        if panel is self._parts.evidence:
            return evidence_panel.evidence_html(mine, view, note=error)
        return library_panel.library_html(mine, view, error=error)

    def _desk(self, request: gr.Request) -> Desk:
        return desk(self._service, self._words, request)


def _waits(mine: Desk, view: View) -> bool:
    """Whether the list of documents will soon look otherwise."""
    collection = mine.collection(view)
    waiting = any(file.waiting for file in mine.library.files(collection.id))
    return waiting or bool(view.removed)


def _evidence_of(view: View) -> tuple[object, ...]:
    return view.collection, view.talk, view.turn, view.evidence, view.rating, view.note


def _turn(index: int | tuple[int, int]) -> int:
    """The turn of a message: each has two."""
    return (index if isinstance(index, int) else index[0]) // 2


def _narrow(mine: Desk, view: View, event: Any) -> View:
    """Fewer, or no, documents that alone are asked."""
    if event.get("do") == "all":
        return replace(view, scope=())
    return replace(view, scope=tuple(one for one in view.scope if one != event.get("id")))
