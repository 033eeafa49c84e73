"""A custom node and a lent credential through the whole stack: web, workers, a real service."""

from __future__ import annotations

import json
from uuid import uuid4

from tests.builders import chain, node
from tests.conftest import Stack
from tests.integration.nodes.test_custom_nodes import SHOUT


def test_a_class_is_posted_and_runs_beside_a_secret_that_leaks_nowhere(stack: Stack) -> None:
    client, friend = stack.client(), stack.client()
    custom = client.post("/api/nodes/custom/", json={"code": SHOUT, "is_public": True})
    assert (custom.status_code, custom.json()["is_validated"]) == (201, True), custom.text
    refused = client.post("/api/nodes/custom/", json={"code": "import os\n" + SHOUT})
    assert refused.json()["offences"][0]["line"] == 1

    secret = f"canary-{uuid4()}"
    stack.peer.answer(
        "/echo", (200, {"Content-Type": "application/json"}, json.dumps({"text": f"it was {secret}"}).encode())
    )
    data = {"token": secret, "allowed_hosts": stack.peer.url}
    credential = client.post("/api/credentials/", json={"name": "c", "type": "http_bearer", "data": data}).json()
    email = friend.get("/api/users/me").json()["email"]
    assert client.post(f"/api/credentials/{credential['id']}/shares/", json={"email": email}).status_code == 201
    staff = stack.admin
    assert client.post(f"/api/nodes/custom/{custom.json()['id']}/submit/").status_code == 200
    assert (
        staff.post(f"/api/nodes/custom/{custom.json()['id']}/review/", json={"decision": "approve"}).status_code == 200
    )

    call = node(
        "call",
        "http_request",
        {"url": f"{stack.peer.url}/echo", "full_response": False},
        credentials={"auth": credential["id"]},
    )
    document = {"name": "own", **chain(call, node("loud", "shout", {"suffix": "!"}))}
    workflow = friend.post("/api/orchestrator/workflows/", json=document).json()
    run = friend.post(f"/api/orchestrator/workflows/{workflow['id']}/execute/", json={"wait_s": 30}).json()

    assert run["output"][0]["json"]["text"] == "IT WAS [SECRET]!", run
    assert any(found.headers.get("authorization") == f"Bearer {secret}" for found in stack.peer.calls)
    everything = friend.get(f"/api/orchestrator/executions/{run['id']}/node-runs/").text + json.dumps(run)
    everything += friend.get(f"/api/streaming/executions/{run['id']}/events/", params={"limit": 1000}).text
    assert secret not in everything
    uses = client.get("/api/credentials/audit/", params={"action": "use"}).json()["results"]
    assert [use["execution_id"] for use in uses] == [run["id"]]
