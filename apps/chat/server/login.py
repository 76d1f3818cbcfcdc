"""The login page, and the way out."""

from __future__ import annotations

from functools import partial
from threading import BoundedSemaphore
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from apps.chat.audit import audit
from apps.chat.errors import AppError
from apps.chat.rates import Rates
from apps.chat.server.forms import form_page
from apps.chat.server.guards import address
from apps.chat.server.identity import COOKIE, LASTS, Identity
from apps.chat.server.words import language_of, say
from apps.chat.service import Service
from apps.chat.storage import Person

_AT_ONCE = 4  # each check of a password takes 64 MB for some 50 ms
_OF_ONE_NAME = 5  # times as many from all addresses together as from one


class Login:
    """Lets people in who know their password, and slows down those who guess."""

    def __init__(self, service: Service, identity: Identity, rates: Rates) -> None:
        self._service = service
        self._identity = identity
        self._rates = rates
        self._free = BoundedSemaphore(_AT_ONCE)
        self._page = partial(form_page, "login.html", offline=service.settings.offline, name="")

    def router(self) -> APIRouter:
        """`/login`, `/logout` and `/password`."""
        router = APIRouter()
        router.add_api_route("/login", self.show, methods=["GET"], include_in_schema=False)
        router.add_api_route("/login", self.log_in, methods=["POST"], include_in_schema=False)
        router.add_api_route("/logout", self.log_out, methods=["GET", "POST"], include_in_schema=False)
        router.add_api_route("/password", self.show_password, methods=["GET"], include_in_schema=False)
        router.add_api_route("/password", self.change_password, methods=["POST"], include_in_schema=False)
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
        name, password = await _fields(request, "name", "password")
        language = language_of(request)
        if wait := self._must_wait(address(request.scope), name):
            problem = say(language, "too_often", seconds=wait)
            return self._page(language, name=name, problem=problem, status=429, wait=wait)
        person = await run_in_threadpool(self._checked, name, password)
        client = address(request.scope)
        if person is None:
            audit("login refused", client=client, account=self._known(name), warn=True)
            return self._page(language, name=name, problem=say(language, "wrong"), status=401)
        audit("login", person=person.id, client=client)
        return self._welcome(request, person)

    def log_out(self, request: Request) -> Response:
        """Ends the session, and forgets it in this browser."""
        if person := self._identity.person(request):
            audit("logout", person=person.id, client=address(request.scope))
        self._identity.end(request)
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    def show_password(self, request: Request) -> Response:
        """The form for another password; there is none where nobody has to log in."""
        if not self._service.accounts.exist():
            return _onwards()
        return form_page("password.html", language_of(request), name=request.state.person.name)

    async def change_password(self, request: Request) -> Response:
        """Another password for whoever knows the one so far; all other sessions of the account end."""
        if not self._service.accounts.exist():
            return _onwards()
        person: Person = request.state.person
        old, new, again = await _fields(request, "password", "new", "again")
        language = language_of(request)
        page = partial(form_page, "password.html", language, name=person.name)
        if wait := self._must_wait(address(request.scope), person.name):
            return page(problem=say(language, "too_often", seconds=wait), status=429, wait=wait)
        if await run_in_threadpool(self._checked, person.name, old) is None:
            audit("password refused", person=person.id, client=address(request.scope), warn=True)
            return page(problem=say(language, "wrong_password"), status=401)
        if new != again:
            return page(problem=say(language, "not_the_same"), status=400)
        try:
            await run_in_threadpool(self._service.accounts.change_password, person.name, new)
        except AppError as error:
            return page(problem=error.said(language), status=400)
        audit("password changed", person=person.id, client=address(request.scope))
        return self._welcome(request, person)

    def _known(self, name: str) -> str:
        """The name, if there is such an account: else it may be a password in the wrong field."""
        return next(
            (one.name for one in self._service.accounts.all() if one.name.lower() == name.lower()), ""
        )

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


async def _fields(request: Request, *names: str) -> list[str]:
    form = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=10)
    return [form.get(name, [""])[0] for name in names]
