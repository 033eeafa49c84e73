"""A workflow whose error workflow cannot follow a failure says so before one happens."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from tests.builders import chain, graph, node

pytestmark = pytest.mark.django_db
BASE = "/api/orchestrator/workflows/"


def made(api: APIClient, name: str, document: dict[str, Any], **settings: Any) -> str:
    reply = api.post(BASE, {"name": name, **document, "settings": settings}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def said(api: APIClient, workflow_id: str) -> list[tuple[str, str | None]]:
    """Deploy a workflow; return what validating it says of its error workflow."""
    reply = api.post(f"{BASE}{workflow_id}/deploy/", {}, format="json")
    assert reply.status_code == 200, reply.json()
    found = api.post(f"/api/compile/validate/?workflow_id={workflow_id}", graph_of(api, workflow_id), format="json")
    diagnostics = found.json()["diagnostics"]
    return [(one["severity"], one["field"]) for one in diagnostics if one["code"] == "error_workflow_missing"]


def graph_of(api: APIClient, workflow_id: str) -> dict[str, Any]:
    document = api.get(f"{BASE}{workflow_id}/").json()
    return {name: document[name] for name in ("nodes", "edges", "settings")}


def test_an_error_workflow_that_is_not_there_is_warned_of(api: APIClient, other_api: APIClient) -> None:
    catcher = graph([], []) | {"nodes": [node("failed", "error_trigger")]}
    own, foreign = made(api, "catcher", catcher), made(other_api, "foreign", catcher)
    orders = chain(node("x"))

    assert said(api, made(api, "a", orders, error_workflow_id=own)) == []
    assert said(api, made(api, "b", orders)) == []
    warned = [("warning", "settings.error_workflow_id")]
    assert said(api, made(api, "c", orders, error_workflow_id=foreign)) == warned
    assert said(api, made(api, "d", orders, error_workflow_id=str(uuid4()))) == warned
    watched = made(api, "e", orders, error_workflow_id=own)
    assert api.delete(f"{BASE}{own}/").status_code == 204
    assert said(api, watched) == warned
