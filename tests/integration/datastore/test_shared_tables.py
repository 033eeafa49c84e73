"""Tables over HTTP for those who share a workflow: its own follow its roles, the account's are the owner's alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.datastore import tables
from core.datastore.models import DataTable
from core.models import Collaborator, User
from tests.builders import chain, node

pytestmark = pytest.mark.django_db
T, W = "/api/data-tables/", "/api/orchestrator/workflows/"
COLUMNS = [{"name": "a", "type": "text"}]


@pytest.fixture
def workflow_id(api: APIClient) -> str:
    return str(api.post(W, {"name": "Mine", **chain(node("x"))}, format="json").json()["id"])


@pytest.fixture
def joined(
    user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient], workflow_id: str
) -> Callable[[str], APIClient]:
    def make(role: str) -> APIClient:
        guest, now = make_user(), timezone.now()
        Collaborator.objects.create(
            workflow_id=workflow_id, user_id=guest.pk, email=guest.email, role=role, invited_by_id=user.pk,
            created_at=now, mailed_at=now, accepted_at=now,
        )  # fmt: skip
        return as_user(guest)

    return make


def said(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "") if reply.content else ""


def test_a_workflow_s_own_table_follows_its_roles(
    user: User, workflow_id: str, joined: Callable[[str], APIClient]
) -> None:
    own = tables.create(owner_id=user.pk, name="own", columns=COLUMNS, workflow_id=UUID(workflow_id))
    account = tables.create(owner_id=user.pk, name="all", columns=COLUMNS)
    row = {"values": {"a": "1"}}
    for role, may_change in (("viewer", False), ("runner", False), ("editor", True)):
        guest = joined(role)
        listed = guest.get(T).json()["results"]
        assert [(one["name"], one["my_role"]) for one in listed] == [("own", role)]
        assert guest.get(f"{T}{own.pk}/").json()["my_role"] == role
        made = guest.post(f"{T}{own.pk}/rows/", row, format="json")
        assert said(made) == ((201, "") if may_change else (403, "role_required"))
        renamed = guest.patch(f"{T}{own.pk}/", {"name": "renamed"}, format="json")
        assert said(renamed) == ((200, "") if may_change else (403, "role_required"))
        assert guest.get(f"{T}{own.pk}/rows/").json()["count"] == int(may_change)
        assert said(guest.delete(f"{T}{own.pk}/")) == (403, "role_required")
        for path in (f"{T}{account.pk}/", f"{T}{account.pk}/rows/", f"{T}{account.pk}/export/"):
            assert said(guest.get(path)) == (404, "not_found")
    Collaborator.objects.all().delete()
    assert said(guest.get(f"{T}{own.pk}/")) == (404, "not_found")


def test_an_editor_makes_a_table_of_the_workflow_in_its_account(
    user: User, api: APIClient, workflow_id: str, joined: Callable[[str], APIClient]
) -> None:
    body = {"name": "new", "columns": COLUMNS, "workflow_id": workflow_id}
    assert said(joined("runner").post(T, body, format="json")) == (403, "role_required")
    editor = joined("editor")
    made = editor.post(T, body, format="json")
    assert (made.status_code, made.json()["my_role"]) == (201, "editor")
    assert DataTable.objects.get().owner_id == user.pk
    assert [one["my_role"] for one in api.get(T).json()["results"]] == ["owner"]
    assert said(api.delete(f"{T}{made.json()['id']}/")) == (204, "")


def test_who_handed_a_workflow_over_sees_its_tables_by_his_role_alone(
    user: User, api: APIClient, workflow_id: str, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    own = tables.create(owner_id=user.pk, name="own", columns=COLUMNS, workflow_id=UUID(workflow_id))
    heir, now = make_user(), timezone.now()
    rows = {user: "viewer", heir: "owner"}
    for person, role in rows.items():
        Collaborator.objects.create(
            workflow_id=workflow_id, user_id=person.pk, email=person.email, role=role, invited_by_id=user.pk,
            created_at=now, mailed_at=now, accepted_at=now,
        )  # fmt: skip
    tables.hand_over(workflow_id=UUID(workflow_id), owner_id=heir.pk)
    assert said(api.delete(f"{T}{own.pk}/")) == (403, "role_required")
    assert said(as_user(heir).delete(f"{T}{own.pk}/")) == (204, "")
