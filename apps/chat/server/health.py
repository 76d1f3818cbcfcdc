"""`GET /health`: for whatever watches the app."""

from __future__ import annotations

import sqlite3

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from apps.chat.service import Service
from apps.chat.storage.files import WAITING


def health_router(service: Service) -> APIRouter:
    """200 while the database answers and files are indexed, else 503; numbers only."""
    router = APIRouter()

    @router.get("/health")
    def health() -> Response:
        waiting = _waiting_files(service)
        indexer = service.indexer.alive
        ok = waiting is not None and indexer
        body = {
            "status": "ok" if ok else "failing",
            "database": waiting is not None,
            "indexer": indexer,
            "waiting": {"files": waiting, "questions": service.turns.waiting},
        }
        return JSONResponse(body, status_code=200 if ok else 503)

    return router


def _waiting_files(service: Service) -> int | None:
    query = "SELECT count(*) FROM files WHERE removed IS NULL AND state IN (?, ?, ?)"
    try:
        with service.database.reading() as connection:
            return int(connection.execute(query, WAITING).fetchone()[0])
    except sqlite3.Error:
        return None
