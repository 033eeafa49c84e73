"""Compiles requirements.txt and requirements-dev.txt from pyproject.toml, without naming any package index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = ["--quiet", "--strip-extras", "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"]


def main() -> int:
    compile_ = [sys.executable, "-m", "piptools", "compile", *COMMON]
    runs = (
        [*compile_, "--output-file", "requirements.txt", "pyproject.toml"],
        [*compile_, "--allow-unsafe", "--extra", "dev", "--constraint", "requirements.txt", "--output-file",
         "requirements-dev.txt", "pyproject.toml"],
    )  # fmt: skip
    return max(subprocess.call(run, cwd=ROOT) for run in runs)  # noqa: S603 (our own commands)


if __name__ == "__main__":
    sys.exit(main())
