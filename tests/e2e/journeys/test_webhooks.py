"""Webhooks of the whole stack: how they answer, whom they let in, what they make of a delivery."""

from __future__ import annotations

import base64
import hashlib
import hmac

import httpx

from tests.builders import node, set_node
from tests.conftest import Stack
from tests.e2e.journeys.asking import BASE, deploy, hook, make


def test_webhook_modes_and_refusals(stack: Stack) -> None:
    client = stack.client()
    owner = client.get("/api/users/me").json()["id"]
    last = deploy(
        client, make(client, hook("last/:id", set_node("a", got="{{ $json.body.n }}", id="{{ event.params.id }}")))
    )
    respond = node("r", "respond_webhook", {"status": 202, "headers": {"X-R": "1"}, "body": "{{ $json.body }}"})
    responding = deploy(client, make(client, hook("resp", respond, node("after"), response_mode="respond_node")))
    deploy(client, make(client, hook("none", node("a"), response_mode="respond_node", methods=["GET", "POST"])))
    broken = deploy(client, make(client, hook("broken", node("a", "stop_and_error", {"message": "no"}))))
    at_once = deploy(client, make(client, hook("once", node("a"), response_mode="on_received")))
    base = f"{stack.base_url}/api/webhooks/{owner}"

    assert httpx.post(last.replace(":id", "42"), json={"n": 5}).json()["got"] == 5
    assert httpx.post(f"{base}/last/42", json={"n": 5}).json()["id"] == "42"
    answer = httpx.post(responding, json={"x": 1})
    assert (answer.status_code, answer.headers["X-R"], answer.json()) == (202, "1", {"x": 1})
    assert httpx.get(f"{base}/none").json()["code"] == "respond_node_not_reached"
    failed = httpx.post(broken, json={})
    assert (failed.status_code, failed.json()["code"]) == (500, "execution_failed")
    assert "no" not in failed.json()["detail"].split()
    assert httpx.post(at_once, json={}).status_code == 202
    assert httpx.get(f"{base}/last/1").status_code == 405
    assert httpx.post(f"{base}/nowhere", json={}).json()["code"] == "webhook_not_registered"
    bad = httpx.post(at_once, content=b"{", headers={"Content-Type": "application/json"})
    assert (bad.status_code, bad.json()["code"]) == (400, "malformed_json")
    assert (
        httpx.post(f"{stack.base_url}/api/webhooks-test/{owner}/once", json={}).json()["code"]
        == "webhook_not_listening"
    )


def test_a_test_url_takes_one_call_to_the_draft(stack: Stack) -> None:
    client = stack.client()
    workflow = make(client, hook("draft", set_node("a", draft=True)))
    listen = f"{BASE}/workflows/{workflow}/triggers/hook/listen/"

    asked = client.post(listen)
    called = httpx.post(asked.json()["test_url"], json={})
    again = httpx.post(asked.json()["test_url"], json={})

    assert asked.status_code == 202
    assert called.json()["draft"] is True
    assert again.status_code == 404
    assert client.get(listen).json()["execution_id"] is not None


def test_webhooks_check_their_callers(stack: Stack) -> None:
    client = stack.client()

    def credential(kind: str, **data: str) -> str:
        body = {"name": kind, "type": kind, "data": data}
        return str(client.post("/api/credentials/", json=body).raise_for_status().json()["id"])

    basic = deploy(
        client,
        make(
            client,
            hook("b", node("a"), slot=credential("http_basic", username="u", password="p"), auth={"type": "basic"}),
        ),
    )
    signed = deploy(
        client, make(client, hook("s", node("a"), slot=credential("hmac", secret="k"), auth={"type": "hmac"}))
    )
    signature = "sha256=" + hmac.new(b"k", b"{}", hashlib.sha256).hexdigest()
    json_type = {"Content-Type": "application/json"}

    assert httpx.post(basic, json={}).status_code == 401
    assert httpx.post(basic, json={}, auth=("u", "p")).status_code == 200
    assert httpx.post(basic, json={}, auth=("u", "x")).status_code == 401
    assert httpx.post(signed, content=b"{}", headers=json_type).status_code == 401
    assert httpx.post(signed, content=b"{}", headers={**json_type, "X-Hub-Signature-256": signature}).status_code == 200
    assert (
        httpx.post(signed, content=b"{ }", headers={**json_type, "X-Hub-Signature-256": signature}).status_code == 401
    )
    seen = httpx.post(basic, json={}, auth=("u", "p")).json()["headers"]["authorization"]
    assert base64.b64encode(b"u:p").decode() not in seen


def test_one_delivery_one_run(stack: Stack) -> None:
    client = stack.client()
    workflow = make(client, hook("github", node("a"), response_mode="on_received", dedupe_header="X-GitHub-Delivery"))
    url = deploy(client, workflow)

    ids = {
        httpx.post(url, json={"n": at}, headers={"X-GitHub-Delivery": "d1"}).json()["execution_id"] for at in range(3)
    }

    assert len(ids) == 1
    assert client.get(f"{BASE}/executions/", params={"workflow_id": workflow}).json()["count"] == 1


def test_uploads_and_binary_replies_are_files(stack: Stack) -> None:
    client = stack.client()
    url = deploy(
        client, make(client, hook("up", node("read", "csv", {"binary_property": "file"}), response_data="all_items"))
    )

    rows = httpx.post(url, files={"file": ("a.csv", b"a,b\n1,2\n", "text/csv")}).json()
    blob = client.post(f"{BASE}/blobs/", files={"file": ("x.bin", b"\x00\x01", "application/octet-stream")}).json()

    assert rows == [{"a": "1", "b": "2"}]
    assert client.get(blob["url"]).content == b"\x00\x01"
    assert stack.client().get(blob["url"]).status_code == 404
