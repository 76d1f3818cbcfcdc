"""The app, put together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from apps.chat.rates import Rates
from apps.chat.server.downloads import downloads_router
from apps.chat.server.gate import Gate
from apps.chat.server.guards import KnownPeopleOnly, SmallRequestsOnly
from apps.chat.server.headers import SecurityHeaders
from apps.chat.server.health import health_router
from apps.chat.server.hosts import OwnPagesOnly, is_loopback, own_names
from apps.chat.server.identity import Identity
from apps.chat.server.login import Login
from apps.chat.server.logs import RequestLog
from apps.chat.server.replies import ANSWERED, refusal, refused, reply_to_error
from apps.chat.server.uploads import Uploads
from apps.chat.server.words import language_of
from apps.chat.service import Service
from apps.chat.ui.words import LANGUAGES, Language

_STOP_SECONDS = 10.0


def create_app(service: Service) -> FastAPI:
    """The app of a service: the interface at /en and /zh, its files and its guards."""
    settings, rates = service.settings, Rates()
    loopback = is_loopback(settings.host)
    identity = Identity(service.accounts, service.database.folder, loopback=loopback)
    names = own_names(settings.host, settings.names)
    app = FastAPI(
        title="ragkit",
        openapi_url=None,
        lifespan=_lifespan(service),
        middleware=[
            Middleware(RequestLog),
            Middleware(SecurityHeaders),
            Middleware(OwnPagesOnly, names=names, addresses=not loopback),
            Middleware(
                KnownPeopleOnly,
                identity=identity,
                rates=rates,
                per_minute=settings.limits.requests_per_minute,
            ),
            Middleware(SmallRequestsOnly),
        ],
    )
    for router in (
        health_router(service),
        Login(service, identity, rates).router(),
        Uploads(service).router(),
        downloads_router(service),
    ):
        app.include_router(router)
    _add_pages(app)
    _add_replies(app)
    app.state.interfaces = [_mount(app, service, language) for language in LANGUAGES]
    return app


def _lifespan(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        await run_in_threadpool(service.stop, _STOP_SECONDS)

    return running


def _add_pages(app: FastAPI) -> None:
    @app.get("/")
    def start(request: Request) -> Response:
        return RedirectResponse(f"/{language_of(request)}/", status_code=303)

    @app.get("/favicon.ico")
    def icon() -> Response:
        return RedirectResponse("/static/icon.svg", status_code=301)

    app.mount("/static/ui", StaticFiles(packages=[("apps.chat.ui", "static")]))
    app.mount("/static", StaticFiles(packages=[("apps.chat.server", "static")]))


def _add_replies(app: FastAPI) -> None:
    for kind in ANSWERED:
        app.add_exception_handler(kind, reply_to_error)

    @app.exception_handler(HTTPException)
    def refuse(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return refused(request, 404, "no_page")
        return refusal(error.status_code, str(error.detail))

    @app.exception_handler(RequestValidationError)
    def refuse_values(request: Request, error: RequestValidationError) -> Response:
        names = ", ".join(sorted({str(problem["loc"][-1]) for problem in error.errors()}))
        return refused(request, 422, "values_wrong", names=names)


def _mount(app: FastAPI, service: Service, language: Language) -> ASGIApp:
    """Mounts the interface in a language, behind its gate; returns Gradio's own app."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    from apps.chat.ui import build, theme

    blocks = build(service, language)
    gr.mount_gradio_app(
        app,
        blocks,
        path=f"/{language}",
        auth_dependency=_person_id,
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        max_file_size=1,
        theme=theme(),
    )
    mount = app.router.routes[-1]
    assert isinstance(mount, Mount)
    interface = mount.app
    mount.app = Gate(interface, blocks, language)
    return interface


def _person_id(request: Request) -> str | None:
    """The person whom the guards found, for Gradio's `request.username`."""
    person = request.state.person
    return str(person.id) if person else None
