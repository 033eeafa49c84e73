"""Two first starts side by side in one folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.processes.conftest import ROOT

FAKE = """
import os, pathlib, sys, time
log = pathlib.Path(os.environ["LOG"])
with log.open("a") as file: print("begin", file=file)
time.sleep(0.5)
with log.open("a") as file: print("end", file=file)
if "venv" in __file__:
    made = pathlib.Path(sys.argv[1]) / "bin" / "python"
    made.parent.mkdir(parents=True)
    made.touch()
"""


@pytest.mark.parametrize("step", ["venv", "install"])
def test_two_first_starts_take_turns_and_the_second_finds_done_what_the_first_did(tmp_path: Path, step: str) -> None:
    for name in ("venv", "pip"):
        (tmp_path / "fakes" / name).mkdir(parents=True)
        (tmp_path / "fakes" / name / "__init__.py").touch()
        (tmp_path / "fakes" / name / "__main__.py").write_text(FAKE)
    (tmp_path / "requirements.txt").write_text("")
    arguments = {"venv": [str(tmp_path / ".venv")], "install": ["requirements.txt", "done"]}[step]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "fakes"), "LOG": str(tmp_path / "log")}
    command = [sys.executable, str(ROOT / "scripts" / "bootstrap.py"), step, *arguments]
    both = [subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert (tmp_path / "log").read_text().split() == ["begin", "end"]
