"""`ragkit ask` with a remote model: answers, errors and exit codes, and never a word of the key."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from corpus import write_old
from openai_server import (
    Behaviour,
    answer,
    breaks_off,
    error,
    falls_silent,
    sends,
    serving,
    silent,
)

pytest.importorskip("openai", reason="the client of OpenAI is not installed")

KEY = "sk-cli-8d1b77e0a4"
QUESTION = "When was the Humber Bridge opened?"
FACT = "The Humber Bridge was opened in 1981."
CHAIN = """
embedder: {{type: hashing}}
retriever: {{type: bm25}}
abstention: {{type: never}}
generator:
  type: openai
  base_url: {url}
  timeout: 2
  deadline: 8
  retries: 1
  backoff: 0.01
  {more}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder with an index, in which `ragkit` runs with the key in its environment."""

    path: Path

    def start(self, *words: str, url: str, more: str = "", **environment: str) -> subprocess.Popen[str]:
        (self.path / "remote.yaml").write_text(CHAIN.format(url=url, more=more), encoding="utf-8")
        state = {"XDG_STATE_HOME": str(self.path / "state"), "OPENAI_API_KEY": KEY, "COLUMNS": "60"}
        return subprocess.Popen(
            [sys.executable, "-m", "ragkit", *words],
            cwd=self.path,
            env={**os.environ, **state, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, url: str, more: str = "", **environment: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr, which hold no word of the key and no traceback."""
        with self.start(*words, url=url, more=more, **environment) as process:
            out, err = process.communicate(timeout=60)
        assert KEY not in out + err
        assert "Traceback" not in err or "OPENAI_LOG" in environment  # the client logs them
        return process.returncode, out, err

    def ask(self, *words: str, url: str, more: str = "", **environment: str) -> tuple[int, str, str]:
        return self.run("ask", QUESTION, "--config", "remote.yaml", *words, url=url, more=more, **environment)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    made = Folder(path=tmp_path_factory.mktemp("remote"))
    (made.path / "files").mkdir()
    write_old(made.path / "files/bridges.md", f"# Bridges\n\n{FACT} It spans 2220 metres.\n")
    code, _, err = made.run("index", "files", "--config", "remote.yaml", url="http://127.0.0.1:9/v1")
    assert code == 0, err
    return made


PRICES = "price_input: 0.4\n  price_output: 1.6"


def test_an_answer_with_its_citation_and_cost(folder: Folder) -> None:
    with serving(answer("The Humber Bridge ", "was opened in 1981 ", "[1].")) as server:
        code, out, err = folder.ask(url=server.url, more=PRICES)
    assert code == 0, err
    assert "The Humber Bridge was opened in 1981. [1]" in out
    assert "[1] files/bridges.md, page 1" in out
    assert "gpt-4.1-mini: 812 + 64 tokens, $0.000427" in out
    assert err == ""
    prompt = server.requests[0].body["messages"][1]["content"]
    assert FACT in prompt
    assert QUESTION in prompt


def test_json_has_the_usage_and_the_quote(folder: Folder) -> None:
    with serving(answer(f"{FACT} [1]")) as server:
        code, out, _ = folder.ask("--json", url=server.url)
    said = json.loads(out)
    assert code == 0
    assert said["usage"] == {
        "model": "gpt-4.1-mini",
        "prompt_tokens": 812,
        "completion_tokens": 64,
        "cached_tokens": 0,
        "cost": None,
    }
    (citation,) = said["sentences"][0]["citations"]
    text = (folder.path / "files/bridges.md").read_text(encoding="utf-8")
    assert citation["quote"] == FACT
    assert FACT in text


FAILS: dict[str, tuple[Behaviour, str]] = {
    "401": (error(401, f"Incorrect API key provided: {KEY}", key=KEY), "OPENAI_API_KEY"),
    "garbage": (sends(f"data: {KEY}\n\n".encode()), "no answer"),
    "half a stream": (breaks_off("The Humber "), "broke off"),
    "silence": (silent, "silent for 2 s"),
}


@pytest.mark.parametrize("fault", FAILS)
def test_a_fault_is_one_line_and_exit_code_1(folder: Folder, fault: str) -> None:
    behaviour, expected = FAILS[fault]
    with serving(behaviour) as server:
        code, out, err = folder.ask(url=server.url)
    assert (code, out) == (1, "")
    assert err.startswith("error: 127.0.0.1 gave no answer")
    assert err.count("\n") == 1
    assert expected in err


def test_not_even_the_log_of_the_client_says_the_key(folder: Folder) -> None:
    with serving(error(500, KEY), answer(FACT)) as server:
        code, _, err = folder.ask(url=server.url, OPENAI_LOG="debug")
    assert code == 0
    assert "HTTP Response" in err  # it does log


def test_ctrl_c_ends_the_request(folder: Folder) -> None:
    with serving(falls_silent("The Humber ")) as server:
        process = folder.start("ask", QUESTION, "--config", "remote.yaml", url=server.url, more="seed: 1")
        with process:
            _wait(lambda: bool(server.requests))
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=10)
        assert server.gone.wait(3)
    assert process.returncode not in (0, 4)
    assert KEY not in out + err
    assert "Traceback" not in err


def _wait(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)


TOLD = "passages are sent to models.example.org, not encrypted (http)\n"


@pytest.mark.parametrize(("behaviour", "code"), [(silent, 1), (answer(f"{FACT} [1]"), 0)])
def test_where_passages_go_is_told_once_and_before_any_answer(
    folder: Folder, behaviour: Behaviour, code: int
) -> None:
    """A proxy stands in for a server far away."""
    with serving(behaviour) as proxy:
        far = {"url": "http://models.example.org/v1", "http_proxy": f"http://127.0.0.1:{proxy.port}"}
        ended, _, err = folder.ask(**far)
        assert proxy.requests
        in_json = folder.ask("--json", **far)
    assert (ended, err.startswith(TOLD), err.count(TOLD)) == (code, True, 1)
    assert in_json[2].count(TOLD) == 1
    if not code:
        assert TOLD.strip() in json.loads(in_json[1])["notices"]


def test_offline_is_one_error_at_once(folder: Folder) -> None:
    words = ("--offline", "ask", QUESTION, "--config", "remote.yaml")
    code, out, err = folder.run(*words, url="https://models.example.org/v1")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "offline and refused a connection to 'models.example.org'" in err
    with serving(answer(FACT)) as server:
        assert folder.run(*words, url=server.url)[0] == 0


def test_a_missing_key_is_told_before_anything_is_sent(folder: Folder) -> None:
    code, _, err = folder.ask(url="https://models.example.org/v1", OPENAI_API_KEY="")
    assert code == 1
    assert "No key for models.example.org: the environment variable OPENAI_API_KEY is empty" in err


@pytest.fixture
def spent(folder: Folder) -> Iterator[None]:
    """No process has spent anything yet."""
    ledger = folder.path / "state/ragkit/spending.sqlite"
    ledger.unlink(missing_ok=True)
    yield
    ledger.unlink()


@pytest.mark.usefixtures("spent")
def test_a_ceiling_holds_over_processes(folder: Folder) -> None:
    ceiling = f"{PRICES}\n  spending_ceiling: 0.001"
    with serving(answer(FACT, usage={"prompt_tokens": 2000, "completion_tokens": 60})) as server:
        code, out, _ = folder.ask(url=server.url, more=ceiling)
        assert (code, "2000 + 60 tokens, $0.000896" in out) == (0, True)
        code, _, err = folder.ask(url=server.url, more=ceiling)
    assert code == 1
    assert "$0.0009 of the spending_ceiling of $0.001 are spent" in err
    assert len(server.requests) == 1


def test_a_key_in_a_configuration_is_refused_and_not_repeated(folder: Folder) -> None:
    code, out, err = folder.run(
        "config", "validate", "remote.yaml", url="http://127.0.0.1:9/v1", more=f"api_key: {KEY}"
    )
    assert (code, out) == (1, "")
    assert "generator: api_key does not belong into a configuration" in err
    assert "key_env" in err


def test_any_name_of_a_model_is_valid(folder: Folder) -> None:
    words = ("config", "validate", "remote.yaml")
    assert folder.run(*words, url="http://127.0.0.1:9/v1", more="model: qwen3:4b")[1] == "valid\n"
    assert folder.run("config", "validate", "openai", url="http://127.0.0.1:9/v1")[1] == "valid\n"
