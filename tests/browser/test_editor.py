"""The editor in a real browser, on the built files, against the real server: the journeys of `frontend/e2e/`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import signing

from orchestrator.people.mails import SALT
from tests.conftest import Stack
from tests.providers import calls, says
from tests.providers.wires import openai_stream
from workflow_backend.supervisor.ports import listen
from workflow_backend.supervisor.processes import Supervisor
from workflow_backend.supervisor.stack import WEB, wait_until_ready

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


def answer_token(stack: Stack, person: dict[str, str]) -> str:
    """Return what follows `#` in the link of a mail that asks this person something that means no good."""
    client = stack.bare(**{"X-API-Key": person["apiKey"]})
    script = "<script>document.title = 'ran'</script>"
    params = {"title": f"Pay? {script}", "message": f"<img src=x onerror=alert(1)> {script}", "timeout_s": 86_400}
    nodes = [
        {"id": "start", "type": "manual_trigger", "data": {"label": "Start"}},
        {"id": "ask", "type": "human_task", "data": {"label": "Ask", "params": params}},
    ]
    edges = [{"id": "e", "source": "start", "target": "ask"}]
    made = client.post("/api/orchestrator/workflows/", json={"name": "Asks by mail", "nodes": nodes, "edges": edges})
    run = client.post(f"/api/orchestrator/workflows/{made.json()['id']}/execute/", json={"input": {}}).json()["id"]
    for _ in range(300):
        tasks = client.get("/api/orchestrator/hitl/").json()["results"]
        for task in tasks:
            if task["execution_id"] == run:
                user = client.get("/api/users/me").json()["id"]
                return signing.dumps({"task": task["id"], "user": user}, salt=SALT, compress=True)
        time.sleep(0.1)
    raise AssertionError("the workflow did not ask")


def model_answers() -> list[tuple[int, dict[str, str], bytes]]:
    """Return what a model streams: calls of two tools, then that it is done."""
    used = calls(("calculator", {"expression": "6 * 7"}), ("set", {"name": "Ana"}))
    headers = {"Content-Type": "text/event-stream"}
    return [(200, headers, b"".join(openai_stream(reply, "alpha"))) for reply in (used, says("It is 42. Hello Ana"))]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_in_the_browser(stack: Stack, browser: str, journey: str, request: pytest.FixtureRequest) -> None:
    person = stack.person(tier="enterprise", is_staff=True)
    stack.peer.answer("/works", (200, {"Content-Type": "application/json"}, b"{}"))
    stack.peer.answer("/orders", (200, {"Content-Type": "application/json"}, json.dumps(ORDERS).encode()))
    # What GitHub says of webhooks: it refuses the first call, then there are none, and each that is made is this one.
    hooks: list[tuple[int, dict[str, str], bytes]] = [
        (401, {}, b'{"message": "Bad credentials"}'),
        *[(200, {}, b"[]"), (201, {}, b'{"id": 1}')] * 3,
    ]
    stack.peer.answer("/repos/octo/spoon/hooks", *hooks)
    stack.peer.answer("/v1/chat/completions", *model_answers())
    about: dict[str, Any] = {
        "baseUrl": stack.base_url,
        "chromium": browser,
        "peerUrl": stack.peer.url,
        "directoryUrl": stack.directory,
        "mcp": {"command": stack.environment["HEDDLE_MCP_COMMANDS"], "script": stack.environment["HEDDLE_MCP_READ"]},
        "modelUrl": f"{stack.peer.url}/v1",
        **person,
    }
    if journey == NEEDS_ANOTHER_HOST:
        token = {"access_token": "access-of-tests", "refresh_token": "refresh-of-tests", "expires_in": 3600}
        stack.peer.answer("/token", (200, {"Content-Type": "application/json"}, json.dumps(token).encode()))
        about |= {"apart": request.getfixturevalue("apart"), "answerToken": answer_token(stack, person)}
    done = subprocess.run(
        [sys.executable, "scripts/frontend.py", "npm", "run", "--silent", "test:e2e", "--", f"e2e/{journey}"],
        cwd=ROOT, env={**os.environ, "HEDDLE_E2E": json.dumps(about)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
