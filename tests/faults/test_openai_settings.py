"""Settings of remote models: a key never stands in them, and no error repeats one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from ragkit.config import Config, parse_config
from ragkit.errors import ConfigError, GenerationError
from ragkit.generators import OpenAIConfig
from ragkit.models.remote import RemoteWriter
from ragkit.models.remote_settings import RemoteSettings
from ragkit.models.spending import SpendingLedger, ledger_path

KEY = "sk-settings-51c0e9"
FAR = "https://models.example.org/v1"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def key_of(settings: RemoteSettings) -> str:
    return settings.key(settings.server())


def problem(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"generator: {{type: openai, {text}}}", name="ragkit.yaml")
    assert KEY not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["key", "api_key", "apikey", "token", "OPENAI_API_KEY", "Authorization"])
def test_a_key_is_refused_and_not_repeated(name: str) -> None:
    assert f"generator: {name} does not belong into a configuration; put it into" in problem(f"{name}: {KEY}")
    with pytest.raises(ValidationError) as caught:
        OpenAIConfig.model_validate({name: KEY})
    with pytest.raises(ValidationError) as whole:
        Config.model_validate({"generator": {"type": "openai", name: KEY}})
    assert KEY not in str(caught.value) + str(whole.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"https://user:{KEY}@models.example.org/v1", "no user, password"),
        (f"https://{KEY}@models.example.org/v1", "no user, password"),
        (f"https://models.example.org/v1?key={KEY}", "no user, password"),
        (f"https://models.example.org/v1#{KEY}", "no user, password"),
        (f"{KEY}", "http:// or https://"),
        ("ftp://models.example.org", "http:// or https://"),
        ("models.example.org/v1", "http:// or https://"),
        ("https://", "http:// or https://"),
        ("https://models.example.org:port/v1", "not an address"),
        ("https://[::1/v1", "not an address"),
        ("http://127.0.0.1\\\\@models.example.org/v1", "no user"),
        ("7", "an address"),
    ],
)
def test_an_address_is_an_address_only(url: str, expected: str) -> None:
    found = problem(f'base_url: "{url}"')
    assert "generator.base_url: it" in found
    assert expected in found


def test_a_key_in_place_of_its_variable_is_not_repeated() -> None:
    assert "generator.key_env: it must be the name of an environment variable" in problem(f"key_env: {KEY}")
    assert KEY not in problem("key_env: 7, key_file: 7")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spending_ceiling: 5", "generator: spending_ceiling needs price_input and price_output"),
        ("price_input: 5", "generator: give both price_input and price_output"),
        ("price_output: .inf, price_input: 1", "generator.price_output"),
        ("timeout: 0", "generator.timeout"),
        ("deadline: .nan", "generator.deadline"),
        ('model: ""', "generator.model"),
        ("temperature: 3", "generator.temperature"),
        ("modle: x", "did you mean 'model'?"),
    ],
)
def test_wrong_settings_are_told_by_their_place(text: str, expected: str) -> None:
    assert expected in problem(text)


@pytest.mark.parametrize(
    ("url", "local", "readable"),
    [
        ("http://127.0.0.1:11434/v1", True, False),
        ("http://localhost:8000/v1", True, False),
        ("http://[::1]:8000/v1", True, False),
        ("https://api.openai.com/v1", False, False),
        ("http://10.0.0.7:8000/v1", False, True),
        ("https://localhost.example.org/v1", False, False),
    ],
)
def test_which_servers_are_this_machine(url: str, local: bool, readable: bool) -> None:
    server = RemoteSettings(base_url=url).server()
    assert (server.local, server.readable) == (local, readable)


def test_the_address_comes_from_the_settings_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert RemoteSettings().server().url == "https://api.openai.com/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", FAR)
    assert RemoteSettings().server().host == "models.example.org"
    assert RemoteSettings(base_url="http://localhost/v1").server().host == "localhost"
    monkeypatch.setenv("OPENAI_BASE_URL", f"https://u:{KEY}@models.example.org")
    with pytest.raises(GenerationError, match="OPENAI_BASE_URL") as caught:
        RemoteSettings().server()
    assert KEY not in str(caught.value)


def test_the_key_comes_from_the_environment_or_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MY_KEY", f" {KEY}\n")
    assert key_of(RemoteSettings(base_url=FAR, key_env="MY_KEY")) == KEY
    file = tmp_path / "key.txt"
    file.write_text(f"{KEY}2\n", encoding="utf-8")
    assert key_of(RemoteSettings(base_url=FAR, key_env="MY_KEY", key_file=file)) == f"{KEY}2"
    assert key_of(RemoteSettings(base_url=FAR, key_env=None)) == ""
    assert key_of(RemoteSettings(base_url="http://127.0.0.1/v1")) == ""


def test_a_missing_or_odd_key_is_told_without_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = RemoteSettings(base_url=FAR)
    with pytest.raises(
        GenerationError, match=r"models\.example\.org.*OPENAI_API_KEY is empty.*key_env: null"
    ):
        key_of(settings)
    for odd in (f"{KEY} {KEY}", f"{KEY}é", f"Bearer {KEY}", f"{KEY}\nx"):
        monkeypatch.setenv("OPENAI_API_KEY", odd)
        with pytest.raises(GenerationError, match="is no key") as caught:
            key_of(settings)
        assert KEY not in str(caught.value)
    with pytest.raises(GenerationError, match="cannot be read") as caught:
        key_of(RemoteSettings(base_url=FAR, key_file=tmp_path / KEY))
    assert "No such file" in str(caught.value)
    assert KEY not in str(caught.value)


def test_nothing_that_is_made_from_the_settings_shows_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = OpenAIConfig(base_url=FAR)
    assert key_of(settings) == KEY
    shown = (repr(settings), settings.model_dump_json(), repr(RemoteWriter(settings)), repr(settings.build()))
    assert all(KEY not in text for text in shown)


def test_many_at_once_stay_below_the_ceiling() -> None:
    ledger = SpendingLedger(1.0)
    together = threading.Barrier(8)

    def ask(_: int) -> bool:
        together.wait()
        try:
            ledger.reserve(0.3)
        except GenerationError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(ask, range(8))) == 3
    with pytest.raises(
        GenerationError, match=r"may cost \$0\.3000, and \$0\.9000 of the spending_ceiling of \$1"
    ):
        SpendingLedger(1.0).reserve(0.3)


def test_what_was_not_spent_is_free_again() -> None:
    ledger = SpendingLedger(1.0)
    for _ in range(20):
        settle = ledger.reserve(0.9)
        settle(0.0)
    ledger.reserve(0.9)(0.1)
    ledger.reserve(0.9)


def test_a_ledger_that_cannot_be_kept_lets_nothing_through(tmp_path: Path) -> None:
    ledger_path().parent.mkdir(parents=True)
    ledger_path().write_bytes(b"no database at all, but a text")
    with pytest.raises(GenerationError, match="spending_ceiling cannot be kept"):
        SpendingLedger(1.0).reserve(0.1)
