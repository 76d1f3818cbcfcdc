"""The page: its parts, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
from gradio.components import Component

from apps.chat.service import Service
from apps.chat.ui.events import Events
from apps.chat.ui.pages import page
from apps.chat.ui.quality_tab import quality_parts
from apps.chat.ui.settings_tab import settings_parts
from apps.chat.ui.tab_events import TabEvents
from apps.chat.ui.view import View
from apps.chat.ui.words import Language, Words, words

_PANEL = "window.ragkit.panel('{name}', element, trigger, watch)"
HEAD = (
    '<link rel="stylesheet" href="/static/ui/app.css"><script src="/static/ui/app.js"></script>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
)
"""What stands in the head of the page."""
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The components that events read and write."""

    view: gr.State
    topbar: gr.HTML
    library: gr.HTML
    talks: gr.HTML
    scope: gr.HTML
    talk: gr.HTML
    writing: gr.HTML
    question: gr.Textbox
    evidence: gr.HTML

    def shown(self) -> list[Component]:
        """Those that tell of documents and talks."""
        return [
            self.view,
            self.library,
            self.talks,
            self.scope,
            self.talk,
            self.writing,
            self.evidence,
        ]


def build(service: Service, language: Language) -> gr.Blocks:
    """The page in one language."""
    said = words(language)
    limits = service.settings.limits
    blocks = gr.Blocks(title=said("title"), fill_width=True, analytics_enabled=False)
    with blocks:
        topbar = _panel("topbar", "")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(said("chat"), id="chat"):
                parts = _desk(said, topbar, most=limits.file_bytes)
            with gr.Tab(said("quality"), id="quality") as quality, gr.Column(elem_classes=["cards"]):
                tested = quality_parts(said, _panel("quality", ""))
            with gr.Tab(said("settings"), id="chain") as settings, gr.Column(elem_classes=["cards"]):
                chosen = settings_parts(said)
        Events(service, said, parts).connect(blocks)
        TabEvents(service, said, parts.view).connect(quality, tested, settings, chosen)
    blocks.queue(max_size=limits.queue, default_concurrency_limit=limits.chats_at_once, api_open=False)
    return blocks


def theme() -> gr.themes.Base:
    """Fonts of the system: nothing is fetched from elsewhere."""
    return gr.themes.Base(font=_FONTS, font_mono=_MONO)


def _desk(said: Words, topbar: gr.HTML, *, most: int) -> Parts:
    with gr.Row(elem_id="desk", equal_height=False):
        with gr.Column(elem_id="library", scale=0, min_width=300):
            _panel("upload", page("upload.html", said, most=most))
            library = _panel("library", "")
            talks = _panel("talks", "")
        with gr.Column(elem_id="centre", scale=1, min_width=300):
            with gr.Column(elem_id="talk"):
                talk = _panel("talk", "")
                writing = _panel("writing", "")
            scope = _panel("scope", "")
            question = gr.Textbox(
                elem_id="question",
                label=said("question"),
                show_label=False,
                placeholder=said("question_hint"),
                submit_btn=True,
                autofocus=True,
                max_lines=8,
                container=False,
            )
        with gr.Column(elem_id="evidence", scale=0, min_width=380):
            evidence = _panel("evidence", "")
    return Parts(
        view=gr.State(View()),
        topbar=topbar,
        library=library,
        talks=talks,
        scope=scope,
        talk=talk,
        writing=writing,
        question=question,
        evidence=evidence,
    )


def _panel(name: str, value: str) -> gr.HTML:
    """HTML whose buttons tell their `data-do` to Python."""
    return gr.HTML(
        value,
        elem_id=f"{name}-panel",
        elem_classes=["panel"],
        js_on_load=_PANEL.format(name=name),
        apply_default_css=False,
    )
