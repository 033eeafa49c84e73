"""Workflows as tools at /mcp/: the SDK's client, in both ways of speaking, against the whole stack."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.builders import chain, node
from tests.conftest import Stack

BASE = "/api/orchestrator/workflows/"
CITY = {"properties": {"city": {"type": "string"}}, "required": ["city"]}
GREET = {"assignments": [{"name": "text", "value": "Hello {{ $json.city }}"}]}


def deployed(client: Any, title: str, /, *nodes: dict[str, Any], schema: Any = None, **mcp: Any) -> str:
    document = chain(*nodes)
    if schema is not None:
        document["nodes"][0]["data"]["params"] = {"input_schema": schema}
    body = {"name": title, **document, "settings": {"mcp": {"enabled": True, **mcp}}}
    made = client.post(BASE, json=body)
    assert made.status_code == 201, made.text
    path = f"{BASE}{made.json()['id']}/"
    client.post(f"{path}versions/", json={}).raise_for_status()
    assert client.post(f"{path}deploy/", json={}).status_code == 200
    return path


def spoken(stack: Stack, key: str, mode: str, work: Any, **headers: str) -> Any:
    async def go() -> Any:
        sent = {"X-API-Key": key, **headers}
        async with httpx2.AsyncClient(headers=sent, timeout=60, trust_env=False) as http:
            transport = streamable_http_client(f"{stack.base_url}/mcp/", http_client=http)
            async with Client(transport, mode=mode, cache=None) as client:
                return await work(client)

    return asyncio.run(go())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_deployed_workflow_is_a_tool(stack: Stack, mode: str) -> None:
    person = stack.person()
    client = stack.bare(**{"X-API-Key": person["apiKey"]})
    path = deployed(client, "Greeter", node("s", "set", GREET), schema=CITY, name="greet", description="Greets a city.")
    deployed(client, "Breaker", node("f", "stop_and_error", {"message": "no way"}))
    deployed(client, "Waiter", node("w", "wait", {"mode": "signal", "signal": "go"}), wait_s=0.5, name="waiter")
    client.post(BASE, json={"name": "Draft", **chain(node("s", "set", GREET)), "settings": {"mcp": {"enabled": True}}})
    told: list[tuple[float, float | None, str | None]] = []

    async def noted(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))

    async def work(mcp: Client) -> dict[str, Any]:
        return {
            "tools": (await mcp.list_tools()).tools,
            "greeted": await mcp.call_tool("greet", {"city": "Oslo"}, progress_callback=noted),
            "broken": await mcp.call_tool("breaker", {}),
            "waits": await mcp.call_tool("waiter", {}),
            "wrong": await mcp.call_tool("greet", {"town": "Oslo"}),
            "unknown": await mcp.call_tool("nope", {}),
            "templates": (await mcp.list_resource_templates()).resource_templates,
        }

    got = spoken(stack, person["apiKey"], mode, work)

    assert [tool.name for tool in got["tools"]] == ["greet", "breaker", "waiter"]
    assert (got["tools"][0].description, got["tools"][0].input_schema["required"]) == ("Greets a city.", ["city"])
    greeted = got["greeted"]
    assert (greeted.is_error, greeted.structured_content["status"]) == (False, "completed")
    assert greeted.structured_content["items"][0]["text"] == "Hello Oslo"
    assert json.loads(greeted.content[0].text)[0]["text"] == "Hello Oslo"
    assert told
    assert told[0][2] == f"heddle://executions/{greeted.structured_content['execution_id']}"
    assert (got["broken"].is_error, got["broken"].content[0].text) == (True, "no way")
    waits = got["waits"]
    assert (waits.is_error, waits.structured_content["status"]) == (False, "waiting")
    assert (got["wrong"].is_error, got["wrong"].structured_content["code"]) == (True, "validation_error")
    assert (got["unknown"].is_error, got["unknown"].structured_content["code"]) == (True, "not_found")
    assert [one.uri_template for one in got["templates"]] == ["heddle://executions/{id}"]

    async def read(mcp: Client) -> Any:
        uri = f"heddle://executions/{waits.structured_content['execution_id']}"
        listed = [str(one.uri) for one in (await mcp.list_resources()).resources]
        return listed, json.loads((await mcp.read_resource(uri)).contents[0].text)  # type: ignore[union-attr]

    listed, run = spoken(stack, person["apiKey"], mode, read)
    assert run["uri"] in listed
    assert run["status"] == "waiting"

    client.post(f"{path}undeploy/", json={}).raise_for_status()

    async def names(mcp: Client) -> list[str]:
        return [tool.name for tool in (await mcp.list_tools()).tools]

    assert spoken(stack, person["apiKey"], mode, names) == ["breaker", "waiter"]
    assert spoken(stack, stack.person()["apiKey"], mode, names) == []


def test_a_key_may_do_at_the_door_what_its_scopes_say(stack: Stack) -> None:
    person = stack.person()
    client = stack.bare(**{"X-API-Key": person["apiKey"]})
    deployed(client, "Greeter", node("s", "set", GREET))
    tokens = client.post("/api/auth/login/", json={"email": person["email"], "password": person["password"]}).json()
    signed_in = stack.bare(Authorization=f"Bearer {tokens['access']}")
    key = signed_in.post("/api/keys/", json={"name": "reads", "scopes": ["read"]}).json()["key"]

    async def work(mcp: Client) -> Any:
        return len((await mcp.list_tools()).tools), await mcp.call_tool("greeter", {"city": "x"})

    count, called = spoken(stack, key, "auto", work)

    assert count == 1
    assert (called.is_error, called.structured_content["code"]) == (True, "scope_missing")
    assert client.get("/api/orchestrator/executions/").json()["count"] == 0


def test_who_is_let_in(stack: Stack) -> None:
    key = stack.person()["apiKey"]
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}

    def posted(body: Any = hello, **headers: str) -> Any:
        return stack.bare(**{**accept, **headers}).post("/mcp/", json=body)

    nobody, wrong = posted(), posted(**{"X-API-Key": "hdl_nope_nope"})
    assert (nobody.status_code, nobody.json()["code"], nobody.headers["www-authenticate"]) == (
        401,
        "not_authenticated",
        "Bearer",
    )
    assert (wrong.status_code, wrong.json()["code"]) == (401, "api_key_invalid")
    assert posted(**{"X-API-Key": key}).status_code == 200
    assert posted(**{"X-API-Key": key, "Origin": "https://evil.example"}).status_code == 403
    assert posted(**{"X-API-Key": key, "Origin": stack.base_url}).status_code == 200
    assert posted(**{"X-API-Key": key, "Host": "evil.example"}).status_code == 400
    assert stack.bare().post(f"/mcp/?api_key={key}", json=hello, headers=accept).status_code == 401
    for method in ("GET", "DELETE", "PUT"):
        reply = stack.bare(**{"X-API-Key": key}).request(method, "/mcp/")
        assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
    large = posted({**hello, "params": {"x": "y" * 6_000_000}}, **{"X-API-Key": key})
    assert large.status_code == 413


def test_a_call_that_its_client_cancels_stops_its_run(stack: Stack) -> None:
    person = stack.person()
    client = stack.bare(**{"X-API-Key": person["apiKey"]})
    deployed(client, "Waiter", node("w", "wait", {"mode": "signal", "signal": "go"}), wait_s=60)

    async def work(mcp: Client) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(4):
                await mcp.call_tool("waiter", {})

    spoken(stack, person["apiKey"], "auto", work)

    end = time.monotonic() + 20
    while (runs := client.get("/api/orchestrator/executions/").json()["results"])[0]["status"] != "cancelled":
        assert time.monotonic() < end, runs
        time.sleep(0.2)
    assert len(runs) == 1


def test_forms_and_webhooks_are_entered_as_if_they_were_called(stack: Stack) -> None:
    person = stack.person()
    client = stack.bare(**{"X-API-Key": person["apiKey"]})
    form = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    for title, kind, params, text in (
        ("Form", "form_trigger", {"path": "f", "form": form}, "{{ $json.fields.city }}"),
        ("Hook", "webhook_trigger", {"path": "h"}, "{{ $json.body.city }}"),
    ):
        shown = node("s", "set", {"assignments": [{"name": "text", "value": text}]})
        graph = {"nodes": [node("t", kind, params), shown], "edges": [{"id": "e", "source": "t", "target": "s"}]}
        body = {"name": title, **graph, "settings": {"mcp": {"enabled": True}}}
        path = f"{BASE}{client.post(BASE, json=body).json()['id']}/"
        client.post(f"{path}versions/", json={}).raise_for_status()
        assert client.post(f"{path}deploy/", json={}).status_code == 200

    async def work(mcp: Client) -> Any:
        schemas = {tool.name: tool.input_schema for tool in (await mcp.list_tools()).tools}
        return schemas, [await mcp.call_tool(name, {"city": "Rome"}) for name in ("form", "hook")]

    schemas, results = spoken(stack, person["apiKey"], "auto", work)

    assert schemas["form"]["required"] == ["city"]
    assert schemas["hook"] == {"type": "object"}
    assert [one.structured_content["items"][0]["text"] for one in results] == ["Rome", "Rome"]
