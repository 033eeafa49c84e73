"""Any call of a webhook's address: an answer with its code, a run or none, and never a failure of ours."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.models import User
from executor.models import Execution
from tests.builders import edge, graph, node

pytestmark = pytest.mark.django_db(transaction=True)
PATHS = st.lists(
    st.sampled_from(["open", "users", "form", "..", ".", "%2e%2e", "%00", "%ff", "a:b", ":id", "//", "é", " ", "x" * 300]), min_size=1,
    max_size=4,
).map("/".join)  # fmt: skip
KINDS = st.sampled_from(
    ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
     "application/json; charset=utf-16", "multipart/form-data; boundary=x; charset=punycode", "application/json; charset=idna",
     "text/plain; charset=undefined", "application/x-www-form-urlencoded; charset=punycode", "text/plain; charset=no-such", "", "nonsense", "application/octet-stream"]
)  # fmt: skip
BODIES = st.sampled_from([b"", b"{}", b"[1]", b"null", b'{"a":"\\u0000"}', b'{"a":', b"a=1&a=2&=3", b"--x\r\n\r\n", b"1e999",
                          b"[" * 5000, b'{"$binary":{"f":{"id":"x"}}}', b'"\\ud800"', b"9" * 400]) | st.binary(max_size=60)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(["X-GitHub-Delivery", "Idempotency-Key", "Authorization", "X-Signature-256", "X-Request-ID", "Accept"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=400), max_size=3,
)  # fmt: skip


def test_no_call_breaks_anything(api: APIClient, user: User) -> None:
    hooks = [
        node("open", "webhook_trigger", {"path": "open", "methods": ["POST", "GET", "PUT"], "response_mode": "on_received",
                                         "dedupe_header": "X-GitHub-Delivery"}),
        node("users", "webhook_trigger", {"path": "users/:id", "response_mode": "on_received"}),
        node("form", "form_trigger", {"path": "form", "title": "F", "form": {"type": "object", "properties": {"a": {"type": "string"}}}}),
    ]  # fmt: skip
    document = graph([*hooks, node("x")], [edge(one["id"], "x") for one in hooks])
    made = api.post("/api/orchestrator/workflows/", {"name": "hooks", **document}, format="json")
    assert made.status_code == 201, made.json()
    deployed = api.post(f"/api/orchestrator/workflows/{made.json()['id']}/deploy/", {}, format="json")
    assert deployed.status_code == 200, deployed.json()
    client = Client(raise_request_exception=False)
    seen: dict[int, int] = {}

    @settings(
        max_examples=250, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(path=PATHS, kind=KINDS, body=BODIES, headers=HEADERS, query=st.text(max_size=30),
           method=st.sampled_from(["POST", "GET", "PUT", "DELETE", "PATCH", "HEAD", "TRACE"]), test=st.booleans())  # fmt: skip
    def go(path: str, kind: str, body: bytes, headers: dict[str, str], query: str, method: str, test: bool) -> None:
        url = f"/api/webhooks{'-test' if test else ''}/{user.pk}/{path}"
        reply: Any = client.generic(
            method,
            url,
            body,
            content_type=kind,
            headers=headers,
            QUERY_STRING=query.encode("utf-8", "replace").decode("latin-1"),
        )
        seen[reply.status_code] = seen.get(reply.status_code, 0) + 1
        assert reply.status_code < 500, (method, url, kind, body, headers, reply.content[:300])
        if reply.content and reply.status_code >= 400 and reply["Content-Type"].startswith("application/problem+json"):
            assert reply.json()["code"]

    go()
    started = seen.get(202, 0)
    assert started > 5
    assert Execution.objects.count() <= started + seen.get(200, 0)


def test_a_body_in_a_slow_charset_is_read_at_once(api: APIClient, user: User) -> None:
    """Four megabytes by punycode would take minutes."""
    document = graph([node("h", "webhook_trigger", {"path": "slow", "response_mode": "on_received"}), node("x")],
                     [edge("h", "x")])  # fmt: skip
    made = api.post("/api/orchestrator/workflows/", {"name": "slow", **document}, format="json").json()
    api.post(f"/api/orchestrator/workflows/{made['id']}/deploy/", {}, format="json")
    part = b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + b"a" * 2_000_000 + b"\r\n--x--\r\n"
    url = f"/api/webhooks/{user.pk}/slow"
    began = time.monotonic()
    replies = [
        Client().generic("POST", url, part, "multipart/form-data; boundary=x; charset=punycode"),
        Client().generic("POST", url, b"a" * 2_000_000, "text/plain; charset=punycode"),
    ]

    assert [reply.status_code for reply in replies] == [202, 202]
    assert time.monotonic() - began < 20
    bodies = [Execution.objects.get(pk=reply.json()["execution_id"]).input["body"] for reply in replies]
    assert bodies == [{"f": "a" * 2_000_000}, "a" * 2_000_000]
