"""An account that is switched off starts nothing and what it runs stands still; switched on again, it goes on."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import people
from core.accounts.people import LastStaff
from core.models import Collaborator, OutboxRow, User
from core.outbox.kinds import NOBODY
from executor.models import Execution, HumanTask, RunState, Wait
from executor.process.engine_thread import EngineThread
from executor.selectors import execution_by_id
from executor.verbs import verbs
from executor.verbs.why import reasons_of
from orchestrator.workflows import switched_off
from tests.builders import chain, node
from tests.conftest import Peer
from tests.integration.executor.running import finished, queue, until
from tests.integration.orchestrator.test_forms import call
from tests.integration.orchestrator.test_human_tasks import asking, begin
from tests.integration.orchestrator.test_polls import rss
from tests.integration.orchestrator.test_schedules import BASE, NOON, deployed, due
from tests.integration.orchestrator.test_webhook_answers import hook
from tests.integration.outbox.working import hurry, work_off
from tests.polling import Clock
from tests.polling import deployed as polled

pytestmark = pytest.mark.django_db(transaction=True)


def switch(user: User, *, on: bool) -> None:
    """Switch an account, and do what follows, both times."""
    people.update_user(user=user, is_active=on)
    for _ in range(2):
        work_off()
        hurry(kind=people.SWITCHED)
    work_off()
    assert not OutboxRow.objects.filter(kind=people.SWITCHED).exists()
    user.refresh_from_db()


def status_of(execution_id: Any) -> str:
    return RunState.objects.get(pk=execution_id).status


def test_no_call_starts_a_run_of_an_account_that_is_off(api: APIClient, user: User) -> None:
    url = hook(api, user)
    assert call("post", url, b"{}", content_type="application/json").status_code == 202
    switch(user, on=False)
    refused = call("post", url, b"{}", content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (404, "webhook_not_registered")
    assert Execution.objects.count() == 1
    switch(user, on=True)
    assert call("post", url, b"{}", content_type="application/json").status_code == 202


def test_no_moment_of_a_schedule_starts_one_and_each_is_said_to_be_skipped(api: APIClient, user: User) -> None:
    schedule = deployed(api)
    switch(user, on=False)
    assert due(schedule, NOON, NOON + timedelta(seconds=1)) == ["skipped"]
    schedule.refresh_from_db()
    assert (schedule.last_error or {})["code"] == "account_inactive"
    switch(user, on=True)
    later = NOON + timedelta(minutes=10)
    assert due(schedule, later, later + timedelta(seconds=1)) == ["skipped", "started"]
    schedule.refresh_from_db()
    assert schedule.last_error is None


def test_nobody_s_feed_is_read_for_one_and_the_trigger_says_why(
    api: APIClient, user: User, peer: Peer, settings: Any
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    peer.answer("/feed", (200, {}, rss("a")), (200, {}, rss("b", "a")))
    clock = Clock(polled(api, "rss_trigger", {"url": f"{peer.url}/feed"}))
    clock.ask()
    switch(user, on=False)
    assert clock.ask() is None
    assert len(peer.calls) == 1
    assert (clock.poll.last_error or {})["code"] == "account_inactive"
    off_until, before = clock.poll.next_poll_at, timezone.now()
    switch(user, on=True)
    clock.poll.refresh_from_db()
    assert clock.poll.last_error is None
    assert clock.poll.next_poll_at is not None
    assert off_until is not None
    assert before - timedelta(seconds=5) <= clock.poll.next_poll_at < off_until, "it is asked at once"
    assert [item["id"] for item in Execution.objects.get().input] == ["b"]


def test_nobody_with_a_role_starts_a_run_on_one(user: User, make_user: Any, as_user: Any, api: APIClient) -> None:
    workflow = api.post(f"{BASE}workflows/", {"name": "w", **chain(node("z"))}, format="json").json()["id"]
    runner, now = make_user(), timezone.now()
    Collaborator.objects.create(
        workflow_id=workflow, user_id=runner.pk, email=runner.email, role="runner", invited_by_id=user.pk,
        created_at=now, mailed_at=now, accepted_at=now,
    )  # fmt: skip
    asks = as_user(runner)
    started = asks.post(f"{BASE}workflows/{workflow}/execute/", {}, format="json")
    assert started.status_code == 202
    held = f"{BASE}executions/{started.json()['id']}/"
    switch(user, on=False)
    for url in (f"{BASE}workflows/{workflow}/execute/", f"{held}resume/"):
        refused = asks.post(url, {}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "account_inactive"), url
    assert status_of(started.json()["id"]) == "paused"
    assert asks.post(f"{held}stop/", {}, format="json").status_code == 202, "it may be stopped"


def test_what_waits_stands_still_and_goes_on_later(engine: EngineThread, user: User, make_user: Any) -> None:
    execution_id, task = begin(engine, asking(timeout_s=3600), user)
    by_hand, _ = begin(engine, asking(), user)
    verbs.pause(execution_id=by_hand, by=user.pk)
    until(by_hand, {"paused", "waiting"})
    others, _ = begin(engine, asking(), make_user())
    queued = queue(chain(node("z")), owner=user.pk)
    switch(user, on=False)
    assert status_of(queued) == "paused"
    assert RunState.objects.get(pk=others).command is None
    said = {one: {reason["code"] for reason in reasons_of(execution_by_id(one))} for one in (queued, by_hand)}
    assert "account_inactive" in said[queued]
    assert "paused_by_user" not in said[queued]
    assert "paused_by_user" in said[by_hand]

    Wait.objects.filter(execution_id=execution_id, kind="timer").update(until=timezone.now())
    HumanTask.objects.filter(pk=task.pk).update(expires_at=timezone.now())
    for one in (queued, execution_id):
        engine.ring(str(one))
    time.sleep(0.5)
    assert (status_of(queued), status_of(execution_id) in ("waiting", "paused")) == ("paused", True)

    switch(user, on=True)
    engine.ring(str(queued))
    assert finished(queued).state.status == "completed"
    state = RunState.objects.get(pk=execution_id)
    assert state.command is None
    held = RunState.objects.get(pk=by_hand)
    assert held.status == "paused" or held.command == "pause", "what somebody paused himself stays so"


def test_however_many_runs_there_are_each_is_reached(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switched_off, "AT_ONCE", 3)
    ids = [queue(chain(node("z")), owner=user.pk) for _ in range(8)]
    switch(user, on=False)
    assert {status_of(one) for one in ids} == {"paused"}
    assert set(RunState.objects.values_list("command_by_id", flat=True)) == {NOBODY}
    switch(user, on=True)
    assert {status_of(one) for one in ids} == {"pending"}


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_the_last_who_looks_after_the_installation_stays(make_user: Any, change: dict[str, bool]) -> None:
    first, second, gone = make_user(is_staff=True), make_user(is_staff=True), make_user(is_staff=True)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    people.update_user(user=second, **change)
    with pytest.raises(LastStaff):
        people.update_user(user=first, **change)
    assert User.objects.filter(pk=first.pk, is_staff=True, is_active=True).exists()
