"""Trigger types of other packages: one module that the settings name, and the server does the rest."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from rest_framework.test import APIClient

from executor.models import Execution
from nodes.builtin import BUILTIN
from nodes.outside import outside_types
from nodes.registry import builtin_catalogue
from tests.builders import edge, node
from tests.conftest import Peer
from tests.integration.orchestrator.test_github_trigger import BASE, call, deploy, state
from tests.integration.outbox.working import work_off
from tests.unit.core.test_how_to_examples import example

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "acme_tickets"


@pytest.fixture
def tickets(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the module of the page about triggers, as another package would."""
    module = ModuleType(NAME)
    monkeypatch.setitem(sys.modules, NAME, module)
    exec(compile(example("add-a-trigger", 2), NAME, "exec"), vars(module))
    settings.NODE_MODULES = [NAME]
    builtin_catalogue.cache_clear()
    yield
    builtin_catalogue.cache_clear()


def test_the_trigger_of_the_page_is_registered_called_and_removed(
    tickets: None, api: APIClient, peer: Peer, settings: Any
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    peer.answer("/subscriptions", (200, {}, b"[]"), (201, {}, b'{"id": 7}'))
    trigger = node("t", "ticket_trigger", {"server": f"{peer.url}/subscriptions", "queue": "help"})
    document = {"name": "w", "nodes": [trigger, node("z")], "edges": [edge("t", "z")]}
    assert "ticket_trigger" in {one["kind"] for one in api.get("/api/nodes/").json()["results"]}
    workflow_id = api.post(BASE, document, format="json").json()["id"]
    deploy(api, workflow_id)
    work_off()
    assert state(api, workflow_id) == ("active", None)
    sent = json.loads(peer.calls[-1].body)
    assert ([one.method for one in peer.calls], sent["queue"]) == (["GET", "POST"], "help")

    body = b'{"number": 12}'
    signature = hmac.new(sent["secret"].encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Ticket-Signature": signature, "X-Ticket-Delivery": "d1"}
    path = urlsplit(sent["url"]).path
    replies = [call(path, body, "application/json", headers) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [202, 202]
    run: Any = Execution.objects.get()
    assert run.input == {"ticket": {"number": 12}}
    refused = call(path, body, "application/json", {**headers, "X-Ticket-Signature": "0"})
    assert (refused.status_code, refused.json()["code"]) == (401, "signature_invalid")

    there = [{"id": 7, "url": sent["url"]}]
    peer.answer("/subscriptions", (200, {}, json.dumps(there).encode()))
    peer.answer("/subscriptions/7", (204, {}, b""))
    api.post(f"{BASE}{workflow_id}/undeploy/")
    work_off()
    assert (peer.calls[-1].method, peer.calls[-1].path) == ("DELETE", "/subscriptions/7")
    assert state(api, workflow_id) == (None, None)


def test_modules_that_cannot_be_used_are_refused_with_a_reason(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = ModuleType("acme_bad")
    monkeypatch.setitem(sys.modules, "acme_bad", bad)
    for types, reason in (
        (None, "no attribute 'NODE_TYPES'"), ((str,), "is no node type"), ((BUILTIN[0],), "as nodes.handlers"),
    ):  # fmt: skip
        if types is not None:
            bad.NODE_TYPES = types  # type: ignore[attr-defined]  # a module made here
        settings.NODE_MODULES = ["acme_bad"]
        with pytest.raises(ImproperlyConfigured, match=reason):
            outside_types(BUILTIN)
    settings.NODE_MODULES = ["acme_nowhere"]
    with pytest.raises(ImproperlyConfigured, match="acme_nowhere cannot be used"):
        outside_types(BUILTIN)
