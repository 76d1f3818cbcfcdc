"""Errors of the interface are told in the panel that they concern, in the language of the page."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running_app import Within, within

from apps.chat.service import Service
from apps.chat.storage import Person
from apps.chat.ui import build, library_panel
from apps.chat.ui.view import Desk, View
from apps.chat.ui.words import Language, words

SECRET = "marmotkite"
PAGE = {"en": "Something went wrong.", "zh": "出错了"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Within]:
    with within(tmp_path) as made:
        yield made


def listeners(service: Service, language: Language) -> list[Any]:
    return list(build(service, language).fns.values())


def call(
    service: Service, listener: Any, person: Person, event: dict[str, Any], *, question: str = ""
) -> list[dict[Any, Any]]:
    """What a listener shows, one after the other."""
    import gradio as gr

    given = {
        "view": Desk(service=service, person=person, words=words("en")).first(),
        "event": gr.EventData(None, event),
        "request": gr.Request(username=str(person.id)),
    }
    names = inspect.signature(listener.fn).parameters
    shown = listener.fn(*(given.get(name, question) for name in names))
    return list(shown) if inspect.isgenerator(shown) else [shown]


def clicked(service: Service, language: Language, panel: str, event: dict[str, Any], person: Person) -> str:
    """The HTML that a click in a panel brings."""
    blocks = build(service, language)
    (number,) = (key for key, block in blocks.blocks.items() if block.elem_id == panel)
    (listener,) = (fn for fn in blocks.fns.values() if (number, "click") in fn.targets)
    return "\n".join(str(value) for value in call(service, listener, person, event)[-1].values())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_unexpected_error_is_told_in_the_panel_and_logged_without_its_words(
    app: Within,
    language: Language,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def broken(desk: Desk, view: View, event: Any) -> View:
        raise RuntimeError(SECRET)

    monkeypatch.setitem(library_panel._ACTIONS, "refresh", broken)
    person = app.service.accounts.named("anna")
    shown = clicked(app.service, language, "library-panel", {"do": "refresh"}, person)
    assert PAGE[language] in shown
    assert 'role="alert"' in shown
    (record,) = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert "RuntimeError at test_ui_errors.py:" in record.getMessage()
    assert SECRET not in caplog.text + shown + "".join(capfd.readouterr())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_listener_lets_gradio_print_an_error(
    app: Within, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gradio as gr

    person = app.service.accounts.named("ben")
    found = [fn for fn in listeners(app.service, language) if fn.fn]
    assert len(found) > 12

    def broken(number: int) -> Person:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(app.service.accounts, "with_id", broken)
    for listener in found:
        with pytest.raises(gr.Error) as caught:
            call(app.service, listener, person, {})
        assert not caught.value.print_exception
        assert PAGE[language] in caught.value.message


def test_a_question_that_fails_comes_back(app: Within, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(person: Person) -> None:
        raise RuntimeError(SECRET)

    person = app.service.accounts.named("ben")
    blocks = build(app.service, "zh")
    asking = [fn for fn in blocks.fns.values() if fn.fn and inspect.isgeneratorfunction(fn.fn)]
    (listener,) = (fn for fn in asking if "question" in inspect.signature(fn.fn).parameters)
    monkeypatch.setattr(app.service.turns, "turn", broken)
    last = call(app.service, listener, person, {}, question="何时建成？")[-1]
    text = "\n".join(map(str, last.values()))
    assert PAGE["zh"] in text
    assert SECRET not in text
    assert any(isinstance(value, dict) and value.get("value") == "何时建成？" for value in last.values())


@pytest.mark.parametrize(("language", "said"), [("en", "There is no such file."), ("zh", "没有这个文件。")])
def test_what_the_app_says_no_to_is_told_in_the_language_of_the_page(
    app: Within, language: Language, said: str
) -> None:
    person = app.service.accounts.named("ben")
    assert said in clicked(app.service, language, "library-panel", {"do": "open", "id": "x"}, person)


@pytest.mark.parametrize(("name", "tells"), [("anna", True), ("ben", False)])
def test_folders_are_told_to_administrators_only(app: Within, name: str, tells: bool) -> None:
    person = app.service.accounts.named(name)
    file = app.service.database.folder / "people" / str(person.id) / "talks.sqlite"
    app.service.talks(person)
    file.write_bytes(b"no database" * 500)
    said = app.client(name).get("/api/talks/x/export", headers={"Accept-Language": "zh"}).json()["error"]
    assert "保存的对话无法使用" in said
    assert (str(app.service.database.folder) in said) is tells


def test_names_of_conversations_are_checked_in_the_language_of_the_page(app: Within) -> None:
    person = app.service.accounts.named("ben")
    event = {"do": "rename", "id": "x", "value": "x" * 200}
    assert "对话名称" in clicked(app.service, "zh", "talks-panel", event, person)


def test_replies_are_in_the_language_of_the_request(app: Within) -> None:
    client = app.client("ben")
    for headers, said in (({"Accept-Language": "zh-CN"}, "没有这个文件。"), ({}, "There is no such file.")):
        assert client.get("/api/files/x", headers=headers).json()["error"] == said
    nobody = app.client().get("/api/files/x", headers={"Accept-Language": "zh"})
    assert nobody.json()["error"] == "请先登录。"
