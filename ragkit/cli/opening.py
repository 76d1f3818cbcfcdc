"""A cited place in the viewer of the desktop, where there is one."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Thread


def open_page(file: Path, page: int) -> bool:
    """Shows a page (from 1) of a PDF in the user's viewer; False where there is no display, or no viewer.

    Only PDFs are opened: other files may do more than be looked at.
    """
    command = _viewer()
    if not command or file.suffix.casefold() != ".pdf" or not file.is_file():
        return False
    target = f"{file.absolute().as_uri()}#page={page}"
    words = [word.replace("%s", target) for word in command]
    if words == command:
        words.append(target)
    try:
        viewer = subprocess.Popen(  # noqa: S603  # the user's own viewer, and no shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    Thread(target=viewer.wait, daemon=True).start()  # what ended and is not waited for stays a process
    return True


def _viewer() -> list[str]:
    """The command of $BROWSER, `open` or `xdg-open`; nothing without a display."""
    mac = sys.platform == "darwin"
    if not mac and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return []
    browser = os.environ.get("BROWSER", "").split(os.pathsep)[0]
    if browser:
        try:
            return shlex.split(browser)
        except ValueError:  # a quotation mark that is not closed
            return []
    found = shutil.which("open" if mac else "xdg-open")
    return [found] if found else []
