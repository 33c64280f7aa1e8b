"""Chromium as the tests and scripts/screenshots start it: the system's own, and nobody else's server."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from playwright.sync_api import Browser, BrowserType, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """The program, if there is one that runs."""
    return next(filter(_runs, map(shutil.which, _NAMES)), None)


def launch(playwright: Playwright, program: str, language: str = "") -> Browser:
    """``language``, such as ``zh_CN``, is that of what Chromium itself draws, like dates."""
    return start(playwright.chromium, program, language)


def start(kind: BrowserType, program: str, language: str = "", more: Sequence[str] = ()) -> Browser:
    """The same by the kind of a browser that is there, with ``more`` arguments."""
    # Its sandbox is of no use to root, and refuses.
    alone = ("--no-sandbox",) if os.geteuid() == 0 else ()
    return kind.launch(
        executable_path=program,
        args=[*_ARGUMENTS, *alone, *more],
        env=os.environ | {"LANGUAGE": language} if language else None,
        timeout=60_000,
    )


def _runs(program: str | None) -> bool:
    """On Ubuntu the command may be there and only tell about a snap."""
    return (
        bool(program)
        and subprocess.run([program, "--version"], capture_output=True).returncode == 0
    )
