"""`POST /api/collections/{id}/files`: documents come in."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from apps.chat.server.multipart import Multipart
from apps.chat.server.reception import Arriving, Reception
from apps.chat.server.replies import refusal
from apps.chat.server.words import language_of, say
from apps.chat.service import Service
from apps.chat.ui.words import Language


class Uploads:
    """Takes one file or many in a request, each for itself."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._arriving = Arriving()

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter()
        router.add_api_route("/api/collections/{collection}/files", self.receive, methods=["POST"])
        return router

    async def receive(self, request: Request, collection: str) -> Response:
        """201 with the files that were taken and those that were refused; an error where none was taken."""
        library = self._service.library(request.state.person)
        language = language_of(request)
        reception = Reception(
            library,
            await run_in_threadpool(library.own, collection),
            self._service.settings.limits,
            self._arriving,
            language,
        )
        try:
            whole = await _read(request, reception)
        finally:
            await run_in_threadpool(reception.abandon)
            if reception.files:
                self._service.indexer.wake()
        return _reply(reception, language, whole=whole)


async def _read(request: Request, reception: Reception) -> bool:
    """Whether the body was read to its end, which is given up where far too much arrives."""
    form = Multipart(request.headers.get("content-type", ""), reception)
    try:
        async for piece in request.stream():
            if piece:
                await run_in_threadpool(form.feed, piece)
            if reception.too_much:
                return False
    except ClientDisconnect:
        return False
    form.close()
    return True


def _reply(reception: Reception, language: Language, *, whole: bool) -> Response:
    files = [{"id": file.id, "name": file.name} for file in reception.files]
    refused = [{k: v for k, v in asdict(one).items() if k != "status"} for one in reception.refused]
    if not files and not refused:
        return refusal(400, say(language, "no_file"))
    body: dict[str, object] = {"files": files, "refused": refused}
    if files:
        status = 201
    else:
        status = reception.refused[0].status
        body["error"] = reception.refused[0].reason
    return JSONResponse(body, status_code=status, headers=None if whole else {"Connection": "close"})
