"""Help: every command has an example, and asking for it loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from ragkit.cli.app import app

HEAVY = ("torch", "transformers", "sentence_transformers", "faiss", "gradio", "onnxruntime", "tantivy")


def commands(command: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    children = getattr(command, "commands", None)
    if not children:
        return [path]
    return [found for name, child in children.items() for found in commands(child, (*path, name))]


PATHS = commands(get_command(app))


def test_the_commands_are_those_of_the_design() -> None:
    top = {path[0] for path in PATHS}
    assert {"index", "search", "ask", "list", "show", "rm", "stats", "compact", "eval", "config"} <= top
    assert {"models", "doctor"} <= top


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_shows_an_example_of_the_command(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert done.exit_code == 0
    assert "Example" in done.output
    assert f"ragkit {' '.join(path)}" in done.output


def loaded_by(code: str) -> set[str]:
    program = f"import sys; {code}; print(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_command_line_starts_without_heavy_packages() -> None:
    names = loaded_by("import ragkit.cli")
    assert not names & {*HEAVY, "pydantic", "numpy", "yaml"}
    assert "typer" in names


def test_importing_ragkit_loads_no_heavy_package() -> None:
    assert not loaded_by("import ragkit") & set(HEAVY)


@pytest.mark.parametrize("module", ["config", "chain", "ingest", "index", "evaluation", "retrievers"])
def test_importing_a_part_loads_no_heavy_package(module: str) -> None:
    assert not loaded_by(f"import ragkit.{module}") & set(HEAVY)


def test_the_terminal_breaks_the_lines_of_help_and_leaves_examples() -> None:
    wide = CliRunner().invoke(app, ["tune", "dpo", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    assert "an adapter is tuned on; --rank, --dropout and --layers are those of a new one." in wide
    lines = [line.rstrip() for line in wide.splitlines()]
    assert "     ragkit tune dpo --start runs/sft --out runs/dpo" in lines
    assert "     ragkit tune dpo --data runs/pairs --rate 1e-5 --beta 0.2" in lines
