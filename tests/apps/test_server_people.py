"""Who gets in: logins, sessions, apps without accounts, other sites, limits of rate."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_app import PASSWORDS, Within, log_in, within

from apps.chat.quality import Quality, Rated
from apps.chat.server.identity import COOKIE
from apps.chat.storage import Accounts, Database
from apps.chat.storage.database import answer_key


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Within]:
    with within(tmp_path_factory.mktemp("people")) as made:
        yield made


def test_nobody_gets_in_without_a_login(app: Within) -> None:
    client = app.client()
    browser = {"Accept": "text/html"}
    for path in ("/", "/en/", "/zh/", "/api/files/x"):
        assert client.get(path).status_code == 401
        sent_on = client.get(path, headers=browser)
        assert (sent_on.status_code, sent_on.headers["location"]) == (303, "/login")
    assert client.post("/en/gradio_api/queue/join", json={}).status_code == 401


def test_a_login_opens_a_session_that_only_the_server_can_read(app: Within) -> None:
    client = app.client()
    done = client.post("/login", data={"name": "ANNA", "password": PASSWORDS["anna"]})
    cookie = next(line for line in done.headers.get_list("set-cookie") if line.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie
    assert client.get("/en/").status_code == 200
    assert client.get("/login").headers["location"] == "/"


def test_over_https_the_cookie_stays_there(app: Within) -> None:
    client = app.client()
    client.base_url = "https://127.0.0.1"
    sent = {"name": "anna", "password": PASSWORDS["anna"]}
    done = client.post("/login", data=sent)
    assert "Secure" in next(line for line in done.headers.get_list("set-cookie") if line.startswith(COOKIE))
    assert "max-age" in done.headers["strict-transport-security"]


@pytest.mark.parametrize(("name", "password"), [("anna", "wrong word"), ("nobody", "wrong word"), ("", "")])
def test_a_wrong_login_says_the_same_for_every_name(app: Within, name: str, password: str) -> None:
    done = app.client().post("/login", data={"name": name, "password": password})
    assert done.status_code == 401
    assert "This name and password do not fit together." in done.text
    assert COOKIE not in done.headers.get("set-cookie", "")


def test_what_was_typed_comes_back_as_text(app: Within) -> None:
    done = app.client().post("/login", data={"name": '"><script>alert(1)</script>', "password": "x"})
    assert "<script" not in done.text


def test_a_forged_session_is_none(app: Within) -> None:
    good = app.client("anna").cookies[COOKIE]
    for value in (good[:-2] + "xx", good + "x", "[1]", "", good.split(".", maxsplit=1)[0]):
        client = app.client()
        client.cookies.set(COOKIE, value)
        assert client.get("/en/").status_code == 401


def test_a_new_password_and_a_removal_end_sessions(tmp_path: Path) -> None:
    with within(tmp_path) as app:
        ben, eve = app.client("ben"), app.client("eve")
        assert ben.get("/en/").status_code == eve.get("/en/").status_code == 200
        app.service.accounts.change_password("ben", "another horse")
        app.service.accounts.remove("eve")
        assert ben.get("/en/").status_code == eve.get("/en/").status_code == 401


def test_a_logout_ends_the_session_also_for_copies_of_its_cookie(app: Within) -> None:
    client, other = app.client("anna"), app.client("anna")
    copied = client.cookies[COOKIE]
    assert client.get("/logout").headers["location"] == "/login"
    assert client.get("/en/").status_code == 401
    client.cookies.set(COOKIE, copied)
    assert client.get("/en/").status_code == 401
    assert other.get("/en/").status_code == 200


def test_ends_of_sessions_are_forgotten_when_these_would_have_ended(app: Within) -> None:
    accounts = app.service.accounts
    accounts.end_session("old", time.time() - 1)
    accounts.end_session("new", time.time() + 60)
    assert [accounts.has_ended(name) for name in ("old", "new", "other")] == [False, True, False]


FIRST = """
DROP TABLE ended;
DROP TABLE ratings;
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    collection TEXT NOT NULL REFERENCES collections ON DELETE CASCADE, question TEXT NOT NULL,
    answer TEXT NOT NULL, good INTEGER NOT NULL, created REAL NOT NULL
) STRICT;
PRAGMA user_version = 1;
"""
"""What the tables of the first version of the app had otherwise."""


def test_data_of_the_first_version_are_taken_over_and_nothing_is_lost(tmp_path: Path) -> None:
    with within(tmp_path) as app:
        collection = app.library("anna").create("papers")
        with app.service.database.reading() as connection:
            connection.executescript(FIRST)
            for answer, good in (("Anna.", 0), ("Anna.", 1), ("Ben.", 0)):
                row = (collection.id, "Who?", answer, good)
                connection.execute("INSERT INTO ratings VALUES (NULL, 1, ?, ?, ?, ?, 0)", row)
            connection.execute("INSERT INTO runs VALUES (NULL, ?, '[{}]', 0)", (collection.id,))
        database = Database(app.service.database.folder)
        quality = Quality(database, app.library("anna"), collection.id)
        assert quality.rated() == Rated(good=1, bad=1)
        assert quality.rated_by_me()[answer_key("Who?", "Anna.")] is True
        assert quality.runs() == []  # it counted pages
        accounts = Accounts(database)
        accounts.end_session("one", time.time() + 60)
        assert accounts.has_ended("one")
        with database.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"Ben." not in (database.folder / "app.sqlite").read_bytes()


def test_people_change_their_own_password_and_other_sessions_end(app: Within) -> None:
    client, other = app.client("ben"), app.client("ben")
    old, new = PASSWORDS["ben"], "a longer staple"
    for sent, status, said in (
        ({"password": "wrong word", "new": new, "again": new}, 401, "This is not your password so far."),
        ({"password": old, "new": new, "again": "another"}, 400, "The new passwords are not the same."),
        ({"password": old, "new": "short", "again": "short"}, 400, "A password has 8 to 200 characters"),
    ):
        done = client.post("/password", data=sent)
        assert (done.status_code, said in done.text) == (status, True)
    assert client.post("/password", data={"password": old, "new": new, "again": new}).status_code == 303
    assert (client.get("/en/").status_code, other.get("/en/").status_code) == (200, 401)
    assert app.service.accounts.log_in("ben", new)
    assert "修改密码" in client.get("/password?language=zh").text
    assert app.client().get("/password").status_code == 401


def test_without_accounts_there_is_no_password_to_change(tmp_path: Path) -> None:
    with within(tmp_path, accounts=False) as app:
        assert app.client().get("/password").status_code == 303
        assert app.client().post("/password", data={}).status_code == 303


def test_who_came_and_who_was_refused_is_logged_without_what_was_typed(
    app: Within, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "apps.chat.audit")
    client = app.client("anna")
    client.get("/logout")
    for name in ("BEN", "my password"):
        app.client().post("/login", data={"name": name, "password": "wrong word"})
    seen = [record.request for record in caplog.records if hasattr(record, "request")]
    assert [(one["event"], one["person"], one.get("account")) for one in seen] == [
        ("login", 1, None),
        ("logout", 1, None),
        ("login refused", None, "ben"),
        ("login refused", None, ""),
    ]
    assert all(one["client"] for one in seen)


def test_logins_are_counted(tmp_path: Path) -> None:
    with within(tmp_path, logins_per_minute=3) as app:
        client = app.client()
        sent = {"name": "anna", "password": "wrong word"}
        seen = [client.post("/login?language=zh", data=sent) for _ in range(4)]
        assert [done.status_code for done in seen] == [401, 401, 401, 429]
        assert "尝试次数过多" in seen[-1].text
        assert 0 < int(seen[-1].headers["retry-after"]) <= 120


def test_requests_are_counted_for_each_person(tmp_path: Path) -> None:
    with within(tmp_path, requests_per_minute=20) as app:
        anna, ben = app.client("anna"), app.client("ben")
        seen = [anna.get("/api/files/x").status_code for _ in range(21)]
        assert seen == [404] * 20 + [429]
        assert "Retry-After" in anna.get("/api/files/x").headers
        assert ben.get("/api/files/x").status_code == 404
        assert anna.get("/health").status_code == 503  # its indexer does not run


def test_the_login_page_speaks_two_languages(app: Within) -> None:
    english = app.client().get("/login", headers={"Accept-Language": "de, en;q=0.8, zh;q=0.5"})
    chinese = app.client().get("/login", headers={"Accept-Language": "fr;q=0.1, zh-CN;q=0.9"})
    assert ('lang="en"' in english.text, "Log in" in english.text) == (True, True)
    assert ('lang="zh-Hans"' in chinese.text, "登录" in chinese.text) == (True, True)
    assert "http" not in english.text.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("header", "leads"), [("zh-TW,en;q=0.5", "/zh/"), ("en", "/en/"), ("fr", "/en/"), ("en;q=x", "/en/")]
)
def test_the_start_leads_to_the_language_of_the_browser(app: Within, header: str, leads: str) -> None:
    client = app.client("anna")
    client.cookies.delete("language")
    assert client.get("/", headers={"Accept-Language": header}).headers["location"] == leads


def test_without_accounts_this_machine_needs_no_login_until_there_is_one(tmp_path: Path) -> None:
    with within(tmp_path, accounts=False) as app:
        client = app.client()
        assert client.get("/en/").status_code == 200
        mine = app.library("").create("Mine")
        first = app.service.accounts.add("anna", PASSWORDS["anna"])
        assert first.admin
        assert client.get("/en/").status_code == 401
        log_in(client, "anna")
        assert client.get("/en/").status_code == 200
        assert [one.id for one in app.library("anna").collections()] == [mine.id]
        assert not app.service.accounts.add("ben", PASSWORDS["ben"]).admin
        assert app.library("ben").collections() == []


def test_without_accounts_nobody_else_gets_in(tmp_path: Path) -> None:
    with within(tmp_path, accounts=False, host="0.0.0.0") as app:  # as where the last account was removed
        assert app.client().get("/en/").status_code == 401
    done = subprocess.run(
        [sys.executable, "-m", "ragkit", "app", "--host", "0.0.0.0", "--data", str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: Others could reach the app at 0.0.0.0, and it has no accounts.")
    assert len(done.stderr.splitlines()) == 1


OTHERS = [
    {"Host": "evil.example"},
    {"Host": "evil.example:7860"},
    {"Host": ""},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "192.168.0.7"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1:8000"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]


@pytest.mark.parametrize("headers", OTHERS)
def test_other_sites_get_nothing(app: Within, headers: dict[str, str]) -> None:
    client = app.client("anna")
    for method, path in (("GET", "/en/"), ("GET", "/api/files/x"), ("POST", "/login"), ("POST", "/logout")):
        done = client.request(method, path, headers=headers)
        assert done.status_code == 403
        assert "access-control-allow-origin" not in done.headers


def test_a_page_of_another_site_cannot_send_a_form(app: Within) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert app.client("anna").post("/logout", headers=headers).status_code == 403
    assert app.client("anna").get("/en/", headers=headers).status_code == 200  # a link that was followed


def test_own_pages_get_answers(app: Within) -> None:
    headers = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert app.client("anna").get("/en/", headers=headers).status_code == 200


def test_large_requests_are_refused(app: Within) -> None:
    client = app.client("anna")

    def pieces() -> Iterator[bytes]:
        for _ in range(30):
            yield b"a" * 100_000

    for body in (b"a" * 3_000_000, pieces()):
        done = client.post("/en/gradio_api/queue/join", content=body)
        assert (done.status_code, "at most" in done.json()["error"]) == (413, True)


def test_every_answer_tells_the_browser_to_be_careful(app: Within) -> None:
    client = app.client("anna")
    for path in ("/", "/en/", "/login", "/health", "/api/files/x", "/static/login.css", "/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
        assert "'unsafe-inline'" not in headers["content-security-policy"].split("style-src")[0]
        assert "server" not in headers


def test_the_page_names_no_other_host(app: Within) -> None:
    for language in ("en", "zh-Hans"):
        html = app.client("anna").get(f"/{language[:2]}/").text
        assert f'lang="{language}"' in html
        assert "https://" not in html.replace("https://gradio.app/docs", "")
        assert 'name="twitter' not in html
