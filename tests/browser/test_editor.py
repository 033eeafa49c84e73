"""The editor in a real browser, on the built files, against the real server: the journeys of `frontend/e2e/`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.conftest import Stack

ROOT = Path(settings.BASE_DIR)
JOURNEYS = sorted(path.name for path in (ROOT / "frontend" / "e2e").glob("*.test.ts"))


@pytest.fixture(scope="session")
def browser() -> str:
    subprocess.run([sys.executable, "scripts/frontend.py", "build"], cwd=ROOT, check=True)
    found = subprocess.run(
        [sys.executable, "scripts/chromium.py"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_in_the_browser(stack: Stack, browser: str, journey: str) -> None:
    person = stack.person(tier="enterprise", is_staff=True)
    about = {"baseUrl": stack.base_url, "chromium": browser, **person}
    done = subprocess.run(
        [sys.executable, "scripts/frontend.py", "npm", "run", "--silent", "test:e2e", "--", f"e2e/{journey}"],
        cwd=ROOT, env={**os.environ, "HEDDLE_E2E": json.dumps(about)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
