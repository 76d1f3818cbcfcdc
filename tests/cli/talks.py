"""What `ragkit chat` is asked with in tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from conftest import Done, Shell

CONFIG = "{embedder: {type: hashing}, retriever: {type: bm25}, abstention: {type: never}}"
OPENED = "When was the Humber Bridge opened?"


def environment(state: Path, **more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    return {**kept, "COLUMNS": "100", "XDG_STATE_HOME": str(state), **more}


def chat(shell: Shell, state: Path, *lines: str, options: Sequence[str] = ()) -> Done:
    config = state.parent / "chat.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ragkit", "chat", "--config", str(config), *options],
        cwd=shell.folder,
        env=environment(state),
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)
