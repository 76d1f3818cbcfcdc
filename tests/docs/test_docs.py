"""The documentation says what the code does."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer

from ragkit.cli.app import app
from ragkit.config import preset_text

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLI = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def command_paths() -> list[str]:
    group = typer.main.get_command(app)
    paths = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]  # a group
        children = getattr(command, "commands", None)
        paths += [f"{name} {child}" for child in children] if children else [name]
    return paths


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.S)


@pytest.mark.parametrize("path", command_paths())
def test_every_command_stands_in_the_docs_with_an_example(path: str) -> None:
    assert f"## ragkit {path.split(maxsplit=1)[0]}\n" in CLI
    assert f"    ragkit {path}" in CLI


@pytest.mark.parametrize("path", command_paths())
def test_every_command_stands_in_the_readme(path: str) -> None:
    for word in path.split():
        assert word in README


def test_every_documented_option_exists() -> None:
    group = typer.main.get_command(app)
    commands = [group, *group.commands.values()]  # type: ignore[attr-defined]  # a group
    commands += [c for g in commands[1:] for c in getattr(g, "commands", {}).values()]
    known = {opt for command in commands for parameter in command.params for opt in parameter.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", CLI + README)) <= known | {"--help"}


def test_schemas_are_those_of_the_code() -> None:
    generator = load_generator()
    for name, shape in generator.SCHEMAS.items():
        written = (ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8")
        assert written == generator.schema_text(shape), "run docs/generate.py schemas"


def test_the_page_of_settings_is_that_of_the_code() -> None:
    written = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written == load_generator().configuration_text(), "run docs/generate.py schemas"


def test_the_readme_shows_the_default_chain() -> None:
    assert preset_text("default") in blocks(README, "yaml")


def test_the_readme_example_answers(tmp_path: Path) -> None:
    (tmp_path / "corpora").symlink_to(ROOT / "corpora")
    (code,) = blocks(README, "python")
    small = code.replace('"corpora/demo"', '"corpora/demo/agency-plans-en/DHS2020.pdf"')
    done = subprocess.run(
        [sys.executable, "-c", small], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300
    )
    assert "DHS2020.pdf" in done.stdout


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
