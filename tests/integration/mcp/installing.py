"""MCP servers of others, installed once for these tests: by their lock files, each kind in a folder of its own.

They are programs of their own, so their packages stay out of ours.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from django.conf import settings

HERE = Path(__file__).resolve().parent.parent.parent / "mcp_servers"


def python_servers() -> Path:
    """Return the folder of the programs that come from the Python package index."""
    requirements = Path(settings.BASE_DIR) / "requirements-mcp-examples.txt"  # those of `make run WITH=mcp-examples`
    folder = _folder("python", requirements)
    with _Alone(folder):
        if not (folder / "done").exists():
            uv = [sys.executable, "-m", "uv"]
            _run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder / "venv")])
            into = ["--python", str(folder / "venv" / "bin" / "python"), "--require-hashes"]
            _run([*uv, "pip", "install", "--quiet", *into, "-r", str(requirements)])
            (folder / "done").touch()
    return folder / "venv" / "bin"


def node_servers() -> Path | None:
    """Return the folder of the programs that come from npm; None where there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    folder = _folder("node", HERE / "package-lock.json")
    with _Alone(folder):
        if not (folder / "done").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder / name)
            _run([npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)])
            (folder / "done").touch()
    return folder / "node_modules" / ".bin"


def _folder(kind: str, lock: Path) -> Path:
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = Path(settings.BASE_DIR) / ".data" / "mcp-servers-of-tests" / f"{kind}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class _Alone:
    """Lets one process of the tests at a time install into a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder.with_suffix(".lock")

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *exc: object) -> None:
        self._file.close()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command[:4])} …: {done.stderr[-2000:]}"
