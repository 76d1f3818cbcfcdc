"""The tab Settings: the chain as YAML, the models of this machine, what the documents take."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from apps.chat.errors import NotAllowed
from apps.chat.storage import Collection
from apps.chat.ui.pages import page
from apps.chat.ui.view import Desk, View
from apps.chat.ui.words import Words
from ragkit import ConfigError, config_yaml, doctor, parse_config, preset_names, preset_text

_SHOWN = ("model ", "writer", "torch", "transformers", "peft", "llama", "openai")
_INDEXED = ("analyzer", "chunker", "embedder")  # what passages and vectors depend on


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsParts:
    """The components of the tab."""

    preset: gr.Dropdown
    chain: gr.Code
    verdict: gr.HTML
    adapter: gr.Dropdown
    save: gr.Button
    status: gr.HTML


def settings_parts(said: Words) -> SettingsParts:
    """Makes the tab."""
    with gr.Row(elem_id="settings", equal_height=False):
        with gr.Column(scale=3, min_width=320):
            gr.HTML(page("settings.html", said), elem_classes=["panel"], apply_default_css=False)
            preset = gr.Dropdown(preset_names(), label=said("preset"), value=None)
            chain = gr.Code(language="yaml", label=said("yaml"), lines=18, max_lines=30)
            verdict = gr.HTML("", elem_classes=["panel"], apply_default_css=False)
            adapter = gr.Dropdown([], label=said("adapter"), visible=False)
            save = gr.Button(said("save"), variant="primary", elem_classes=["narrow"])
        with gr.Column(scale=2, min_width=300):
            status = gr.HTML("", elem_classes=["panel"], apply_default_css=False)
    return SettingsParts(
        preset=preset, chain=chain, verdict=verdict, adapter=adapter, save=save, status=status
    )


def shown(desk: Desk, view: View, parts: SettingsParts) -> dict[Any, Any]:
    """New values of every part."""
    collection = desk.collection(view)
    may = desk.person.admin and collection.own
    text = collection.chain or _default(desk)
    count, used = desk.library.used()
    most = desk.service.settings.limits.storage_bytes
    return {
        parts.preset: gr.update(value=_preset_of(text), interactive=may, visible=may),
        parts.chain: gr.update(value=text if may else "", interactive=may, visible=may),
        parts.adapter: adapters(desk, text),
        parts.verdict: verdict(desk, text, note="" if may else desk.words("only_admin")),
        parts.save: save_button(desk, view, text) | {"visible": may},
        parts.status: page(
            "status.html",
            desk.words,
            checks=[one for one in doctor() if one.name.startswith(_SHOWN)],
            collection=collection.name,
            command=_command(desk, collection) if desk.person.admin else "",
            details=desk.person.admin,  # they tell of folders of this machine
            count=count,
            size=_size(used),
            most=_size(most),
            share=round(100 * used / most, 2),
        ),
    }


def verdict(desk: Desk, text: str, *, note: str = "") -> str:
    """What is wrong with a chain, or that nothing is."""
    note = note or ("" if text.strip() else desk.words("empty_chain"))
    return page("verdict.html", desk.words, problems=problems(desk, text), note=note)


def save_button(desk: Desk, view: View, text: str) -> dict[str, Any]:
    """Says before it is pressed that the documents would be indexed anew; off where nothing can be saved."""
    collection = desk.collection(view)
    may = desk.person.admin and collection.own and not problems(desk, text)
    anew = may and _indexes_anew(desk, collection, text) and bool(desk.library.files(collection.id))
    return gr.update(value=desk.words("save_rebuild" if anew else "save"), interactive=may)


def _indexes_anew(desk: Desk, collection: Collection, text: str) -> bool:
    """Whether passages or vectors of this chain differ from those that are in the index."""
    chains = desk.service.chains
    before, after = chains.config(collection), chains.config(replace(collection, chain=text))
    return any(getattr(before, part) != getattr(after, part) for part in _INDEXED)


def _preset_of(text: str) -> str | None:
    """The preset that a chain is word for word."""
    return next((name for name in preset_names() if preset_text(name).strip() == text.strip()), None)


def refused(desk: Desk, reason: str) -> str:
    """Why something cannot be done."""
    return page("verdict.html", desk.words, problems=[reason], note="")


def problems(desk: Desk, text: str) -> list[str]:
    """What is wrong with a chain; only administrators, who may change it, are told in what words."""
    try:
        parse_config(text, name=desk.words("yaml"))
    except ConfigError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return lines if desk.person.admin else [desk.words("invalid")]
    return []


def adapters(desk: Desk, text: str) -> object:
    """The choice among the adapters that a chain names; hidden where it names none."""
    try:
        generator = parse_config(text, name=desk.words("yaml")).generator
    except ConfigError:
        return gr.update(visible=False)
    names = sorted(getattr(generator, "adapters", {}))
    choices = [(desk.words("adapter_none"), ""), *((name, name) for name in names)]
    chosen = getattr(generator, "adapter", None) or ""
    return gr.update(choices=choices, value=chosen, visible=bool(names), interactive=desk.person.admin)


def with_adapter(desk: Desk, text: str, name: str) -> str:
    """The chain, written out, with that adapter or with none. Raises `ConfigError`."""
    return config_yaml(parse_config(text, name=desk.words("yaml")).with_adapter(name or None))


def preset(name: str) -> str:
    """The YAML of a preset. Raises `ConfigError` for one that there is not."""
    if name not in preset_names():
        raise ConfigError(f"There is no preset {name!r}. Presets: {', '.join(preset_names())}.")
    return preset_text(name)


def save(desk: Desk, view: View, text: str) -> str:
    """Gives the collection another chain; returns what to say. Raises `NotAllowed`, `ConfigError`."""
    if not desk.person.admin:
        raise NotAllowed("only_admin")
    collection = desk.library.own(desk.collection(view).id)
    parse_config(text, name=desk.words("yaml"))
    anew = _indexes_anew(desk, collection, text)
    desk.library.set_chain(collection.id, text.strip() and text)
    desk.service.chains.forget(collection.id)
    if not anew:
        return desk.words("saved")
    desk.service.indexer.rebuild(collection)
    return desk.words("saved_rebuild")


def _command(desk: Desk, collection: Collection) -> str:
    """What asks the same index from the command line."""
    chain = str(desk.library.chain_file(collection) or desk.service.settings.chain)
    return shlex.join(["ragkit", "ask", "--index", str(collection.index), "--config", chain]) + ' "…"'


def _default(desk: Desk) -> str:
    """The YAML of the chain that the app was started with."""
    chain = desk.service.settings.chain
    return preset_text(chain) if chain in preset_names() else Path(chain).read_text(encoding="utf-8")


def _size(size: int) -> str:
    return f"{size / 1024**3:.1f} GB" if size >= 1024**3 else f"{size / 1024**2:.1f} MB"
