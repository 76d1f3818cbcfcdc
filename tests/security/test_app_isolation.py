"""Ben, who is logged in, tries everything that the app offers on what belongs to Anna.

Routes and events are found in the running code: what is added later is tried too.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from running_app import Running, running, settings_in, upload, wait_for
from starlette.routing import Mount

from apps.chat.server import create_app
from apps.chat.service import Service
from apps.chat.talks import Talks
from ragkit import SavedTurn

UI = Path(__file__).parents[2] / "apps" / "chat" / "ui"
CODE = "marmotkite"
SECRET = f"The vault code of the Humber depot is {CODE}."
FILE, TITLE, TALK = "annas-plan.md", "Annas papers", "Annas talk about vaults"
TELLING = (CODE, FILE, TITLE)
"""What stands in an answer that tells Ben something about Anna."""
_OPEN_PATHS = {"/", "/theme.css", "/assets/{path:path}", "/static/{path:path}"}
_OPEN_API = {"theme.css", "startup-events", "app_id", "queue/data", "heartbeat/{session_hash}"}
_EVENTS_API = {"queue/join", "run/{api_name}", "cancel", "reset"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What Anna has, and Ben's browser."""

    server: Running
    anna: httpx.Client
    ben: httpx.Client
    collection: str
    file: str

    @property
    def ids(self) -> list[str]:
        """Everything of hers that can be named, but for what tells in an answer that it came from her."""
        return [self.collection, self.file, TALK]

    def state(self) -> object:
        """All that she has."""
        library = self.server.library("anna")
        files = {
            str(path.relative_to(self.server.data)): path.read_bytes()
            for path in library.own(self.collection).folder.glob("files/*/*")
        }
        folder = self.server.data / "people" / str(library.person.id)
        talks = Talks(folder).turns(TALK)
        shared = library.shared_with(self.collection)
        golden = library.own(self.collection).golden
        return (
            library.collections(),
            library.files(self.collection),
            files,
            talks,
            shared,
            golden.exists() and golden.read_bytes(),
        )


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with running(tmp_path_factory.mktemp("isolation"), "--requests", "1000000") as server:
        anna, ben = server.client("anna"), server.client("ben")
        collection = server.collection("anna", TITLE)
        (file,) = upload(anna, collection, (FILE, f"# Vaults\n\n{SECRET}\n".encode())).json()["files"]
        library = server.library("anna")
        wait_for(lambda: library.file(file["id"]).state == "ready", "it is not indexed")
        talks = Talks(server.data / "people" / str(library.person.id))
        turn = SavedTurn(question=f"Is it so? {SECRET}", standalone="Is it so?", answer=SECRET)
        talks.add(TALK, turn, collection=collection)
        mine = server.collection("ben", "Bens papers")
        upload(ben, mine, ("bens.md", b"# Ben\n\nBen likes boats.\n"))
        yield Case(server=server, anna=anna, ben=ben, collection=collection, file=file["id"])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The same app, to look its routes and events up."""
    return create_app(Service(settings_in(tmp_path_factory.mktemp("lookup"))))


def mounted(app: FastAPI, language: str) -> tuple[Any, Any]:
    """Gradio's app in a language, and its blocks."""
    gate = next(r.app for r in app.routes if isinstance(r, Mount) and r.path == f"/{language}")
    return gate._app, gate._blocks  # type: ignore[attr-defined]  # a Gate


def own_routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in _flat(app.routes) if isinstance(route, APIRoute)]


def _flat(routes: Any) -> Iterator[Any]:
    for route in routes:
        nested = getattr(route, "original_router", None)
        yield from _flat(nested.routes) if nested is not None else [route]


def said_nothing(text: str) -> bool:
    return not any(word in text for word in TELLING)


def test_the_case_is_one(case: Case) -> None:
    """Anna gets what Ben must not: the tests below could fail."""
    assert SECRET in case.anna.get(f"/api/files/{case.file}").text
    assert SECRET in case.anna.get(f"/api/talks/{TALK}/export?format=md").text
    opened = run(case.anna, "en", fn_of(case, "load"), "annas", {})
    assert FILE in opened.text
    assert TITLE in opened.text


# -- the app's own routes


def test_every_own_route_denies_what_is_annas(case: Case, app: FastAPI) -> None:
    before, tried = case.state(), 0
    values = {
        "collection": [case.collection],
        "file_id": [case.file],
        "page": ["0", "1"],
        "name": [TALK, f"../{TALK}", f"..%2f1%2f{TALK}", "%2e%2e/talks.sqlite"],
    }
    for route in own_routes(app):
        for given in itertools.product(*(values[name] for name in route.param_convertors)):
            path = route.path_format.format(**dict(zip(route.param_convertors, given, strict=True)))
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                done = case.ben.request(
                    method, path, files={"file": ("x.md", b"# Bens")} if method == "POST" else None
                )
                tried += 1
                assert said_nothing(done.text), (method, path)
                if route.param_convertors:
                    assert done.status_code in {403, 404, 405, 422}, (method, path, done.text)
        if route.path == "/logout":
            case.ben.post("/login", data={"name": "ben", "password": "battery staple"})
    assert tried > 40
    assert case.state() == before


@pytest.mark.parametrize("before", ["", "../", "..%2f", "%2e%2e/", "....//", "/", "%2f", "%00", ".%00./"])
def test_paths_lead_nowhere(case: Case, before: str) -> None:
    person = case.server.library("anna").person.id
    target = f"people/{person}/{case.collection}/files/{case.file}/{FILE}"
    absolute = f"{case.server.data}/{target}"
    for place in (
        "/api/files/",
        "/api/pages/",
        "/static/",
        "/static/ui/",
        "/en/static/",
        "/en/assets/",
        "/en/",
    ):
        for path in (target, absolute, "app.sqlite", "session.key", "etc/passwd"):
            for steps in (1, 4, 12):
                done = case.ben.get(f"{place}{before * steps}{path}")
                assert done.status_code in {303, 400, 401, 403, 404, 405, 422}, done.url
                assert said_nothing(done.text)


# -- Gradio's routes


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_gradios_routes_only_those_of_the_interface_are_there(
    case: Case, app: FastAPI, language: str
) -> None:
    gradio_app, _ = mounted(app, language)
    answering = set()
    for route in _flat(gradio_app.routes):
        for method in sorted(getattr(route, "methods", None) or {"GET"}):
            path = f"/{language}{re.sub(r'{[^}]*}', 'x', route.path)}"
            with case.ben.stream(method, path) as done:
                if done.status_code not in {404, 405}:
                    answering.add(route.path)
    api = {path.removeprefix("/gradio_api/") for path in answering if path.startswith("/gradio_api/")}
    assert answering - {f"/gradio_api/{path}" for path in api} <= _OPEN_PATHS
    assert api <= _OPEN_API | _EVENTS_API


@pytest.mark.parametrize(
    "path",
    [
        "file={path}",
        "file/{path}",
        "proxy=https://huggingface.co/robots.txt",
        "upload",
        "stream/x/y/z/playlist.m3u8",
        "component_server",
        "call/x",
        "info",
        "openapi.json",
        "deep_link?session_hash=annas",
        "runs",
        "queue/status",
        "upload_progress?upload_id=x",
        "process_recording",
    ],
)
def test_files_uploads_proxies_and_streams_of_gradio_are_closed(case: Case, path: str) -> None:
    file = case.server.library("anna").file(case.file).path
    for method in ("GET", "POST", "HEAD"):
        done = case.ben.request(method, f"/en/gradio_api/{path.format(path=file)}")
        assert done.status_code == 404


# -- Gradio's events


def run(
    client: httpx.Client, language: str, fn: int, session: str, event: Any, **more: Any
) -> httpx.Response:
    """An event that is answered at once."""
    body = {"fn_index": fn, "session_hash": session, "event_data": event, "data": [None], **more}
    return client.post(f"/{language}/gradio_api/run/predict", json=body)


def queued(client: httpx.Client, language: str, fn: int, session: str, event: Any, **more: Any) -> str:
    """All that an event in the queue says until it is over."""
    body = {"fn_index": fn, "session_hash": session, "event_data": event, "data": [None], **more}
    joined = client.post(f"/{language}/gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        return joined.text
    return heard(client, session, language)


def heard(client: httpx.Client, session: str, language: str = "en") -> str:
    """What the server says to a session until it hangs up."""
    said = []
    url = f"/{language}/gradio_api/queue/data"
    with (
        client.stream("GET", url, params={"session_hash": session}) as answer,
        suppress(httpx.TransportError),
    ):
        said += answer.iter_text()
    return "".join(said)


def fns(app: FastAPI, language: str) -> dict[int, Any]:
    """The listeners of a page by their numbers."""
    _, blocks = mounted(app, language)
    return dict(blocks.fns)


def is_text(block: object) -> bool:
    return type(block).__name__ == "Textbox"


def fn_of(case: Case, event: str) -> int:
    """The number of the first listener to an event, as the page itself is told."""
    html = case.anna.get("/en/").text
    config = json.loads(re.search(r"window\.gradio_config = (\{.*?\});</script>", html, re.S)[1])  # type: ignore[index]
    found = [d for d in config["dependencies"] if any(target[1] == event for target in d["targets"])]
    return int(found[0]["id"])


def deeds() -> list[str]:
    """Everything that a button of the interface can ask for."""
    sources = [
        path.read_text(encoding="utf-8") for path in UI.rglob("*") if path.suffix in {".html", ".js", ".py"}
    ]
    pattern = (
        r"""data-do="([a-z_]+)"|do: "([a-z_]+)"|case "([a-z_]+)"|"do": "([a-z_]+)"|^    "([a-z_]+)": _"""
    )
    found = re.findall(pattern, "\n".join(sources), re.M)
    return sorted({name for groups in found for name in groups if name})


def forged(case: Case, do: str) -> Iterator[dict[str, Any]]:
    """Events that name what is Anna's, in each field that an event has."""
    for target in case.ids:
        yield {"do": do, "id": target, "value": target, "name": target, "file": case.file, "page": 0}
    yield {"do": do, "collection": case.collection, "talk": TALK, "turn": 0, "value": "anna"}


def test_every_event_of_the_interface_denies_what_is_annas(case: Case, app: FastAPI) -> None:
    before = case.state()
    names = deeds()
    assert {"open", "remove", "rename", "delete", "share", "scope"} <= set(names)
    listeners = fns(app, "en")
    assert len(listeners) > 5
    assert [fn.name for fn in listeners.values()] == [fn.name for fn in fns(app, "zh").values()]
    for language in ("en", "zh"):
        run(case.ben, language, fn_of(case, "load"), "bens", {})
    for language, (number, fn) in zip(itertools.cycle(["en", "zh"]), listeners.items(), strict=False):
        by_panel = any(name == "click" for _, name in fn.targets)
        for do in names if by_panel else names[:1]:
            for event in forged(case, do):
                data = [case.file if is_text(block) else None for block in fn.inputs]
                if fn.queue:
                    told = queued(case.ben, language, number, "bens", event, data=data)
                else:
                    told = run(case.ben, language, number, "bens", event, data=data).text
                assert said_nothing(told), (fn.name, event)
    assert case.state() == before


def test_questions_do_not_reach_annas_documents(case: Case, app: FastAPI) -> None:
    for number, fn in fns(app, "en").items():
        if not fn.queue:
            continue
        data = ["vault code Humber depot" if is_text(b) else None for b in fn.inputs]
        event = {"do": "suggest", "value": "What is the vault code of the Humber depot?"}
        told = queued(case.ben, "en", number, f"ask{number}", event, data=data)
        assert "process_completed" in told
        assert said_nothing(told)


# -- Gradio's sessions


def test_a_session_of_anna_is_not_one_of_ben(case: Case) -> None:
    opens, person = fn_of(case, "load"), case.server.library("anna").person.id
    assert FILE in run(case.anna, "en", opens, "shared0", {}).text
    click = fn_of(case, "click")
    for name in ("shared0", f"{person}-shared0"):
        assert said_nothing(run(case.ben, "en", click, name, {"do": "refresh"}).text)


def test_events_of_anna_are_neither_heard_nor_ended_by_ben(case: Case, app: FastAPI) -> None:
    person = case.server.library("anna").person.id
    asks = next(
        number
        for number, fn in fns(app, "en").items()
        if fn.queue and any(is_text(block) for block in fn.inputs)
    )
    run(case.anna, "en", fn_of(case, "load"), "annas", {})
    body = {
        "fn_index": asks,
        "session_hash": "annas",
        "data": [None, "What is the vault code of the Humber depot?"],
    }
    event = case.anna.post("/en/gradio_api/queue/join", json=body).json()["event_id"]
    for name in ("annas", f"{person}-annas"):
        assert said_nothing(heard(case.ben, name))
        sent = {"event_id": event, "session_hash": name, "fn_index": asks}
        for path in ("cancel", "reset"):
            done = case.ben.post(f"/en/gradio_api/{path}", json=sent)
            assert (done.status_code, done.json()) == (200, {"success": False})
    told = heard(case.anna, "annas")
    assert CODE in told
    assert "process_completed" in told


@pytest.mark.parametrize("event", ["over", "", None, 7, ["x"], {"x": 1}])
def test_ending_what_is_over_is_no_error(case: Case, event: Any) -> None:
    sent = {"event_id": event, "session_hash": "bens", "fn_index": 0}
    for path in ("cancel", "reset"):
        done = case.ben.post(f"/en/gradio_api/{path}", json=sent)
        assert (done.status_code, done.json()) == (200, {"success": False})


@pytest.mark.parametrize(
    "forgery",
    [
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
        {"path": "http://127.0.0.1:1/", "url": "http://127.0.0.1:1/", "meta": {"_type": "gradio.FileData"}},
        {"file": {"path": "session.key"}},
        [[{"path": "/etc/passwd"}]],
    ],
)
def test_events_that_name_files_are_refused(case: Case, forgery: Any) -> None:
    for sent in ({"data": [forgery]}, {"data": [None], "event_data": forgery}):
        body = {"fn_index": fn_of(case, "load"), "session_hash": "bens", **sent}
        for path in ("queue/join", "run/predict"):
            assert case.ben.post(f"/en/gradio_api/{path}", json=body).status_code == 400


@pytest.mark.parametrize("session", ["", "a/b", "../x", "a" * 65, None, 7, ["x"], "x\n", "å"])
def test_sessions_have_plain_names(case: Case, session: Any) -> None:
    body = {"fn_index": fn_of(case, "load"), "session_hash": session, "data": [None]}
    assert case.ben.post("/en/gradio_api/run/predict", json=body).status_code == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"data": []}', b"[" * 100_000, b"\xff"])
def test_what_is_no_event_is_refused(case: Case, body: bytes) -> None:
    for path in ("queue/join", "run/predict", "cancel"):
        assert case.ben.post(f"/en/gradio_api/{path}", content=body).status_code == 400
    assert case.ben.post("/en/gradio_api/reset", content=body).json() == {"success": False}


# -- sharing


def test_who_may_read_may_not_change(case: Case) -> None:
    library = case.server.library("anna")
    eve = case.server.client("eve")
    library.share(case.collection, case.server.library("eve").person)
    try:
        assert SECRET in eve.get(f"/api/files/{case.file}").text
        assert upload(eve, case.collection, ("x.md", b"# Eve")).status_code == 403
    finally:
        library.unshare(case.collection, case.server.library("eve").person)
    assert eve.get(f"/api/files/{case.file}").status_code == 404


def test_a_removed_file_is_gone_at_once(case: Case) -> None:
    collection = case.server.collection("anna", "Removals")
    (file,) = upload(case.anna, collection, ("gone.md", b"# Gone")).json()["files"]
    library = case.server.library("anna")
    library.remove([file["id"]])
    assert case.anna.get(f"/api/files/{file['id']}").status_code == 404
    library.restore([file["id"]])
    assert case.anna.get(f"/api/files/{file['id']}").status_code == 200


def test_the_log_tells_nothing_of_documents(case: Case) -> None:
    case.anna.get(f"/api/talks/{TALK}/export?format=md")
    run(case.anna, "en", fn_of(case, "load"), "logged", {})
    text = case.server.log.read_text(encoding="utf-8")
    assert said_nothing(text)
    assert not [word for word in (case.file, TALK, "Humber") if word in text]
    requests = [line for line in case.server.logged() if "route" in line]
    assert {"time", "level", "method", "route", "status", "ms", "person"} <= set(requests[-1])
    assert "/api/talks/{name:path}/export" in {line["route"] for line in requests}
    assert "/en/gradio_api/run/{api_name}" in {line["route"] for line in requests}
