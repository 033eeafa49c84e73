"""What is done on the administration site is done as through the API, and the audit log says who did it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import people
from core.models import AuditEntry, BlockedIp, User
from executor.models import DeadLetter, Execution
from executor.verbs import dead_letters
from nodes.models import CustomNode
from tests.builders import chain, node
from tests.integration.administration.conftest import send, sign_in
from tests.integration.administration.things import make

pytestmark = pytest.mark.django_db
RUNS = "/admin/executor/execution/"


def chosen(browser: Client, url: str, action: str, *keys: object) -> Any:
    browser.get(url)
    form = {"action": action, "index": "0", "_selected_action": [str(key) for key in keys]}
    return send(browser, url, form, follow=True)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def run(api: APIClient) -> Execution:
    """A run of somebody that nobody has taken yet."""
    made = api.post("/api/orchestrator/workflows/", {"name": "w", **chain(node("x"))}, format="json").json()
    started = api.post(f"/api/orchestrator/workflows/{made['id']}/execute/", {"input": {}}, format="json").json()
    return Execution.objects.select_related("state").get(pk=started["id"])


def test_a_run_is_stopped_by_who_is_named_in_its_events_and_in_the_audit_log(
    browser: Client, superuser: User, run: Execution, api: APIClient
) -> None:
    answer = chosen(browser, RUNS, "stop", run.pk)
    assert said(answer) == ["stop: 1 done"]
    run.state.refresh_from_db()
    assert run.state.status == "cancelled"
    events = api.get(f"/api/streaming/executions/{run.pk}/events/").json()
    assert str(superuser.pk) in str(events)
    [entry] = AuditEntry.objects.all()
    assert (entry.user_id, entry.owner_id, entry.action, entry.object_id) == (
        superuser.pk, run.owner_id, "execution.stop", str(run.pk),
    )  # fmt: skip


def test_a_run_that_ended_is_not_stopped_but_retried_for_its_owner(
    browser: Client, superuser: User, run: Execution, user: User
) -> None:
    assert b"cannot be retried" in chosen(browser, RUNS, "retry", run.pk).content
    chosen(browser, RUNS, "stop", run.pk)
    assert said(chosen(browser, RUNS, "retry", run.pk)) == ["retry: 1 done"]
    again = Execution.objects.get(retry_of_id=run.pk)
    assert (again.owner_id, again.started_by_id) == (user.pk, superuser.pk)
    Execution.objects.filter(pk=again.pk).update(finished_at=timezone.now())
    type(again.state).objects.filter(pk=again.pk).update(status="completed")
    refused = chosen(browser, RUNS, "stop", again.pk).content
    assert b"An execution that is completed cannot be stopped" in refused
    assert AuditEntry.objects.filter(action="execution.stop").count() == 1, "what was refused was not done"


def test_who_may_only_look_may_not_act(make_user: Callable[..., User], run: Execution) -> None:
    staff = make_user(is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_execution"))
    browser, _ = sign_in(staff)
    assert b'value="stop"' not in browser.get(RUNS).content
    chosen(browser, RUNS, "stop", run.pk)
    run.state.refresh_from_db()
    assert run.state.status == "pending"


def test_a_blocked_address_is_let_in_again(browser: Client) -> None:
    now = timezone.now()
    BlockedIp.objects.create(ip="192.0.2.9", reason="login_failed", until=now + timedelta(hours=1), created_at=now)
    chosen(browser, "/admin/core/blockedip/", "unblock", "192.0.2.9")
    assert not BlockedIp.objects.exists()
    assert AuditEntry.objects.get().action == "blockedip.unblock"


def test_a_submitted_node_is_approved(browser: Client, user: User) -> None:
    version = make(CustomNode._meta.get_field("versions").related_model, user)
    custom = version.node
    CustomNode.objects.filter(pk=custom.pk).update(status="pending", version=version.number)
    chosen(browser, "/admin/nodes/customnode/", "approve", custom.pk)
    custom.refresh_from_db()
    assert custom.status == "approved"
    assert b"not pending" in chosen(browser, "/admin/nodes/customnode/", "reject", custom.pk).content


def test_a_dead_letter_is_closed(browser: Client) -> None:
    letter = dead_letters.keep(task_name="x", args=[], kwargs={}, exception="e", traceback="", now=timezone.now())
    chosen(browser, "/admin/executor/deadletter/", "resolve", letter.pk)
    letter.refresh_from_db()
    assert letter.status == DeadLetter.Status.RESOLVED
    assert b"The dead letter is resolved" in chosen(browser, "/admin/executor/deadletter/", "retry", letter.pk).content


def test_a_key_is_switched_off(browser: Client, user: User) -> None:
    key, clear = people.create_key(user=user, name="k")
    chosen(browser, "/admin/core/apikey/", "switch_off", key.pk)
    caller = APIClient()
    caller.credentials(HTTP_X_API_KEY=clear)
    assert caller.get("/api/users/me").status_code == 401


def test_a_user_is_changed_with_the_effects_it_has_through_the_api(
    browser: Client, user: User, superuser: User
) -> None:
    access, _ = people.tokens_for(user)
    url = f"/admin/core/user/{user.pk}/change/"
    assert browser.get(url).status_code == 200
    form = {"name": "New name", "tier": "pro", "credits": "7", "is_staff": "on", "email": "other@example.org"}
    assert send(browser, url, form).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.tier, user.credits, user.is_staff, user.is_active) == ("New name", "pro", 7, True, False)
    assert user.email != "other@example.org"
    caller = APIClient()
    caller.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    assert caller.get("/api/users/me").status_code == 401, "who is switched off loses all tokens"
    entry = AuditEntry.objects.get(action="user.update")
    assert (entry.user_id, entry.changes["tier"]) == (superuser.pk, ["free", "pro"])


def test_the_last_staff_account_stays(browser: Client, superuser: User) -> None:
    url = f"/admin/core/user/{superuser.pk}/change/"
    form = {"name": "New name", "tier": "free", "credits": "7", "is_staff": "on", "is_superuser": "on"}
    refused = send(browser, url, form)

    assert (refused.status_code, b"the last account that looks after" in refused.content) == (200, True)
    superuser.refresh_from_db()
    assert (superuser.is_active, superuser.name == "New name") == (True, False)


def test_staff_change_no_superuser_and_make_none(make_user: Callable[..., User], user: User, superuser: User) -> None:
    staff = make_user(is_staff=True)
    staff.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    browser, _ = sign_in(staff)
    form = {"name": "x", "tier": "free", "credits": "1", "is_superuser": "on", "is_active": "on"}
    for target in (user, superuser):
        browser.get(f"/admin/core/user/{target.pk}/change/")
        send(browser, f"/admin/core/user/{target.pk}/change/", form)
    user.refresh_from_db()
    superuser.refresh_from_db()
    assert (user.name, user.is_superuser) == ("x", False)
    assert (superuser.name == "x", superuser.is_superuser) == (False, True)
