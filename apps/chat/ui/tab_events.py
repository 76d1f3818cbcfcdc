"""What happens in the tabs Quality and Settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from apps.chat.service import Service
from apps.chat.ui import quality_tab, settings_tab
from apps.chat.ui.guard import Guard, Outputs
from apps.chat.ui.quality_tab import QualityParts
from apps.chat.ui.settings_tab import SettingsParts
from apps.chat.ui.view import Desk, View, desk, owned
from apps.chat.ui.words import Words

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class TabEvents:
    """Connects both tabs; they show the collection that the chat shows."""

    def __init__(self, service: Service, words: Words, view: gr.State) -> None:
        self._service = service
        self._words = words
        self._view = view
        self._guard = Guard(service, words)

    def connect(self, quality: gr.Tab, tested: QualityParts, settings: gr.Tab, chosen: SettingsParts) -> None:
        """Every listener of both tabs."""
        self._connect_quality(quality, tested)
        self._connect_settings(settings, chosen)

    def _connect_quality(self, tab: gr.Tab, parts: QualityParts) -> None:
        every = [parts.golden, parts.run, parts.progress, parts.results, parts.chart]

        def opened(view: View, request: gr.Request) -> Outputs:
            return quality_tab.shown(*self._desk(view, request), parts)

        def forgets(view: View, event: gr.EventData, request: gr.Request) -> Outputs:
            mine, view = self._desk(view, request)
            quality_tab.forget(mine, view, event._data)
            return quality_tab.shown(mine, view, parts)

        def runs(view: View, request: gr.Request) -> Iterator[Outputs]:
            yield from quality_tab.run(*self._desk(view, request), parts)

        def failed(mine: Desk, view: View, reason: str) -> Outputs:
            return quality_tab.shown(mine, view, parts, error=reason)

        guard = self._guard
        tab.select(guard(opened, failed), self._view, every, queue=False, **_QUIET)
        parts.golden.click(guard(forgets, failed), self._view, every, queue=False, **_QUIET)
        parts.run.click(guard(runs, failed), self._view, every, concurrency_limit=1, **_QUIET)

    def _connect_settings(self, tab: gr.Tab, parts: SettingsParts) -> None:
        every = [parts.preset, parts.chain, parts.verdict, parts.adapter, parts.save, parts.status]

        def opened(view: View, request: gr.Request) -> Outputs:
            return settings_tab.shown(*self._desk(view, request), parts)

        def chooses(view: View, name: str | None, request: gr.Request) -> Outputs:
            mine, view = self._desk(view, request)
            if not name:
                return {parts.verdict: gr.skip()}
            text = settings_tab.preset(name)
            return self._of(parts, mine, view, text)

        def types(view: View, text: str, request: gr.Request) -> Outputs:
            return self._checked(parts, *self._desk(view, request), text)

        def adapts(view: View, text: str, name: str | None, request: gr.Request) -> Outputs:
            mine, view = self._desk(view, request)
            if settings_tab.problems(mine, text):
                return self._checked(parts, mine, view, text)
            return self._of(parts, mine, view, settings_tab.with_adapter(mine, text, name or ""))

        def saves(view: View, text: str, request: gr.Request) -> Outputs:
            mine, view = self._desk(view, request)
            note = "" if settings_tab.problems(mine, text) else settings_tab.save(mine, view, text)
            return {
                parts.verdict: settings_tab.verdict(mine, text, note=note),
                parts.save: settings_tab.save_button(mine, view, text),
            }

        def failed(mine: Desk, view: View, reason: str) -> Outputs:
            return {parts.verdict: settings_tab.refused(mine, reason)}

        def guard(listener: Callable[..., Outputs]) -> Callable[..., Outputs]:
            return self._guard(listener, failed)

        last: dict[str, Any] = {"trigger_mode": "always_last", "queue": False, **_QUIET}
        text = [self._view, parts.chain]
        tab.select(guard(opened), self._view, every, queue=False, **_QUIET)
        parts.preset.input(guard(chooses), [self._view, parts.preset], every, queue=False, **_QUIET)
        parts.chain.input(guard(types), text, every, **last)
        parts.adapter.input(guard(adapts), [*text, parts.adapter], every, queue=False, **_QUIET)
        parts.save.click(guard(saves), text, [parts.verdict, parts.save], queue=False, **_QUIET)

    def _of(self, parts: SettingsParts, mine: Desk, view: View, text: str) -> Outputs:
        """A chain in the editor, and what is to be said of it."""
        return {parts.chain: text} | self._checked(parts, mine, view, text)

    def _checked(self, parts: SettingsParts, mine: Desk, view: View, text: str) -> Outputs:
        return {
            parts.verdict: settings_tab.verdict(mine, text),
            parts.adapter: settings_tab.adapters(mine, text),
            parts.save: settings_tab.save_button(mine, view, text),
        }

    def _desk(self, view: View, request: gr.Request) -> tuple[Desk, View]:
        mine = desk(self._service, self._words, request)
        return mine, owned(view, mine)
