"""Finds the browser for the tests, or has one installed: by apt as root, else by Playwright; prints its path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOADED = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/chrome-*/*headless*shell")


class NoBrowser(RuntimeError):
    """The message says what is missing."""


def found() -> str | None:
    """Return the path of a Chromium: that of HEDDLE_CHROMIUM, of the machine, or one that Playwright downloaded."""
    if named := os.environ.get("HEDDLE_CHROMIUM"):
        return named
    if path := next(filter(None, map(shutil.which, NAMES)), None):
        return path
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return next((str(path) for pattern in DOWNLOADED for path in sorted(cache.glob(pattern), reverse=True)), None)


def installed() -> str:
    """Return the path of a Chromium, installed where there was none. Raises: NoBrowser."""
    if path := found():
        return path
    for attempt in (_by_apt, _by_playwright):
        attempt()
        if path := found():
            return path
    raise NoBrowser(
        "the browser tests need Chromium: install the package `chromium`, or name a browser with HEDDLE_CHROMIUM"
    )


def _by_apt() -> None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    sys.stderr.write("heddle: installing Chromium with apt\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "chromium"]):
        subprocess.call([apt, *arguments], env=environment, stdout=sys.stderr)  # noqa: S603 (our own command)


def _by_playwright() -> None:
    sys.stderr.write("heddle: downloading Chromium with Playwright\n")
    program = ROOT / "frontend" / "node_modules" / ".bin" / "playwright-core"
    if program.exists():
        subprocess.call([str(program), "install", "chromium"], stdout=sys.stderr)  # noqa: S603 (our own command)


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{installed()}\n")
    except NoBrowser as exc:
        sys.exit(f"heddle: {exc}")
