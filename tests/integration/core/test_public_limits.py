"""Doors that are open to all: how often they may be called, what a refused call costs, how fast passwords are guessed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.core.signing import dumps
from django.db import connections
from django.test import AsyncClient
from rest_framework.test import APIClient

from core.accounts.password_pace import FREE_TRIES, LONGEST_S, Pace
from core.errors import RateLimited
from core.models import BlockedIp, User
from core.redis.counters import COUNTERS
from core.secrets.resume_tokens import resume_token
from credentials.models import CredentialAccess
from executor.models import Execution
from orchestrator.triggers import webhook_views
from tests.builders import edge, node
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
WORKFLOWS = "/api/orchestrator/workflows/"
LOGIN, CHANGE = "/api/auth/login/", "/api/users/password"


@pytest.fixture(autouse=True)
def limits_on(settings: Any) -> None:
    settings.RATE_LIMITS = True
    settings.TRUSTED_PROXIES = 1


def somewhere() -> str:
    return f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"


def call(url: str, ip: str, method: str = "post", headers: dict[str, str] | None = None) -> Any:
    async def ask() -> Any:
        client = AsyncClient()
        try:
            return await getattr(client, method)(url, headers={"X-Forwarded-For": ip, **(headers or {})})
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(ask())


def hook(api: APIClient, path: str = "in", kind: str = "webhook_trigger", credential: str = "", **params: Any) -> str:
    trigger = node("t", kind, {"path": path, **params})
    if credential:
        trigger["data"]["credentials"] = {"auth": credential}
    document = {"name": f"w {path}", "nodes": [trigger, node("z")], "edges": [edge("t", "z")]}
    workflow = api.post(WORKFLOWS, document, format="json").json()
    deployed = api.post(f"{WORKFLOWS}{workflow['id']}/deploy/", {}, format="json").json()
    return str(deployed["triggers"][0]["url"]).removeprefix("http://testserver")


def is_refused(reply: Any, scope: str) -> None:
    assert (reply.status_code, reply.json()["code"], reply.json()["scope"]) == (429, "rate_limited", scope)
    assert 0 < int(reply["Retry-After"]) <= 901


def test_webhooks_are_counted_by_address_by_path_and_by_owner(
    api: APIClient, other_api: APIClient, settings: Any
) -> None:
    one, two, others = hook(api), hook(api, "two"), hook(other_api)
    settings.PUBLIC_LIMITS = {"webhooks": {"address": 3, "target": 0, "owner": 0}, "pages": {}, "health": {}}
    here = somewhere()
    assert [call(one, here).status_code for _ in range(3)] == [202] * 3
    is_refused(call(one, here), "webhooks")
    is_refused(call(two, here.replace("::1", "::2")), "webhooks")
    assert call(one, somewhere()).status_code == 202
    assert Execution.objects.count() == 4

    settings.PUBLIC_LIMITS["webhooks"] = {"address": 0, "target": 5, "owner": 0}
    assert [call(one, somewhere()).status_code for _ in range(5)] == [202] * 5
    is_refused(call(one, somewhere()), "webhooks")
    assert call(two, somewhere()).status_code == 202

    settings.PUBLIC_LIMITS["webhooks"] = {"address": 0, "target": 0, "owner": 2}
    assert [call(url, somewhere()).status_code for url in (one, two)] == [202] * 2
    is_refused(call(two, somewhere()), "webhooks")
    assert call(others, somewhere()).status_code == 202


def test_calls_of_what_does_not_exist_or_with_a_wrong_secret_use_up_nothing_of_an_owner(
    api: APIClient, settings: Any
) -> None:
    made = {"name": "k", "type": "http_bearer", "data": {"token": "right"}}
    key = api.post("/api/credentials/", made, format="json").json()["id"]
    locked = hook(api, "locked", credential=key, auth={"type": "bearer"})
    settings.PUBLIC_LIMITS = {"webhooks": {"address": 0, "target": 0, "owner": 1}, "pages": {}, "health": {}}
    nowhere = locked.replace("locked", "nowhere")
    assert [call(nowhere, somewhere()).status_code for _ in range(3)] == [404] * 3
    assert [call(locked, somewhere()).status_code for _ in range(3)] == [401] * 3
    right = {"Authorization": "Bearer right"}
    assert call(locked, somewhere(), headers=right).status_code == 202
    is_refused(call(locked, somewhere(), headers=right), "webhooks")


def test_pages_and_health_are_counted_by_address(api: APIClient, settings: Any) -> None:
    form = hook(api, "form", "form_trigger")
    settings.PUBLIC_LIMITS = {"webhooks": {}, "pages": {"address": 2}, "health": {"address": 2}}
    here = somewhere()
    assert [call(form, here, "get").status_code for _ in range(2)] == [200] * 2
    is_refused(call(form, here, "get"), "pages")
    client = APIClient(REMOTE_ADDR=here)
    is_refused(client.get("/api/webhooks/resume/x/"), "pages")
    is_refused(client.get("/hitl/x/"), "pages")
    assert [client.get("/api/health/live/").status_code for _ in range(2)] == [200] * 2
    is_refused(client.get("/api/health/"), "health")
    assert APIClient(REMOTE_ADDR=somewhere()).get("/api/health/live/").status_code == 200


def test_a_thousand_guesses_of_a_link_are_told_apart_by_nothing_and_mostly_not_looked_at(
    api: APIClient, settings: Any
) -> None:
    settings.PUBLIC_LIMITS = {"webhooks": {}, "pages": {"address": 40}, "health": {}}
    run = call(hook(api), somewhere()).json()["execution_id"]
    right = resume_token(run)
    guesses = [
        right[:-1], f"{right}x", right.swapcase(), f"{run}:x", f"{uuid4()}:{right.partition(':')[2]}", run, "x", "%00", "é" * 500,
        dumps({"task": run, "user": run}, salt="else"), "." * 2000,
    ]  # fmt: skip
    here, there = APIClient(REMOTE_ADDR=somewhere()), APIClient(REMOTE_ADDR=somewhere())
    said = set()
    for guess in guesses:
        for reply in (
            here.get(f"/api/webhooks/resume/{guess}/"),
            here.post(f"/api/webhooks/resume/{guess}/", {"a": 1}, format="json"),
            there.post("/hitl/", {"token": guess}),
        ):
            problem = reply.json()
            said.add((reply.status_code, problem["code"], problem["detail"]))
    assert {(status, code) for status, code, _ in said} == {(404, "not_found")}
    assert len(said) == 2, "one sentence for runs, one for tasks"
    later = [here.get(f"/api/webhooks/resume/{right[:-1]}{number}/").status_code for number in range(1000)]
    assert later.count(429) >= 980
    is_refused(here.get(f"/api/webhooks/resume/{right}/"), "pages")  # nor is the right one told apart
    assert APIClient(REMOTE_ADDR=somewhere()).get(f"/api/webhooks/resume/{right}/").json() == {"waiting": False}


def test_so_many_callers_wait_for_one_owner_and_the_next_starts_nothing(
    user: User, api: APIClient, other_api: APIClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WAITING_PER_OWNER = 2
    waits, goes_on = hook(api, "waits", response_mode="last_node"), hook(api, "on")
    monkeypatch.setitem(webhook_views.waiting, user.pk, 2)
    refused = call(waits, somewhere())
    assert (refused.status_code, refused.json()["scope"]) == (429, "waiting")
    assert Execution.objects.count() == 0
    assert call(goes_on, somewhere()).status_code == 202
    monkeypatch.setattr(webhook_views, "WAIT_S", 0.1)
    assert call(hook(other_api, "waits", response_mode="last_node"), somewhere()).status_code == 504
    assert webhook_views.waiting == {user.pk: 2}


def test_a_wrong_secret_costs_no_row_and_ten_of_them_a_while(api: APIClient) -> None:
    made = api.post(
        "/api/credentials/", {"name": "c", "type": "http_bearer", "data": {"token": "right-token"}}, format="json"
    )
    url = hook(api, credential=made.json()["id"], auth={"type": "bearer"})
    before = CredentialAccess.objects.count()
    here, right, wrong = somewhere(), {"Authorization": "Bearer right-token"}, {"Authorization": "Bearer wrong"}
    for _ in range(10):
        assert call(url, here, headers=wrong).status_code == 401
    is_refused(call(url, here, headers=wrong), "webhook_secret")
    is_refused(call(url, here, headers=right), "webhook_secret")
    assert (CredentialAccess.objects.count(), BlockedIp.objects.count(), Execution.objects.count()) == (before, 0, 0)
    assert call(url, somewhere(), headers=right).status_code == 202
    assert CredentialAccess.objects.filter(action="use").count() == 1


def test_guessing_from_many_networks_slows_the_account_and_not_its_owner(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = somewhere()
    right = {"email": user.email, "password": PASSWORD}
    assert APIClient(REMOTE_ADDR=home).post(LOGIN, right, format="json").status_code == 200
    wrong = {**right, "email": user.email.upper(), "password": "not it at all"}
    for _ in range(FREE_TRIES):
        assert APIClient(REMOTE_ADDR=somewhere()).post(LOGIN, wrong, format="json").status_code == 401
    is_refused(APIClient(REMOTE_ADDR=somewhere()).post(LOGIN, wrong, format="json"), "password")
    is_refused(APIClient(REMOTE_ADDR=somewhere()).post(LOGIN, right, format="json"), "password")
    assert APIClient(REMOTE_ADDR=home).post(LOGIN, right, format="json").status_code == 200


def test_each_wrong_password_makes_the_wait_longer_up_to_a_minute() -> None:
    pace = Pace(f"{uuid4().hex}@example.org", somewhere())
    waits = []
    for _ in range(FREE_TRIES + 9):
        pace.was_wrong()
        try:
            pace.check()
        except RateLimited as exc:
            waits.append(exc.retry_in_s)
            COUNTERS.forget(f"heddle:password:rest:{pace._account}")
    assert [round((wait or 0) / 2) * 2 for wait in waits[2:5]] == [4, 8, 16]
    assert max(wait or 0 for wait in waits) <= LONGEST_S + 1
    assert len(waits) == 10


def test_a_stolen_token_does_not_guess_the_password(session: APIClient) -> None:
    guess = {"current_password": "not it at all", "new_password": "another good one 12"}
    codes = [session.post(CHANGE, guess, format="json").status_code for _ in range(FREE_TRIES + 3)]
    assert codes[:FREE_TRIES] == [400] * FREE_TRIES
    assert 429 in codes[FREE_TRIES:], "plans or none: guessing is slowed down for the account"
