"""The editor in a real browser, on the built files, against the real server: the journeys of `frontend/e2e/`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.conftest import Stack
from workflow_backend.supervisor.processes import Supervisor
from workflow_backend.supervisor.stack import WEB, listen, wait_until_ready

ROOT = Path(settings.BASE_DIR)
ORDERS = [{"id": 1, "customer": "Ana", "total": 12}, {"id": 2, "customer": "Ben", "total": 30}]
JOURNEYS = sorted(path.name for path in (ROOT / "frontend" / "e2e").glob("*.test.ts"))
NEEDS_ANOTHER_HOST = "security.test.ts"


@pytest.fixture(scope="session")
def browser() -> str:
    subprocess.run([sys.executable, "scripts/frontend.py", "build"], cwd=ROOT, check=True)
    found = subprocess.run(
        [sys.executable, "scripts/chromium.py"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


@pytest.fixture(scope="session")
def apart(stack: Stack) -> Iterator[dict[str, str]]:
    """The stack's server a second time, with webhooks on a host of their own and providers to sign in with.

    Browsers lead every name below `localhost` to this machine by themselves.
    """
    listener = listen(None)
    port = listener.getsockname()[1]
    base_url, hooks_url = f"http://127.0.0.1:{port}", f"http://hooks.localhost:{port}"
    more = {"HEDDLE_HOOKS_URL": hooks_url, "HEDDLE_PUBLIC_URL": base_url}
    for provider in ("GOOGLE", "GITHUB"):
        more |= {f"{provider}_CLIENT_ID": "client-of-tests", f"{provider}_CLIENT_SECRET": "secret-of-tests"}
    supervisor = Supervisor(str(ROOT), {**stack.environment, **more}, quiet=True)
    try:
        supervisor.add("web", [*WEB, "--socket", str(listener.fileno())], listener=listener)
        wait_until_ready(supervisor, base_url)
        yield {"baseUrl": base_url, "hooksUrl": hooks_url}
    finally:
        supervisor.stop()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_in_the_browser(stack: Stack, browser: str, journey: str, request: pytest.FixtureRequest) -> None:
    person = stack.person(tier="enterprise", is_staff=True)
    stack.peer.answer("/works", (200, {"Content-Type": "application/json"}, b"{}"))
    stack.peer.answer("/orders", (200, {"Content-Type": "application/json"}, json.dumps(ORDERS).encode()))
    about = {"baseUrl": stack.base_url, "chromium": browser, "peerUrl": stack.peer.url, **person}
    if journey == NEEDS_ANOTHER_HOST:
        about["apart"] = request.getfixturevalue("apart")
    done = subprocess.run(
        [sys.executable, "scripts/frontend.py", "npm", "run", "--silent", "test:e2e", "--", f"e2e/{journey}"],
        cwd=ROOT, env={**os.environ, "HEDDLE_E2E": json.dumps(about)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
