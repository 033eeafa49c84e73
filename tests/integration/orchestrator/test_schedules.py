"""Schedules: when they are due, what follows when nothing ran, that no moment is started twice."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from core.values.cron import CronInvalid, due_times, parse_cron
from executor.models import Execution, RunState
from orchestrator.models import Occurrence, Schedule
from orchestrator.triggers import schedules
from tests.builders import edge, node
from tests.integration.outbox.working import work_off

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/"
NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


def deployed(api: APIClient, name: str = "w", **params: Any) -> Schedule:
    document = {
        "nodes": [node("clock", "schedule_trigger", {"cron": "*/10 * * * *", **params}), node("a")],
        "edges": [edge("clock", "a")],
    }
    workflow = api.post(f"{BASE}workflows/", {"name": name, **document}, format="json").json()
    reply = api.post(f"{BASE}workflows/{workflow['id']}/deploy/", {}, format="json")
    assert reply.status_code == 200, reply.json()
    return Schedule.objects.get(workflow_id=workflow["id"])


def due(schedule: Schedule, at: datetime, now: datetime) -> list[str]:
    """Let a schedule be due since `at`, fire at `now`, and return the outcomes, the first moment first."""
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=at)
    schedules.fire(schedule.pk, now)
    return list(Occurrence.objects.filter(schedule=schedule).order_by("due_at").values_list("outcome", flat=True))


def test_times_follow_the_zone_over_daylight_saving() -> None:
    before = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    found = islice(due_times("30 2 * * *", None, "Europe/Berlin", before), 3)
    assert [f"{moment:%d %H:%M}" for moment in found] == ["29 01:00", "30 00:30", "31 00:30"]
    grid = list(islice(due_times(None, 90, "UTC", NOON), 2))
    assert grid[1] - grid[0] == timedelta(seconds=90)
    assert next(due_times(None, 90, "UTC", NOON + timedelta(seconds=1))) == grid[0]
    for wrong in ("", "* * * *", "61 * * * *", "0 0 30 2 *", "@daily"):
        with pytest.raises(CronInvalid):
            parse_cron(wrong)


def test_a_deployed_schedule_starts_a_production_run(api: APIClient) -> None:
    schedule = deployed(api, input={"from": "clock"})
    assert schedule.next_run_at is not None
    assert due(schedule, NOON, NOON + timedelta(seconds=1)) == ["started"]

    [execution] = Execution.objects.all()
    assert (execution.mode, execution.trigger, execution.trigger_node_id) == ("production", "schedule", "clock")
    assert (execution.input, execution.labels) == ({"from": "clock"}, {"scheduled_at": "2026-03-05T12:00:00.000Z"})
    shown = api.get(f"{BASE}schedules/{schedule.pk}/").json()
    assert shown["last_execution_id"] == str(execution.pk)
    assert shown["next_run_at"].startswith("2026-03-05T12:10:00")
    assert api.get(f"{BASE}schedules/{schedule.pk}/occurrences/").json()["results"][0]["outcome"] == "started"
    [trigger] = api.get(f"{BASE}workflows/{schedule.workflow_id}/triggers/").json()["results"]
    assert (trigger["schedule_id"], trigger["active"]) == (str(schedule.pk), True)


@pytest.mark.parametrize(
    ("missed", "outcomes"),
    [("skip", ["missed"] * 3 + ["started"]), ("run_once", ["missed"] * 3 + ["started"]), ("run_all", ["started"] * 4)],
)
def test_what_was_missed(api: APIClient, missed: str, outcomes: list[str]) -> None:
    assert due(deployed(api, missed=missed), NOON, NOON + timedelta(minutes=30, seconds=1)) == outcomes


@pytest.mark.parametrize(
    ("missed", "outcomes"), [("skip", ["missed"] * 3), ("run_once", ["missed", "missed", "started"])]
)
def test_what_was_missed_and_is_not_due_now(api: APIClient, missed: str, outcomes: list[str]) -> None:
    assert due(deployed(api, missed=missed), NOON, NOON + timedelta(minutes=25)) == outcomes


def test_what_lies_too_far_back_is_gone(api: APIClient) -> None:
    outcomes = due(
        deployed(api, missed="run_all", cron="0 * * * *"), NOON - timedelta(days=30), NOON + timedelta(seconds=1)
    )

    assert outcomes == ["started"] * 24


@pytest.mark.parametrize(
    ("overlap", "outcomes", "statuses"),
    [("allow", ["started", "started"], ["pending", "pending"]), ("skip", ["started", "skipped"], ["pending"]),
     ("queue", ["started", "started"], ["pending", "pending"]), ("cancel", ["started", "started"], ["cancelled", "pending"])],
)  # fmt: skip
def test_while_the_last_run_goes_on(api: APIClient, overlap: str, outcomes: list[str], statuses: list[str]) -> None:
    schedule = deployed(api, overlap=overlap)
    due(schedule, NOON, NOON)
    assert due(schedule, NOON + timedelta(minutes=10), NOON + timedelta(minutes=10)) == outcomes

    rows = RunState.objects.order_by("execution__created_at")
    assert list(rows.values_list("status", flat=True)) == statuses
    assert {row.limit_max for row in rows} == ({1} if overlap == "queue" else {None})


def test_no_moment_is_started_twice(api: APIClient) -> None:
    schedule = deployed(api)
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=NOON)

    def fire() -> None:
        schedules.fire(schedule.pk, NOON)
        connection.close()

    threads = [threading.Thread(target=fire) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    due(schedule, NOON, NOON)  # a beat that lost its memory
    assert Execution.objects.count() == 1


def test_it_can_be_switched_off_and_run_by_hand(api: APIClient) -> None:
    schedule = deployed(api)
    url = f"{BASE}schedules/{schedule.pk}/"

    assert api.patch(url, {"enabled": False}, format="json").json()["enabled"] is False
    assert due(schedule, NOON, NOON) == []
    assert api.patch(url, {"enabled": True}, format="json").status_code == 200
    assert api.post(f"{url}run-now/").status_code == 202
    assert api.get(f"{BASE}schedules/?workflow_id={schedule.workflow_id}").json()["count"] == 1
    api.post(f"{BASE}workflows/{schedule.workflow_id}/undeploy/")
    refused = api.post(f"{url}run-now/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_deployed")
    assert due(schedule, NOON, NOON) == []


def test_what_was_missed_is_filled_in(api: APIClient) -> None:
    schedule = deployed(api, missed="skip")
    assert due(schedule, NOON, NOON + timedelta(minutes=30, seconds=1)) == ["missed"] * 3 + ["started"]
    asked = {"from": "2026-03-05T12:00:00Z", "to": "2026-03-05T12:30:00Z", "rate_per_s": 100}
    url = f"{BASE}schedules/{schedule.pk}/backfill/"

    job = api.post(url, asked, format="json").json()
    work_off()

    found = api.get(f"{BASE}jobs/{job['id']}/").json()["result"]
    refused = [{"id": "2026-03-05T12:30:00.000Z", "code": "already_started"}]
    assert found == {"matched": 4, "started": 3, "refused": refused}
    assert Execution.objects.count() == 4
    assert set(Occurrence.objects.values_list("outcome", flat=True)) == {"started"}
    assert api.post(url, asked, format="json").status_code == 202
    work_off()
    assert Execution.objects.count() == 4


@pytest.mark.parametrize("overlap", ["allow", "skip", "cancel", "queue"])
def test_filling_in_leaves_alone_what_goes_on(api: APIClient, overlap: str) -> None:
    schedule = deployed(api, overlap=overlap)
    due(schedule, NOON, NOON)
    live = RunState.objects.get()
    asked = {"from": "2026-03-05T10:00:00Z", "to": "2026-03-05T10:20:00Z", "rate_per_s": 100}
    assert api.post(f"{BASE}schedules/{schedule.pk}/backfill/", asked, format="json").status_code == 202
    work_off()

    rows = RunState.objects.exclude(pk=live.pk)
    assert list(rows.values_list("status", flat=True)) == ["pending"] * 3
    live.refresh_from_db()
    schedule.refresh_from_db()
    assert (live.status, schedule.last_execution_id) == ("pending", live.pk)
    assert {(row.limit_key == live.limit_key, row.limit_max) for row in rows} == (
        {(True, None)} if overlap == "allow" else {(False, 1)}
    )


def test_nothing_is_filled_in_that_is_still_to_come(api: APIClient) -> None:
    schedule = deployed(api)
    now = datetime.now(UTC)
    url = f"{BASE}schedules/{schedule.pk}/backfill/"
    asked = {
        "from": (now - timedelta(minutes=25)).isoformat(),
        "to": (now + timedelta(hours=3)).isoformat(),
        "dry_run": True,
    }

    found = api.post(url, asked, format="json").json()
    assert found["matched"] in (2, 3)
    assert all(moment <= now.isoformat() for moment in found["moments"])
    refused = api.post(url, {**asked, "from": (now + timedelta(hours=1)).isoformat()}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "in_the_future")


@pytest.mark.parametrize(("overlap", "outcome"), [("skip", "skipped"), ("cancel", "started"), ("allow", "started")])
def test_a_run_started_by_hand_counts_as_going_on(api: APIClient, overlap: str, outcome: str) -> None:
    """Whichever of two that go on ends first."""
    schedule = deployed(api, overlap=overlap)
    due(schedule, NOON, NOON)
    by_hand = api.post(f"{BASE}schedules/{schedule.pk}/run-now/").json()["id"]
    RunState.objects.exclude(pk=by_hand).update(status="completed")

    assert due(schedule, NOON + timedelta(minutes=10), NOON + timedelta(minutes=10)) == ["started", outcome]
    assert RunState.objects.get(pk=by_hand).status == ("cancelled" if overlap == "cancel" else "pending")


@pytest.mark.parametrize("then", ["skip", "cancel"])
def test_a_run_of_another_overlap_counts_as_going_on(api: APIClient, then: str) -> None:
    """What was started while nobody noted which go on: with `overlap: allow`, or by an earlier release."""
    schedule = deployed(api, overlap="skip")
    outcomes = ["started"]
    assert due(schedule, NOON, NOON) == outcomes
    RunState.objects.update(status="completed")
    for number, (overlap, outcome) in enumerate(
        [("allow", "started"), (then, "skipped" if then == "skip" else "started")], start=1
    ):
        Schedule.objects.filter(pk=schedule.pk).update(overlap=overlap)
        moment = NOON + timedelta(minutes=10 * number)
        outcomes.append(outcome)
        assert due(schedule, moment, moment) == outcomes

    statuses = list(RunState.objects.order_by("execution__created_at").values_list("status", flat=True))
    assert statuses == ["completed", *(["pending"] if then == "skip" else ["cancelled", "pending"])]


def test_the_newest_moments_are_made_up_however_many_there_were(api: APIClient) -> None:
    schedule = deployed(api, cron=None, interval_s=10, missed="run_once")
    now = NOON + timedelta(hours=20, seconds=5)
    outcomes = due(schedule, NOON, now)
    assert outcomes == ["missed"] * 94 + ["started"] * 6, "the last minute's are on time"
    assert Occurrence.objects.latest("due_at").due_at == NOON + timedelta(hours=20)


def test_an_hour_that_comes_twice_yields_nothing_that_is_over() -> None:
    for minutes in range(0, 180, 7):
        after = datetime(2026, 10, 24, 23, 30, tzinfo=UTC) + timedelta(minutes=minutes)
        for zone in ("Europe/Berlin", "America/New_York", "UTC"):
            for cron in ("30 2 * * *", "*/15 * * * *", "0 3 * * *"):
                found = list(islice(due_times(cron, None, zone, after), 3))
                assert found == sorted(set(found))
                assert found[0] > after, (cron, zone, after)


def test_a_span_is_filled_in_once(api: APIClient) -> None:
    schedule = deployed(api)
    due(schedule, NOON, NOON)
    asked = {"from": "2026-03-05T11:30:00Z", "to": "2026-03-05T12:00:00Z", "rate_per_s": 100}
    url = f"{BASE}schedules/{schedule.pk}/backfill/"

    assert api.post(url, {**asked, "dry_run": True}, format="json").json()["matched"] == 4
    assert api.post(url, {**asked, "to": "2026-03-05T10:00:00Z"}, format="json").status_code == 400
    assert api.post(url, asked, format="json").status_code == 202
    work_off()
    assert Execution.objects.count() == 4


def test_previews(api: APIClient) -> None:
    url = f"{BASE}schedules/preview/"
    assert (
        len(api.post(url, {"cron": "0 9 * * 1", "timezone": "Asia/Tokyo", "count": 3}, format="json").json()["next"])
        == 3
    )
    for wrong in ({}, {"cron": "nope"}, {"cron": "0 9 * * 1", "timezone": "Mars/Base"}, {"interval_s": 3}):
        assert api.post(url, wrong, format="json").status_code == 400


@pytest.mark.parametrize("params", [{"cron": None}, {"interval_s": 60}, {"cron": "x"}, {"timezone": "Mars"}])
def test_wrong_params_are_found_by_the_compiler(api: APIClient, params: dict[str, Any]) -> None:
    document = {"nodes": [node("clock", "schedule_trigger", {"cron": "* * * * *", **params})], "edges": []}
    assert api.post("/api/compile/validate/", document, format="json").json()["valid"] is False


@pytest.mark.parametrize("interval_s", [366 * 24 * 3600 + 1, 10**12, 2**63])
def test_an_interval_longer_than_a_year_is_refused_before_it_is_counted(api: APIClient, interval_s: int) -> None:
    reply = api.post(f"{BASE}schedules/preview/", {"interval_s": interval_s, "count": 100}, format="json")
    assert reply.status_code == 400
    longest = api.post(f"{BASE}schedules/preview/", {"interval_s": 366 * 24 * 3600, "count": 100}, format="json")
    assert len(longest.json()["next"]) == 100


@pytest.mark.parametrize(
    ("params", "due_at"),
    [({"cron": "0 0 1 1 *", "timezone": "Asia/Tokyo"}, [datetime(1970 + n, 12, 31, 15, tzinfo=UTC) for n in range(999)]),
     ({"interval_s": 366 * 24 * 3600, "cron": None},
      [datetime(1970, 11, 25, tzinfo=UTC) + timedelta(days=366 * n) for n in range(999)])],
)  # fmt: skip
@pytest.mark.parametrize("end", ["0003-01-01T00:00:00Z", "1973-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_span_may_reach_from_one_end_of_time_to_the_other(
    api: APIClient, params: dict[str, Any], due_at: list[datetime], end: str
) -> None:
    schedule = deployed(api, **params)
    span = {"from": "0001-01-01T00:00:00Z", "to": end, "dry_run": True}
    reply = api.post(f"{BASE}schedules/{schedule.pk}/backfill/", span, format="json")

    assert reply.status_code == 200, reply.json()
    last = min(datetime.fromisoformat(end), datetime.now(UTC))
    found = [datetime.fromisoformat(moment) for moment in reply.json()["moments"]]
    assert found == [moment for moment in due_at if moment <= last]
    assert reply.json()["matched"] == len(found)
