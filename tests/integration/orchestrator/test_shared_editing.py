"""Where shared editing is turned off nobody but the owner changes a workflow, and none is handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from core.access import reach
from core.access.roles import Role
from core.models import Collaborator, User
from tests.builders import chain, node

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("off")]
BASE = "/api/orchestrator/"


@pytest.fixture
def off() -> Iterator[bool]:
    """Turn shared editing off, as an operator may; gives what it is without that."""
    usual = bool(settings.SHARED_EDITING)
    with override_settings(SHARED_EDITING=False):
        yield usual


class Shared:
    def __init__(self, api: APIClient, owner: User, guest: User, role: str) -> None:
        now, document = timezone.now(), {"name": "Shared", **chain(node("x"))}
        self.place = f"{BASE}workflows/{api.post(f'{BASE}workflows/', document, format='json').json()['id']}/"
        self.row = Collaborator.objects.create(
            workflow_id=self.place.split("/")[-2], user_id=guest.pk, email=guest.email, role=role,
            invited_by_id=owner.pk, created_at=now, mailed_at=now, accepted_at=now,
        )  # fmt: skip


def refused(reply: Any) -> bool:
    return (reply.status_code, reply.json()["code"]) == (409, "shared_editing_off")


def test_an_operator_turns_it_off(off: bool) -> None:
    assert (off, settings.SHARED_EDITING) == (True, False)


def test_nobody_is_made_an_editor_and_no_workflow_is_handed_over(
    api: APIClient, user: User, make_user: Callable[..., User]
) -> None:
    shared = Shared(api, user, make_user(), "viewer")
    people = f"{shared.place}collaborators/"
    reply = api.post(people, {"email": "a@example.org", "role": "editor"}, format="json")
    assert refused(reply)
    assert "viewer and runner can be given" in reply.json()["detail"]
    assert refused(api.patch(f"{people}{shared.row.pk}/", {"role": "editor"}, format="json"))
    assert refused(api.post(f"{shared.place}transfer/", {"collaborator_id": str(shared.row.pk)}, format="json"))
    assert list(Collaborator.objects.values_list("email", "role")) == [(shared.row.email, "viewer")]
    assert api.get(shared.place).json()["my_role"] == "owner"
    for role in ("viewer", "runner"):
        assert api.post(people, {"email": "a@example.org", "role": role}, format="json").json()["role"] == role
        assert api.patch(f"{people}{shared.row.pk}/", {"role": role}, format="json").json()["role"] == role


def test_who_is_no_owner_is_told_of_his_role_and_not_of_the_setting(
    api: APIClient, user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    guest = make_user()
    shared = Shared(api, user, guest, "runner")
    reply = as_user(guest).post(f"{shared.place}transfer/", {"collaborator_id": str(shared.row.pk)}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (403, "role_required")


def test_who_was_an_editor_counts_as_a_runner_until_it_is_turned_on(
    api: APIClient, user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    guest = make_user()
    shared, theirs = Shared(api, user, guest, "editor"), as_user(guest)

    reply = theirs.patch(shared.place, {"description": "mine"}, format="json")
    assert (reply.status_code, reply.json()["code"], reply.json()["my_role"]) == (403, "role_required", "runner")
    assert theirs.post(f"{shared.place}deploy/", {}, format="json").status_code == 403
    assert theirs.get(shared.place).json()["my_role"] == "runner"
    assert theirs.get(f"{BASE}workflows/").json()["results"][0]["my_role"] == "runner"
    assert api.get(f"{shared.place}collaborators/").json()["results"][0]["role"] == "runner"
    assert reach.workflows_reached(guest, least=Role.EDITOR) == []
    assert theirs.post(f"{shared.place}execute/", {"input": {}}, format="json").status_code == 202

    with override_settings(SHARED_EDITING=True):
        assert theirs.patch(shared.place, {"description": "mine"}, format="json").status_code == 200
