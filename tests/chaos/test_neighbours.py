"""The short form of the noisy neighbour; `make chaos` is the long one."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.timeout(240)
def test_a_hostile_user_leaves_another_his_share() -> None:
    short = [sys.executable, "-m", "tests.chaos.neighbours", "--quiet", "5", "--seconds", "9", "--scale", "0.03"]
    done = subprocess.run(
        [*short, "--settle", "60"], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=220, check=False
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-3000:]}"
