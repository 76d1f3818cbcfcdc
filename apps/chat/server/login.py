"""The login page, and the way out."""

from __future__ import annotations

from functools import cache, partial
from threading import BoundedSemaphore
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from apps.chat.rates import Rates
from apps.chat.server.guards import address
from apps.chat.server.identity import COOKIE, LASTS, Identity
from apps.chat.server.words import language_cookie, language_of, say
from apps.chat.service import Service
from apps.chat.storage import Person
from apps.chat.ui.words import Language

if TYPE_CHECKING:
    from jinja2 import Environment

_AT_ONCE = 4  # each check of a password takes 64 MB for some 50 ms
_OF_ONE_NAME = 5  # times as many from all addresses together as from one


class Login:
    """Lets people in who know their password, and slows down those who guess."""

    def __init__(self, service: Service, identity: Identity, rates: Rates) -> None:
        self._service = service
        self._identity = identity
        self._rates = rates
        self._free = BoundedSemaphore(_AT_ONCE)
        self._page = partial(_page, offline=service.settings.offline)

    def router(self) -> APIRouter:
        """`/login` and `/logout`."""
        router = APIRouter()
        router.add_api_route("/login", self.show, methods=["GET"], include_in_schema=False)
        router.add_api_route("/login", self.log_in, methods=["POST"], include_in_schema=False)
        router.add_api_route("/logout", self.log_out, methods=["GET", "POST"], include_in_schema=False)
        return router

    def show(self, request: Request) -> Response:
        """The form; those who need not log in are sent on."""
        if self._identity.person(request):
            return _onwards()
        language = language_of(request)
        problem = "" if self._service.accounts.exist() else say(language, "no_accounts")
        return self._page(language, problem=problem)

    async def log_in(self, request: Request) -> Response:
        """A session cookie for the right password; otherwise the form again, with what was wrong."""
        form = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=10)
        name, password = (form.get(field, [""])[0] for field in ("name", "password"))
        language = language_of(request)
        if wait := self._must_wait(address(request.scope), name):
            problem = say(language, "too_often", seconds=wait)
            return self._page(language, name=name, problem=problem, status=429, wait=wait)
        person = await run_in_threadpool(self._checked, name, password)
        if person is None:
            return self._page(language, name=name, problem=say(language, "wrong"), status=401)
        return self._welcome(request, person)

    def log_out(self, request: Request) -> Response:
        """Ends the session, and forgets it in this browser."""
        self._identity.end(request)
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    def _must_wait(self, sender: str, name: str) -> int:
        most = self._service.settings.limits.logins_per_minute
        by_sender = self._rates.wait(f"logins from {sender}", most)
        return by_sender or self._rates.wait(f"logins as {name[:64].lower()}", most * _OF_ONE_NAME)

    def _checked(self, name: str, password: str) -> Person | None:
        with self._free:
            return self._service.accounts.log_in(name, password)

    def _welcome(self, request: Request, person: Person) -> Response:
        response = _onwards()
        secure = request.url.scheme == "https"
        value = self._identity.cookie(person)
        response.set_cookie(
            COOKIE, value, max_age=LASTS, httponly=True, samesite="strict", secure=secure, path="/"
        )
        return response


def _onwards() -> Response:
    return RedirectResponse("/", status_code=303)


def _page(
    language: Language, *, offline: bool, name: str = "", problem: str = "", status: int = 200, wait: int = 0
) -> Response:
    shown = {"language": language, "offline": offline, "name": name, "problem": problem}
    html = _environment().get_template("login.html").render(t=partial(say, language), **shown)
    response = HTMLResponse(html, status_code=status, headers={"Retry-After": str(wait)} if wait else None)
    response.headers.append("Set-Cookie", language_cookie(language))
    return response


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("apps.chat.server", "templates"), autoescape=True, undefined=StrictUndefined
    )
