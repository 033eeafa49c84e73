"""The short form of the storm; `make chaos` is the long one."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.timeout(240)
def test_a_short_storm_loses_nothing_and_repeats_nothing() -> None:
    short = [sys.executable, "-m", "tests.chaos.storm", "--runs", "40", "--seconds", "15", "--seed", "7", "--servers"]
    short += ["--poison", "0.25"]  # one of each kind
    done = subprocess.run(short, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=220, check=False)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-3000:]}"
