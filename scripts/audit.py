"""Asks the package index for known holes in the pins (`make audit`), by pip-audit: with a network, so in no test.

pip-audit and what it stands on are fetched by uv into a place of their own: they are no part of the installation.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = "pip-audit==2.9.0"
AUDIT = ["--disable-pip", "--require-hashes", "--progress-spinner", "off"]
AWAY = (
    "Failed to fetch",
    "error sending request",
    "dns error",
    "ConnectionError",
    "Max retries exceeded",
    "network was disabled",
)


def main() -> int:
    command = [sys.executable, "-m", "uv", "tool", "run", TOOL, *AUDIT]
    for name in ("requirements.txt", "requirements-dev.txt"):
        command += ["-r", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 (our own command)
    said = f"{done.stdout}\n{done.stderr}".strip()
    if done.returncode and any(sign.lower() in said.lower() for sign in AWAY):
        sys.stdout.write("heddle: the package index cannot be reached, so nobody knows whether a pin has known holes\n")
        return 0
    sys.stdout.write(f"{said}\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
