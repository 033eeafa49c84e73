"""Accounts that staff delete, and passwords they help to set: what becomes of workflows, and what stays of nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.datastore import tables
from core.datastore.models import DataTable
from core.models import ApiKey, AuditEntry, Blob, BlobChunk, Collaborator, User
from core.outbox.kinds import Later, Row
from core.storage import blobs
from credentials.models import Credential
from executor.models import Execution, NodeRun
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from orchestrator.executions import pruning
from orchestrator.models import Schedule, TransferOffer, Workflow, WorkflowVersion
from orchestrator.workflows import leaving
from tests.builders import chain, node
from tests.integration.executor.running import finished
from tests.integration.orchestrator.test_schedules import deployed
from tests.integration.outbox.working import hurry, left, work_off

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/"


@pytest.fixture
def staff(make_user: Callable[..., User], as_user: Callable[[User], APIClient]) -> APIClient:
    return as_user(make_user(is_staff=True))


def url(user: User, **query: str) -> str:
    return f"/api/users/{user.pk}" + (
        f"?{'&'.join(f'{name}={value}' for name, value in query.items())}" if query else ""
    )


def with_things(api: APIClient, user: User) -> Schedule:
    schedule = deployed(api)
    workflow = f"{BASE}workflows/{schedule.workflow_id}/"
    assert api.post(f"{workflow}execute/", {"trigger_node_id": "clock"}, format="json").status_code == 202
    blobs.save(owner_id=user.pk, content=b"x", file_name="a.txt", mime_type="text/plain")
    made = {"name": "k", "type": "http_bearer", "data": {"token": "t", "allowed_hosts": "example.org"}}
    assert api.post("/api/credentials/", made, format="json").status_code == 201
    return schedule


def test_an_account_goes_with_all_it_has(staff: APIClient, api: APIClient, user: User) -> None:
    with_things(api, user)
    asked = staff.delete(url(user))
    assert (asked.status_code, asked.json()["code"], asked.json()["workflows"]) == (409, "user_has_workflows", 1)
    assert User.objects.filter(pk=user.pk).exists()

    assert staff.delete(url(user, workflows="delete")).status_code == 204

    assert api.get("/api/users/me").status_code == 401
    for _ in range(6):
        work_off()
        hurry()
    assert not any(row.kind == "account_gone" for row in left())
    for model in (Execution, NodeRun, Credential, Blob, Schedule):
        assert model.objects.count() == 0, model
    assert not User.objects.filter(pk=user.pk).exists()
    assert not ApiKey.objects.filter(user_id=user.pk).exists()
    assert not Workflow.objects.filter(is_deleted=False).exists()
    assert AuditEntry.objects.get(action="user.delete").object_id == str(user.pk)


def test_workflows_go_over_to_somebody(
    staff: APIClient, api: APIClient, user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    heir = make_user()
    theirs = as_user(heir)
    assert theirs.post(f"{BASE}workflows/", {"name": "w", **chain(node("a"))}, format="json").status_code == 201
    schedule = deployed(api)
    for wrong in ({"workflows": "transfer"}, {"workflows": "transfer", "to": str(user.pk)}, {"workflows": "x"}):
        assert staff.delete(url(user, **wrong)).status_code == 400
    assert User.objects.filter(pk=user.pk).exists()

    assert staff.delete(url(user, workflows="transfer", to=str(heir.pk))).status_code == 204
    work_off()

    got = theirs.get(f"{BASE}workflows/{schedule.workflow_id}/").json()
    assert (got["name"], got["status"], got["owner_id"], got["my_role"]) == ("w (2)", "active", str(heir.pk), "owner")
    again = Schedule.objects.get(workflow_id=schedule.workflow_id)
    assert (again.owner_id, again.next_run_at is not None) == (heir.pk, True)


def accepted_by(workflow_id: Any, owner: User, guest: User) -> None:
    now = timezone.now()
    Collaborator.objects.create(
        workflow_id=workflow_id, user_id=guest.pk, email=guest.email, role="viewer", invited_by_id=owner.pk,
        created_at=now, mailed_at=now, accepted_at=now,
    )  # fmt: skip


def test_offers_go_with_who_made_or_had_them(
    staff: APIClient, api: APIClient, user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    heir, offered_to = make_user(), make_user()
    ids = [
        each.post(f"{BASE}workflows/", {"name": "w", **chain(node("a"))}, format="json").json()["id"]
        for each in (api, as_user(heir))
    ]
    lately = {"created_at": timezone.now(), "expires_at": timezone.now() + timedelta(days=7), "revision": 1}
    accepted_by(ids[0], user, offered_to)
    TransferOffer.objects.create(workflow_id=ids[0], owner_id=user.pk, heir_id=offered_to.pk, **lately)
    TransferOffer.objects.create(workflow_id=ids[1], owner_id=heir.pk, heir_id=user.pk, **lately)
    assert staff.delete(url(user, workflows="transfer", to=str(heir.pk))).status_code == 204
    assert not TransferOffer.objects.exists()
    place = f"{BASE}workflows/{ids[0]}/"
    row = Collaborator.objects.get(workflow_id=ids[0], user_id=offered_to.pk)
    offer = {"collaborator_id": str(row.pk)}
    assert as_user(heir).post(f"{place}transfer/", offer, format="json").status_code == 201, "its new owner may"


def test_an_account_goes_in_slices_and_its_secrets_first(
    staff: APIClient, api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_things(api, user)
    workflow_id = Workflow.objects.get().pk
    for _ in range(4):
        assert api.post(f"{BASE}workflows/{workflow_id}/versions/", {}, format="json").status_code in (200, 201)
    for number in range(3):
        blobs.save(owner_id=user.pk, content=b"x", file_name=f"{number}.txt", mime_type="text/plain")
        tables.create(owner_id=user.pk, name=str(number), columns=[{"name": "a", "type": "text"}])
    blob = Blob.objects.first()
    assert blob is not None
    BlobChunk.objects.bulk_create(BlobChunk(blob=blob, number=number, content=b"x") for number in range(10, 15))
    assert staff.delete(url(user, workflows="delete")).status_code == 204
    monkeypatch.setattr(leaving, "AT_ONCE", 2)
    claimed = Row(uuid4(), leaving.KIND, user.pk, {"user_id": str(user.pk)}, None, 0, 0, 0, timezone.now())
    sliced = (Workflow, WorkflowVersion, Schedule, Blob, BlobChunk)

    def held() -> int:
        living = DataTable.objects.filter(is_deleted=False).count()
        return living + sum(model._default_manager.count() for model in sliced)

    said, before, turns = leaving.clear_row(claimed), held(), 1
    assert not Credential.objects.exists(), "before all else"
    assert isinstance(said, Later)
    for run in Execution.objects.all():
        pruning.remove_each([run.pk])
    while isinstance(said, Later):
        said, turns = leaving.clear_row(replace(claimed, payload=said.payload or claimed.payload)), turns + 1
        assert before - 2 <= held() <= before
        before = held()
    assert (before, said) == (0, None)
    assert turns > 8


def test_who_is_no_staff_deletes_nobody_and_staff_not_themselves(
    staff: APIClient, api: APIClient, user: User, make_user: Callable[..., User]
) -> None:
    superuser, me = make_user(is_staff=True, is_superuser=True), User.objects.get(is_staff=True, is_superuser=False)
    assert api.delete(url(user)).status_code == 403
    for refused in (superuser, me):
        assert staff.delete(url(refused)).status_code == 403
    assert User.objects.count() == 3


def test_staff_make_a_link_to_set_a_password(staff: APIClient, user: User) -> None:
    made = staff.post(f"{url(user)}/password-link/")
    assert (made.status_code, "#token=" in made.json()["link"]) == (201, True)
    body = {"token": made.json()["link"].partition("#token=")[2], "password": "a brand new one"}
    assert APIClient().post("/api/auth/password/reset/", body, format="json").status_code == 204
    assert APIClient().post("/api/auth/password/reset/", body, format="json").status_code == 400
    user.refresh_from_db()
    assert user.check_password("a brand new one")
    assert AuditEntry.objects.get(action="user.password_link").owner_id == user.pk


def test_what_is_refused_stands_in_the_log(api: APIClient, user: User, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="heddle.refused"):
        api.get(f"{BASE}workflows/{user.pk}/", HTTP_X_REQUEST_ID="abc")
    [record] = [record for record in caplog.records if record.name == "heddle.refused"]
    said = record.getMessage()
    assert "404 not_found" in said
    assert f"user {user.pk}, request abc" in said


def test_a_failed_production_run_stands_in_the_log(api: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    document: dict[str, Any] = chain(node("stop", "stop_and_error", {"message": "secret"}))
    made = api.post(f"{BASE}workflows/", {"name": "w", **document}, format="json").json()
    assert api.post(f"{BASE}workflows/{made['id']}/deploy/", {}, format="json").status_code == 200
    engine = EngineThread(default_config)
    engine.start()
    try:
        body = {"version": "deployed"}
        run = api.post(f"{BASE}workflows/{made['id']}/execute/", body, format="json").json()
        engine.ring(run["id"])
        execution = finished(run["id"])
    finally:
        engine.stop(grace_s=1)
    assert (execution.state.status, execution.mode) == ("failed", "production")
    with caplog.at_level(logging.WARNING):
        work_off()
    [said] = [record.getMessage() for record in caplog.records if "failed:" in record.getMessage()]
    assert run["id"] in said
    assert made["id"] in said
    assert "at the node stop" in said
    assert "secret" not in said
