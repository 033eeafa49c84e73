"""Who may call a webhook by which method, and from which page in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.models import User
from executor.models import Execution
from tests.builders import edge, graph, node
from tests.integration.orchestrator.test_forms import call

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = {"Origin": "https://page.example"}
ASKS = {**PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, x-y"}


def hook(api: APIClient, user: User, **params: Any) -> str:
    document = graph([node("h", "webhook_trigger", {"path": "in", **params}), node("z")], [edge("h", "z")])
    made = api.post("/api/orchestrator/workflows/", {"name": "in", **document}, format="json")
    assert made.status_code == 201, made.json()
    deployed = api.post(f"/api/orchestrator/workflows/{made.json()['id']}/deploy/", {}, format="json")
    assert deployed.status_code == 200, deployed.json()
    return f"/api/webhooks/{user.pk}/in"


@pytest.mark.parametrize(("origins", "said"), [(["https://page.example"], "https://page.example"), (["*"], "*")])
def test_a_page_may_call_that_the_webhook_names(api: APIClient, user: User, origins: list[str], said: str) -> None:
    url = hook(api, user, allowed_origins=origins)

    asked = call("options", url, headers=ASKS)
    came = call("post", url, b"{}", content_type="application/json", headers=PAGE)

    assert (asked.status_code, asked["Access-Control-Allow-Origin"], asked["Access-Control-Allow-Methods"]) == (
        204,
        said,
        "POST",
    )
    assert asked["Access-Control-Allow-Headers"] == "content-type, x-y"
    assert (came.status_code, came["Access-Control-Allow-Origin"]) == (202, said)
    assert ("Origin" in came.get("Vary", "")) is (said != "*")
    assert "Access-Control-Allow-Credentials" not in came
    assert Execution.objects.count() == 1


def test_no_other_page_may_call(api: APIClient, user: User, settings: Any) -> None:
    url = hook(api, user, allowed_origins=["https://else.example"])
    asked = call("options", url, headers=ASKS)
    assert (asked.status_code, "Access-Control-Allow-Origin" in asked) == (204, False)
    assert "Access-Control-Allow-Origin" not in call("post", url, b"{}", content_type="application/json", headers=PAGE)

    settings.CORS_ALLOWED_ORIGINS = ["https://page.example"]
    assert call("options", url, headers=ASKS)["Access-Control-Allow-Origin"] == "https://page.example"


def test_a_page_can_read_why_it_was_refused(api: APIClient, user: User) -> None:
    url = hook(api, user, allowed_origins=["*"])
    refused = call("post", url, b"{", content_type="application/json", headers=PAGE)
    assert (refused.status_code, refused["Access-Control-Allow-Origin"]) == (400, "*")


def test_a_webhook_that_listens_for_preflights_gets_them(api: APIClient, user: User) -> None:
    reply = call("options", hook(api, user, methods=["OPTIONS", "POST"]), headers=ASKS)
    assert reply.status_code == 202
    assert Execution.objects.get().input["method"] == "OPTIONS"


def test_head_asks_what_get_does(api: APIClient, user: User) -> None:
    reply: Any = Client().head(hook(api, user, methods=["GET"]))
    assert (reply.status_code, reply.content) == (202, b"")
    assert Execution.objects.get().input["method"] == "HEAD"


def test_a_method_that_is_not_listened_for_is_refused(api: APIClient, user: User) -> None:
    reply: Any = Client().put(hook(api, user, methods=["GET"]), b"{}", "application/json")
    assert (reply.status_code, reply["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("origin", ["https://a.example/path", "page.example", "https://*.example"])
def test_an_origin_is_one(api: APIClient, user: User, origin: str) -> None:
    trigger = node("h", "webhook_trigger", {"path": "in", "allowed_origins": [origin]})
    made = api.post("/api/orchestrator/workflows/", {"name": "in", **graph([trigger], [])}, format="json").json()
    found = api.post(f"/api/workflows/{made['id']}/validate/", {}, format="json").json()["diagnostics"]
    assert ("invalid_config", "h") in [(one["code"], one["node_id"]) for one in found]
