"""Originals, pictures of pages, and conversations: each only for those who may read it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from apps.chat.errors import NotFound
from apps.chat.reasons import Reason
from apps.chat.service import Service
from apps.chat.storage import StoredFile
from apps.chat.storage.files import safe_name
from apps.chat.talks import Format
from ragkit import LoadError, PdfPages

_MOST_PICTURES = 64
_MOST_PICTURE_BYTES = 64 * 1024**2
_TYPES = {"md": "text/markdown; charset=utf-8", "json": "application/json"}

Key = tuple[str, int, float]


class Pictures:
    """Pictures of pages of PDFs; those that were looked at last are kept."""

    def __init__(self, pages: PdfPages) -> None:
        self._pages = pages
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._lock = Lock()

    def of(self, file: StoredFile, page: int, scale: float) -> bytes:
        """A PNG of the page. Raises `NotFound` where there is none."""
        key = (file.id, page, scale)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        try:
            picture = self._pages.image(file.path, page, scale=scale)
        except LoadError as error:
            raise NotFound("page_unshown", reason=Reason(str(error))) from error
        with self._lock:
            self._kept[key] = picture
            while len(self._kept) > _MOST_PICTURES or self._bytes > _MOST_PICTURE_BYTES:
                self._kept.popitem(last=False)
        return picture

    @property
    def _bytes(self) -> int:
        return sum(map(len, self._kept.values()))


def downloads_router(service: Service) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api")
    pictures = Pictures(service.pdf_pages)

    @router.get("/files/{file_id}")
    def original(request: Request, file_id: str) -> Response:
        file = _readable(service, request, file_id)
        return FileResponse(file.path, filename=file.name, media_type="application/octet-stream")

    @router.get("/pages/{file_id}/{page}.png")
    def page_picture(
        request: Request,
        file_id: str,
        page: Annotated[int, Path(ge=0, le=1_000_000)],
        scale: Annotated[float, Query(ge=0.5, le=4)] = 2,
    ) -> Response:
        file = _readable(service, request, file_id)
        return Response(pictures.of(file, page, scale), media_type="image/png")

    @router.get("/talks/{name:path}/export")
    def export(
        request: Request, name: str, form: Annotated[Format, Query(alias="format")] = "md"
    ) -> Response:
        text = service.talks(request.state.person).export(name, form)
        whole = quote(safe_name(f"{name.replace('/', '-')}.{form}"), safe="")
        headers = {"Content-Disposition": f"attachment; filename=\"talk.{form}\"; filename*=UTF-8''{whole}"}
        return Response(text, media_type=_TYPES[form], headers=headers)

    return router


def _readable(service: Service, request: Request, file_id: str) -> StoredFile:
    file = service.library(request.state.person).file(file_id)
    if file.removed is not None or not file.path.is_file():
        raise NotFound("no_such_file")
    return file
