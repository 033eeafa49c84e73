"""Credits and usage: what a run costs, what is refused without one, what a month brings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import credits
from core.models import User
from executor.domain.new_run import NewRun
from executor.models import Execution
from executor.verbs import executions
from orchestrator.models import Occurrence, Schedule
from orchestrator.triggers import schedules
from tests.builders import chain, edge, node
from tests.integration.orchestrator.test_forms import call

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"
ADDRESS = f"2001:db8:{uuid4().hex[:4]}::1"


@pytest.fixture(autouse=True)
def plans_on(settings: Any) -> None:
    settings.PLANS = True


def make(api: APIClient, document: dict[str, Any]) -> str:
    return str(api.post(BASE, {"name": f"w {uuid4()}", **document}, format="json").json()["id"])


def have(user: User, balance: int) -> None:
    User.objects.filter(pk=user.pk).update(credits=balance)


def left(user: User) -> int:
    return User.objects.get(pk=user.pk).credits


def test_a_start_costs_one_and_a_replay_none(api: APIClient, user: User) -> None:
    have(user, 2)
    url = f"{BASE}{make(api, chain(node('z')))}/execute/"
    first = api.post(url, {}, format="json", HTTP_IDEMPOTENCY_KEY="one")
    again = api.post(url, {}, format="json", HTTP_IDEMPOTENCY_KEY="one")
    assert (first.json()["id"], first.json()["credits"]) == (again.json()["id"], 1)
    assert left(user) == 1
    assert api.post(url, {"version": "17"}, format="json").status_code == 404, "a refused start is free"
    assert api.post(url, {}, format="json").status_code == 202
    refused = api.post(url, {}, format="json", HTTP_IDEMPOTENCY_KEY="two")
    assert (refused.status_code, refused.json()["code"], refused.json()["balance"]) == (402, "credits_exhausted", 0)
    assert refused.json()["resets_at"].endswith("-01T00:00:00.000Z")
    assert api.post(url, {}, format="json", HTTP_IDEMPOTENCY_KEY="one").status_code == 202, "what was paid for is shown"
    have(user, 1)
    assert api.post(url, {}, format="json", HTTP_IDEMPOTENCY_KEY="two").status_code == 202, "the key was left free"
    assert Execution.objects.count() == 3


def test_without_plans_nobody_is_charged_limited_or_refused(api: APIClient, user: User, settings: Any) -> None:
    settings.PLANS, settings.RATE_LIMITS = False, True
    have(user, 0)
    url = f"{BASE}{make(api, chain(node('z')))}/execute/"
    replies = [api.post(url, {}, format="json") for _ in range(7)]
    assert [reply.status_code for reply in replies] == [202] * 7
    assert not any(name.startswith("X-RateLimit") for reply in replies for name in reply.headers)
    assert (left(user), replies[0].json()["credits"]) == (0, 0)
    usage = api.get("/api/usage/").json()
    assert {limit["limit"] for limit in usage["limits"].values()} == {None}
    assert (usage["today"]["executions"], usage["today"]["credits"]) == (7, 0)
    codes = [
        APIClient().post("/api/auth/login/", {}, format="json", REMOTE_ADDR=ADDRESS).status_code for _ in range(11)
    ]
    assert codes == [400] * 10 + [429], "who is not signed in meets the limit of his address all the same"


def test_starts_at_once_never_spend_what_is_not_there(user: User) -> None:
    have(user, 7)

    def start(_number: int) -> bool:
        run = NewRun(user.pk, None, "w", "x" * 64, "", "start", {}, 1)
        try:
            executions.start(run=run, now=timezone.now())
        except credits.CreditsExhausted:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        started = list(pool.map(start, range(20)))
    assert (started.count(True), left(user), Execution.objects.count()) == (7, 0, 7)


def test_webhooks_and_schedules_of_an_owner_without_credits(api: APIClient, user: User) -> None:
    hook = {"nodes": [node("h", "webhook_trigger", {"path": "p"}), node("z")], "edges": [edge("h", "z")]}
    deployed = api.post(f"{BASE}{make(api, hook)}/deploy/", {}, format="json").json()
    url = deployed["triggers"][0]["url"].removeprefix("http://testserver")
    clock = {"nodes": [node("t", "schedule_trigger", {"interval_s": 60}), node("z")], "edges": [edge("t", "z")]}
    api.post(f"{BASE}{make(api, clock)}/deploy/", {}, format="json")
    have(user, 0)
    reply = call("post", url, {"a": 1}, content_type="application/json")
    assert (reply.status_code, reply.json()["code"]) == (402, "credits_exhausted")
    due = Schedule.objects.get().next_run_at
    assert due is not None
    assert schedules.fire(Schedule.objects.get().pk, due) == 0
    assert Occurrence.objects.get().outcome == "skipped"
    assert Schedule.objects.get().next_run_at == due + timedelta(seconds=60), "it goes on with its next moment"
    assert not Execution.objects.exists()


def test_a_month_fills_up_what_is_missing(make_user: Callable[..., User]) -> None:
    free, rich, pro = make_user(credits=3), make_user(credits=5000), make_user(tier="pro", credits=0)
    march = datetime(2026, 3, 15, tzinfo=UTC)
    credits.renew_due(march)
    assert [left(one) for one in (free, rich, pro)] == [3, 5000, 0], "the first month is only noted"
    assert credits.renew_due(datetime(2026, 3, 31, 23, 59, tzinfo=UTC)) == 0
    assert credits.renew_due(datetime(2026, 4, 1, tzinfo=UTC)) == 3
    assert [left(one) for one in (free, rich, pro)] == [1000, 5000, 50_000]
    assert User.objects.get(pk=free.pk).credits_reset_at == datetime(2026, 5, 1, tzinfo=UTC)
    assert credits.next_reset(datetime(2026, 12, 31, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)


def test_usage_is_counted_by_day(api: APIClient, user: User, other_api: APIClient) -> None:
    workflow = make(api, chain(node("z")))
    for _ in range(3):
        api.post(f"{BASE}{workflow}/execute/", {}, format="json")
    old = Execution.objects.first()
    assert old is not None
    Execution.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
    usage = api.get("/api/usage/?days=3").json()
    assert [day["executions"] for day in usage["daily"]] == [1, 0, 2]
    assert (usage["today"]["credits"], usage["today"]["cost_usd"]) == (2, "0.000000")
    assert (usage["credits"]["balance"], usage["credits"]["monthly"]) == (997, 1000)
    assert usage["limits"]["execute"]["limit"] == 5
    assert len(api.get("/api/usage/").json()["daily"]) == 30
    assert other_api.get("/api/usage/").json()["today"]["executions"] == 0
    for days in ("0", "367", "x", "-1"):
        assert api.get(f"/api/usage/?days={days}").status_code == 400


def test_plans(api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]) -> None:
    plans = api.get("/api/billing/plans/").json()["results"]
    assert [(plan["tier"], plan["limits"]["execute"]) for plan in plans] == [
        ("free", 5),
        ("pro", 50),
        ("enterprise", 200),
    ]
    assert api.get("/api/billing/plan/").json()["tier"] == "free"
    assert api.put("/api/billing/plan/", {"tier": "pro"}, format="json").status_code == 403
    staff = as_user(make_user(is_staff=True))
    assert staff.put("/api/billing/plan/", {"tier": "pro"}, format="json").json()["tier"] == "pro"
    assert staff.put("/api/billing/plan/", {"tier": "gold"}, format="json").status_code == 400
