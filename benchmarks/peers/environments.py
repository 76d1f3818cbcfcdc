"""A Python environment for each framework, made from its pinned requirements when first needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE / ".venvs"
OWN = ("ragkit", "bare")
"""These run in the environment that the benchmark itself runs in."""


def python_of(tool: str) -> str:
    """The interpreter of a tool; makes or renews its environment if its requirements are new."""
    if tool in OWN:
        return sys.executable
    folder, requirements = FOLDER / tool, HERE / "requirements" / f"{tool}.txt"
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    if not installed.exists() or installed.read_text("utf-8") != requirements.read_text("utf-8"):
        print(f"installing {tool} into {folder}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        quiet = ["--quiet", "--disable-pip-version-check"]
        subprocess.run([str(python), "-m", "pip", "install", *quiet, "-r", str(requirements)], check=True)
        installed.write_text(requirements.read_text("utf-8"), "utf-8")
    return str(python)


def versions_of(tool: str) -> str:
    """The packages that make up a tool, with their versions, as its requirements pin them at the top."""
    if tool in OWN:
        return ""
    lines = (HERE / "requirements" / f"{tool}.txt").read_text("utf-8").splitlines()
    return lines[0].removeprefix("# ")
