"""`ragkit users` and the ways in which `ragkit app` does not start."""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from apps.chat.storage import Accounts, Database, Library


def ragkit(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ragkit", *words]
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def accounts(data: Path) -> Accounts:
    return Accounts(Database(data))


def test_accounts_are_made_listed_changed_and_removed(data: Path) -> None:
    where = ("--data", str(data))
    first = ragkit("users", "add", "anna", *where, typed="correct horse\n")
    assert (first.returncode, first.stdout) == (0, "added anna (admin)\n")
    assert "everybody has to log in" in first.stderr
    assert ragkit("users", "add", "ben", *where, typed="battery staple").stdout == "added ben\n"
    listed = ragkit("users", "list", "--json", *where).stdout
    assert '"name": "anna"' in listed
    assert '"admin": true' in listed
    assert "correct" not in listed
    assert "0 files" in ragkit("users", "list", *where).stdout
    assert ragkit("users", "password", "ben", *where, typed="another staple\n").returncode == 0
    assert accounts(data).log_in("ben", "battery staple") is None
    ben = accounts(data).log_in("ben", "another staple")
    assert ben
    folder = Library(Database(data), ben).create("Papers").files
    folder.mkdir(parents=True)
    kept = ragkit("users", "remove", "ben", *where, typed="n\n")
    assert (kept.returncode, folder.exists()) == (1, True)
    assert "Remove ben with 1 collections and 0 files for good?" in kept.stderr
    assert ragkit("users", "remove", "ben", "--yes", *where).stdout == "removed ben\n"
    assert not folder.exists()
    assert [person.name for person in accounts(data).all()] == ["anna"]


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("add", "anna"), "short\n", "8 to 200 characters"),
        (("add", "local"), "long enough\n", "cannot name an account"),
        (("add", "a\tb"), "long enough\n", "cannot name an account"),
        (("password", "nobody"), "long enough\n", "Accounts: none"),
        (("remove", "nobody", "--yes"), "", "Accounts: none"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    data: Path, words: tuple[str, ...], typed: str, said: str
) -> None:
    done = ragkit("users", *words, "--data", str(data), typed=typed)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_typed_password_is_not_shown(data: Path) -> None:
    pid, terminal = pty.fork()
    if not pid:
        os.execv(
            sys.executable, [sys.executable, "-m", "ragkit", "users", "add", "anna", "--data", str(data)]
        )
    shown = b""
    for _ in range(2):
        while not shown.endswith(b": "):
            shown += os.read(terminal, 1000)
        os.write(terminal, b"correct horse\n")
        shown += b"|"
    while b"added" not in shown:
        shown += os.read(terminal, 1000)
    os.waitpid(pid, 0)
    assert b"correct" not in shown
    assert accounts(data).log_in("anna", "correct horse")


def test_a_port_in_use_is_one_clear_error(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = ragkit("app", "--port", port, "--data", str(data))
    assert done.returncode == 1
    assert f"cannot listen at 127.0.0.1, port {port} (Address already in use)" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--config", "nothing.yaml"), "nothing.yaml"),
        (("--log", "/no/such/folder/log"), "Name another with --log"),
        (
            ("--data", "/dev/null/data"),
            "Name another with --data",
        ),
        (("--host", "300.1.2.3"), "no accounts"),
    ],
)
def test_what_cannot_be_used_is_one_clear_error(data: Path, options: tuple[str, ...], said: str) -> None:
    done = ragkit("app", "--port", "0", "--data", str(data), *options)
    assert done.returncode == 1
    assert said in done.stderr.replace("or name another", "Name another")
    assert "Traceback" not in done.stderr


def test_one_folder_has_one_server(tmp_path: Path) -> None:
    from running_app import running

    with running(tmp_path) as server:
        done = ragkit("app", "--port", "0", "--data", str(server.data))
        assert done.returncode == 1
        assert "Another `ragkit app` uses the data" in done.stderr
