"""What happens when something is clicked, typed, or has become ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from apps.chat.service import Service
from apps.chat.telling import told
from apps.chat.ui import chat_panel, evidence_panel, library_panel, talks_panel
from apps.chat.ui.guard import Guard, Outputs, Show
from apps.chat.ui.pages import page
from apps.chat.ui.view import Desk, View, desk, owned
from apps.chat.ui.words import Words

if TYPE_CHECKING:
    from apps.chat.ui.blocks import Parts

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_SHOWN = 600  # letters of a question that is not answered
_Act = Callable[[Desk, View, Any], View]


class Events:
    """Connects the parts of a page. Who asks is told by the server in each request, never by the page."""

    def __init__(self, service: Service, words: Words, parts: Parts) -> None:
        self._service = service
        self._words = words
        self._parts = parts
        self._guard = Guard(service, words, self._anew)

    def connect(self, blocks: gr.Blocks) -> None:
        """Every listener of the page."""
        self._blocks = blocks
        parts = self._parts
        shown = parts.shown()
        opened = self._guard(self._opened, self._refused_by(parts.library))
        polled = self._guard(self._polled, self._refused_by(parts.library))
        blocks.load(opened, None, [*shown, parts.topbar], queue=False, **_QUIET)
        again: dict[str, Any] = {"trigger_mode": "once"}  # the next look is as good
        parts.library.input(polled, parts.view, shown, queue=False, **again, **_QUIET)
        self._connect_panel(parts.library, library_panel.act)
        self._connect_panel(parts.talks, talks_panel.act)
        self._connect_panel(parts.evidence, evidence_panel.act)
        self._connect_panel(parts.talk, chat_panel.act)
        self._connect_panel(parts.scope, _narrow)
        self._connect_questions()

    def _connect_panel(self, panel: gr.HTML, act: _Act) -> None:
        def clicked(view: View, event: gr.EventData, request: gr.Request) -> Outputs:
            return self._acted(act, view, event._data, request)

        guarded = self._guard(clicked, self._refused_by(panel))
        every: dict[str, Any] = {"trigger_mode": "multiple"}  # a click is not lost while another is obeyed
        panel.click(guarded, self._parts.view, self._parts.shown(), queue=False, **every, **_QUIET)

    def _connect_questions(self) -> None:
        parts = self._parts
        writes = [*parts.shown(), parts.question]

        def typed(view: View, question: str, request: gr.Request) -> Iterator[Outputs]:
            yield from self._answered(view, {"do": "suggest", "value": question}, request)

        def chosen(view: View, event: gr.EventData, request: gr.Request) -> Iterator[Outputs]:
            yield from self._answered(view, event._data, request)

        queued: dict[str, Any] = {"concurrency_id": "questions", **_QUIET}
        typing = self._guard(typed, self._unanswered)
        choosing = self._guard(chosen, self._unanswered)
        asking: list[Any] = [
            parts.question.submit(typing, [parts.view, parts.question], writes, **queued),
            parts.talk.submit(choosing, parts.view, writes, **queued),
        ]
        stopped = self._guard(self._stopped, self._unanswered)
        parts.question.stop(stopped, parts.view, writes, cancels=asking, queue=False, **_QUIET)

    # -- what is done

    def _opened(self, request: gr.Request) -> Outputs:
        """A page that is opened anew; the browser then asks for what it showed last."""
        mine = self._desk(request)
        view = mine.first()
        alone = not self._service.accounts.exist()
        bar = page(
            "topbar.html",
            self._words,
            person="" if alone else mine.person.name,
            offline=alone and self._service.settings.offline,
        )
        return self._shown(mine, view) | {self._parts.topbar: bar}

    def _polled(self, view: View, request: gr.Request) -> Outputs:
        """The list of documents, asked for by the page while it will soon look otherwise."""
        mine, parts = self._desk(request), self._parts
        view = owned(view, mine)
        shown: Outputs = {parts.library: library_panel.library_html(mine, view)}
        if not view.talk and not view.asking:
            shown[parts.talk] = chat_panel.conversation_html(mine, view)
        return shown

    def _acted(self, act: _Act, view: View, event: Any, request: gr.Request) -> Outputs:
        """What a panel's button does."""
        mine = self._desk(request)
        view = owned(view, mine)
        after = act(mine, replace(view, note=""), event if isinstance(event, dict) else {})
        now = self._now(view, request)
        if now.asking and after.collection == now.collection:  # a question was asked meanwhile
            after = replace(after, asking=now.asking, at=now.at)
        shown = self._shown(mine, after, before=view)
        if after.note or after.rating:  # a thumb was pressed
            shown[self._parts.talk] = chat_panel.conversation_html(mine, after)
        return shown

    def _answered(self, view: View, event: Any, request: gr.Request) -> Iterator[Outputs]:
        """The answer while it is written, then the conversation with it."""
        mine, parts = self._desk(request), self._parts
        view = chat_panel.asked(mine, owned(view, mine), event if isinstance(event, dict) else {})
        try:
            yield {
                parts.view: view,
                parts.question: gr.update(value="", submit_btn=False, stop_btn=True),
                parts.talk: chat_panel.conversation_html(mine, view),
                parts.writing: chat_panel.writing_html(mine, view.asking),
            }
            answering = chat_panel.ask(mine, view)
            try:
                while True:
                    yield {parts.writing: next(answering)}
            except StopIteration as end:
                yield self._answer_shown(mine, view, self._now(view, request), end.value)
            finally:
                answering.close()
        except Exception as error:  # here the question is known, which comes back to be sent again
            reason = told(error, mine.words.language, admin=mine.person.admin)
            yield self._unanswered(mine, view, reason)

    def _answer_shown(self, mine: Desk, began: View, now: View, talk: str) -> Outputs:
        """The conversation with its new answer; who has gone elsewhere meanwhile stays there."""
        done = {self._parts.question: gr.update(submit_btn=True, stop_btn=False), self._parts.writing: ""}
        if (now.collection, now.talk) != (began.collection, began.talk):
            return self._shown(mine, replace(now, asking="", at=None)) | done
        last = len(mine.talks.turns(talk)) - 1
        return self._shown(mine, replace(now, talk=talk, turn=last, asking="", at=None)) | done

    def _now(self, view: View, request: gr.Request) -> View:
        """What the page shows by now: buttons may have been used while the answer was written."""
        held = self._blocks.state_holder[str(request.session_hash)][self._parts.view._id]
        return held if isinstance(held, View) and held.person == view.person else view

    def _stopped(self, view: View, request: gr.Request) -> Outputs:
        """The conversation without the answer that was stopped; its question is there to be changed."""
        mine = self._desk(request)
        view = owned(view, mine)
        back = gr.update(value=view.asking, submit_btn=True, stop_btn=False)
        shown = self._shown(mine, replace(view, asking="", at=None))
        return shown | {self._parts.question: back, self._parts.writing: ""}

    # -- what is shown

    def _shown(self, mine: Desk, view: View, *, before: View | None = None) -> Outputs:
        """Every part, or those that differ from what the view before showed."""
        parts = self._parts
        shown: Outputs = {
            parts.view: view,
            parts.library: library_panel.library_html(mine, view),
            parts.talks: talks_panel.talks_html(mine, view),
            parts.scope: chat_panel.scope_html(mine, view),
        }
        if before is None or _evidence_of(before) != _evidence_of(view):
            shown[parts.evidence] = evidence_panel.evidence_html(mine, view)
        if before is None or (before.collection, before.talk) != (view.collection, view.talk):
            shown[parts.writing] = ""
        if not view.talk and not view.asking:
            shown[parts.writing] = ""
        if parts.writing in shown:
            shown[parts.talk] = chat_panel.conversation_html(mine, view)
        return shown

    def _anew(self, mine: Desk, reason: str) -> Outputs:
        """The page from its beginning, and why."""
        view = mine.first()
        begun = {self._parts.library: library_panel.library_html(mine, view, error=reason)}
        return self._shown(mine, view) | begun

    def _unanswered(self, mine: Desk, view: View, reason: str) -> Outputs:
        """The reason below the question, which comes back to be changed."""
        parts, question = self._parts, view.asking
        back: dict[str, Any] = {"value": question} if question else {}
        view = replace(view, asking="", at=None)
        return {
            parts.view: view,
            parts.talk: chat_panel.conversation_html(mine, replace(view, asking=question)),
            parts.question: gr.update(submit_btn=True, stop_btn=False, **back),
            parts.writing: chat_panel.writing_html(mine, _short(question) or "…", failure=reason),
        }

    def _refused_by(self, panel: gr.HTML) -> Show:
        return partial(self._refused, panel)

    def _refused(self, panel: gr.HTML, mine: Desk, view: View, reason: str) -> Outputs:
        """The reason, in the panel whose button cannot be obeyed."""
        parts = self._parts
        if panel is parts.talks:
            return {parts.talks: talks_panel.talks_html(mine, view, error=reason)}
        if panel is parts.library or panel is parts.scope:
            return {parts.library: library_panel.library_html(mine, view, error=reason)}
        return {parts.evidence: evidence_panel.evidence_html(mine, view, note=reason)}

    def _desk(self, request: gr.Request) -> Desk:
        return desk(self._service, self._words, request)


def _short(question: str) -> str:
    """The beginning of a question that may be far too long."""
    return question if len(question) <= _SHOWN else f"{question[:_SHOWN].rstrip()}…"


def _evidence_of(view: View) -> tuple[object, ...]:
    return view.collection, view.talk, view.turn, view.evidence, view.rating, view.note


def _narrow(mine: Desk, view: View, event: Any) -> View:
    """Fewer, or no, documents that alone are asked."""
    if event.get("do") == "all":
        return replace(view, scope=())
    return replace(view, scope=tuple(one for one in view.scope if one != event.get("id")))
