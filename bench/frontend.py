"""The editor: bundle sizes, and how fast 500 nodes are in a real browser."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from core.accounts import people

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
KB = 1024


def _run(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        arguments, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-4000:])
    return done.stdout


def build() -> None:
    _run(sys.executable, "scripts/frontend.py", "build")


def sizes() -> dict[str, float]:
    """Return what each first visit loads, gzipped, in KB."""
    done = subprocess.run(
        [sys.executable, "scripts/frontend.py", "npm", "run", "--silent", "size", "--", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return {f"frontend_{name}_kb": size / KB for name, size in found.items()}


def speed(base_url: str) -> dict[str, float]:
    """Return medians of five rounds with 500 nodes, against a running server that serves the built files."""
    password, email = secrets.token_urlsafe(16), f"bench-{secrets.token_hex(4)}@example.org"
    user = people.register(email=email, password=password, tier="enterprise")
    about = {
        "baseUrl": base_url,
        "email": email,
        "password": password,
        "apiKey": people.create_key(user=user, name="bench")[1],
        "chromium": _run(sys.executable, "scripts/chromium.py").strip(),
    }
    # Through npm, which runs the Node that the editor is built with.
    found: dict[str, Any] = json.loads(
        _run(
            sys.executable, "scripts/frontend.py", "npm", "run", "--silent", "speed", HEDDLE_SPEED=json.dumps(about)
        )
    )  # fmt: skip
    return {name: float(value) for name, value in found.items()}
