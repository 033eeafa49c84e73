"""Building the editor: two commands at once make one build, whatever Node is here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.integration.processes.conftest import ROOT, wait_until

NODE = """#!/bin/sh
echo v24.0.0
"""
# Makes the folder as Vite does, from nothing, and is done when it is told so.
NPM = """#!/bin/sh
echo build >> ../builds
mkdir dist || exit 1
while [ ! -e ../go ]; do sleep 0.05; done
"""


def begun(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "scripts/frontend.py", "build"],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_second_build_waits_for_the_first_and_finds_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "frontend.py", tmp_path / "scripts")
    (tmp_path / "frontend" / "node_modules").mkdir(parents=True)
    (tmp_path / "frontend" / "package-lock.json").write_text("{}")
    (tmp_path / "frontend" / "node_modules" / ".package-lock.json").write_text("{}")
    (tmp_path / "bin").mkdir()
    for name, text in (("node", NODE), ("npm", NPM)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)

    with begun(tmp_path) as first:
        wait_until((tmp_path / "frontend" / "dist").exists)
        with begun(tmp_path) as second:
            assert second.stdout is not None
            assert second.stdout.readline().endswith("builds the editor in this folder; waiting for it\n")
            (tmp_path / "go").touch()
            said = second.communicate(timeout=60)[0]
        first.communicate(timeout=60)

    assert (first.returncode, second.returncode) == (0, 0), said
    assert said == ""
    assert (tmp_path / "builds").read_text() == "build\n"
