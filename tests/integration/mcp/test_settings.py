"""What a workflow says of itself as a tool."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.builders import chain, node

pytestmark = pytest.mark.django_db
BASE = "/api/orchestrator/workflows/"


@pytest.mark.parametrize(
    ("mcp", "field"),
    [({"enabled": True, "name": "No Good"}, "settings.mcp.name"), ({"name": "x"}, "settings.mcp.enabled"),
     ({"enabled": True, "wait_s": 301}, "settings.mcp.wait_s"), ({"enabled": "perhaps"}, "settings.mcp.enabled")],
)  # fmt: skip
def test_settings_of_a_tool_are_checked(api: APIClient, mcp: dict[str, Any], field: str) -> None:
    reply = api.post(BASE, {"name": "w", **chain(node("x")), "settings": {"mcp": mcp}}, format="json")

    assert (reply.status_code, [error["field"] for error in reply.json()["errors"]]) == (400, [field])


def test_the_schema_of_a_manual_trigger_must_be_one(api: APIClient) -> None:
    document = chain(node("x"))
    document["nodes"][0]["data"]["params"] = {"input_schema": {"properties": {"a": {"type": "no such type"}}}}

    found = api.post("/api/compile/validate/", document, format="json").json()["diagnostics"]

    assert [(one["code"], one["node_id"]) for one in found if one["severity"] == "error"] == [
        ("invalid_config", "start")
    ]
