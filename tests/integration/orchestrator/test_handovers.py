"""Workflows that are handed over: offered, accepted or refused; nothing moves before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import override_settings
from django.utils import timezone

from core.datastore import tables
from core.datastore.models import DataTable
from core.models import AuditEntry, OutboxRow, User
from executor.models import Execution
from orchestrator.models import Schedule, TransferOffer, Webhook, Workflow
from tests.builders import chain, edge, graph, node
from tests.integration.orchestrator.sharing import O, Person, invited, joined, made

pytestmark = pytest.mark.django_db


def offered(owner: Person, workflow_id: str, collaborator_id: str) -> dict[str, Any]:
    place = f"{O}workflows/{workflow_id}/transfer/"
    reply = owner.api.post(place, {"collaborator_id": collaborator_id}, format="json")
    assert reply.status_code == 201, reply.json()
    return dict(reply.json())


def answered(who: Person, offer: dict[str, Any], answer: str = "accept") -> tuple[int, str]:
    reply = who.api.post(f"{O}transfers/{offer['id']}/{answer}/")
    return reply.status_code, reply.json().get("code", "") if reply.content else ""


def mails_to(person: Person) -> list[str]:
    rows = OutboxRow.objects.filter(kind="mail", payload__to=person.user.email).order_by("created_at")
    return [str(row.payload["text"]) for row in rows]


SERVED = graph(
    [node("hook", "webhook_trigger", {"path": "h"}), node("clock", "schedule_trigger", {"cron": "0 0 * * *"}), node("x")],
    [edge("start", "x"), edge("hook", "x"), edge("clock", "x")],
)  # fmt: skip


def test_an_offer_moves_nothing(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, heir, other = made(owner, "Orders", SERVED), person(), person()
    place = f"{O}workflows/{workflow_id}/"
    assert owner.api.post(f"{place}deploy/", {}, format="json").status_code == 200
    row = joined(owner, workflow_id, heir, "viewer")
    said = len(mails_to(heir))

    offer = offered(owner, workflow_id, row)

    assert (offer["offered_by"]["email"], offer["offered_to"]["email"]) == (owner.user.email, heir.user.email)
    assert (offer["workflow"]["name"], offer["is_deployed"], offer["problems"]) == ("Orders", True, [])
    assert heir.api.get(f"{O}transfers/").json()["results"] == [offer] == [owner.api.get(f"{place}transfer/").json()]
    assert other.api.get(f"{O}transfers/").json()["count"] == owner.api.get(f"{O}transfers/").json()["count"] == 0
    assert heir.api.get(f"{place}transfer/").json()["code"] == "role_required"
    assert answered(other, offer) == answered(owner, offer) == (404, "not_found")
    assert ["/app/invitations" in text for text in mails_to(heir)[said:]] == [True]
    assert (heir.api.get(place).json()["my_role"], owner.api.get(place).json()["my_role"]) == ("viewer", "owner")
    assert Webhook.objects.get().owner_id == Schedule.objects.get().owner_id == owner.user.pk
    run = owner.api.post(f"{place}execute/", {"input": {}}, format="json").json()["id"]
    assert Execution.objects.get(pk=run).owner_id == owner.user.pk


def test_an_offer_is_made_once_and_to_one_person(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, heir, other = made(owner), person(), person()
    place = f"{O}workflows/{workflow_id}/transfer/"
    one, two = joined(owner, workflow_id, heir, "viewer"), joined(owner, workflow_id, other, "viewer")
    offer = offered(owner, workflow_id, one)
    again = owner.api.post(place, {"collaborator_id": one}, format="json")
    assert (again.status_code, again.json()) == (200, offer)
    refused = owner.api.post(place, {"collaborator_id": two}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_offered")
    assert owner.api.delete(place).status_code == 204
    assert answered(heir, offer) == (404, "not_found")
    assert offered(owner, workflow_id, two)["offered_to"]["email"] == other.user.email


def test_an_offer_is_taken_back_or_refused_and_then_gone(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, heir = made(owner), person(name="Heir")
    place = f"{O}workflows/{workflow_id}/"
    row = joined(owner, workflow_id, heir, "viewer")
    offer, said = offered(owner, workflow_id, row), len(mails_to(heir))
    assert owner.api.delete(f"{place}transfer/").status_code == 204
    assert owner.api.delete(f"{place}transfer/").status_code == 404
    assert answered(heir, offer) == answered(heir, offer, "decline") == (404, "not_found")
    again = offered(owner, workflow_id, row)
    assert len(mails_to(heir)) == said, "taken back and made again it is mailed once an hour"
    assert answered(heir, again, "decline") == (204, "")
    assert answered(heir, again) == (404, "not_found")
    assert owner.api.get(f"{place}transfer/").status_code == 404
    assert "Heir" in mails_to(owner)[-1]
    assert "stays yours" in mails_to(owner)[-1]
    assert owner.api.get(place).json()["my_role"] == "owner"
    actions = AuditEntry.objects.filter(object_id=workflow_id).order_by("at").values_list("action", flat=True)
    assert [one.removeprefix("workflow.share.") for one in actions][2:] == [
        "offer", "offer_taken_back", "offer", "offer_declined",
    ]  # fmt: skip


def test_an_offer_runs_out_after_a_week(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, heir = made(owner), person()
    offer = offered(owner, workflow_id, row := joined(owner, workflow_id, heir, "viewer"))
    left = TransferOffer.objects.get().expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    TransferOffer.objects.update(expires_at=timezone.now())
    assert heir.api.get(f"{O}transfers/").json()["count"] == 0
    assert answered(heir, offer) == (404, "not_found")
    assert owner.api.get(f"{O}workflows/{workflow_id}/transfer/").status_code == 404
    assert offered(owner, workflow_id, row)["id"] != offer["id"]


@pytest.mark.parametrize("ended_by", ["role", "workflow", "account"])
def test_an_offer_ends_with_what_it_rests_on(owner: Person, person: Callable[..., Person], ended_by: str) -> None:
    workflow_id, heir = made(owner), person()
    place = f"{O}workflows/{workflow_id}/"
    row = joined(owner, workflow_id, heir, "viewer")
    offer = offered(owner, workflow_id, row)
    if ended_by == "role":
        assert owner.api.delete(f"{place}collaborators/{row}/").status_code == 204
    elif ended_by == "workflow":
        assert owner.api.delete(place).status_code == 204
    else:
        User.objects.filter(pk=heir.user.pk).update(is_active=False)
    status, _ = answered(heir, offer)
    assert status in ((401,) if ended_by == "account" else (404,))
    assert Workflow.objects.get().owner_id == owner.user.pk


@pytest.mark.parametrize("changed_by", ["a change", "a deploy"])
def test_an_offer_is_of_what_its_heir_looked_at(owner: Person, person: Callable[..., Person], changed_by: str) -> None:
    workflow_id, heir = made(owner, "Orders", SERVED), person()
    place = f"{O}workflows/{workflow_id}/"
    assert owner.api.post(f"{place}deploy/", {}, format="json").status_code == 200
    offer = offered(owner, workflow_id, joined(owner, workflow_id, heir, "viewer"))
    if changed_by == "a change":
        assert owner.api.patch(place, {"description": "Other"}, format="json").status_code == 200
    else:
        Workflow.objects.filter(pk=workflow_id).update(deployed_version=None)

    assert answered(heir, offer) == (412, "offer_changed")
    accept = f"{O}transfers/{offer['id']}/accept/"
    looked_at = {name: offer[name] for name in ("revision", "deployed_version")}
    assert heir.api.post(accept, looked_at, format="json").status_code == 412
    assert Workflow.objects.get().owner_id == owner.user.pk
    again = heir.api.get(f"{O}transfers/").json()["results"][0]
    looked_at = {name: again[name] for name in ("revision", "deployed_version")}
    assert heir.api.post(accept, looked_at, format="json").status_code == 200
    assert Workflow.objects.get().owner_id == heir.user.pk


def test_an_offer_of_an_earlier_release_is_accepted_with_what_its_heir_looked_at(
    owner: Person, person: Callable[..., Person]
) -> None:
    workflow_id, heir = made(owner), person()
    offer = offered(owner, workflow_id, joined(owner, workflow_id, heir, "viewer"))
    TransferOffer.objects.update(revision=None)
    assert answered(heir, offer) == (412, "offer_changed")
    accept = f"{O}transfers/{offer['id']}/accept/"
    assert heir.api.post(accept, {"revision": offer["revision"]}, format="json").status_code == 200


def test_a_workflow_is_handed_over_with_what_starts_it(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, heir = made(owner, "Orders", SERVED), person()
    place = f"{O}workflows/{workflow_id}/"
    assert owner.api.post(f"{place}deploy/", {}, format="json").status_code == 200
    before = owner.api.post(f"{place}execute/", {"input": {}}, format="json").json()["id"]
    row = joined(owner, workflow_id, heir, "viewer")

    assert answered(heir, offered(owner, workflow_id, row)) == (200, "")

    assert owner.api.get(place).json()["my_role"] == "editor"
    assert "owns the workflow Orders" in mails_to(owner)[-1]
    assert not TransferOffer.objects.exists()
    assert heir.api.get(place).json()["my_role"] == "owner"
    assert Webhook.objects.get().owner_id == Schedule.objects.get().owner_id == heir.user.pk
    assert heir.api.get(f"{O}executions/{before}/").status_code == 200, "the runs follow the workflow"
    new = owner.api.post(f"{place}execute/", {"input": {}}, format="json").json()["id"]
    assert Execution.objects.get(pk=new).owner_id == heir.user.pk
    assert owner.api.delete(place).status_code == 403
    listed = heir.api.get(f"{place}collaborators/").json()["results"]
    assert [(one["email"], one["role"]) for one in listed] == [(owner.user.email, "editor")]

    assert heir.api.delete(f"{place}collaborators/{listed[0]['id']}/").status_code == 204
    for run in (before, new):
        assert owner.api.get(f"{O}executions/{run}/").status_code == 404
    assert owner.api.get(f"{O}executions/").json()["count"] == 0
    assert invited(heir, workflow_id, owner.user.email, "viewer")["status"] == "accepted", "he was here before"
    assert owner.api.get(f"{O}executions/{before}/").status_code == 200
    assert owner.api.post(f"{O}executions/{before}/stop/", {}, format="json").json()["code"] == "role_required"


def test_a_workflow_comes_back_to_who_handed_it_over(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, heir = made(owner), person()
    place = f"{O}workflows/{workflow_id}/"
    row = joined(owner, workflow_id, heir, "editor")
    assert answered(heir, offered(owner, workflow_id, row)) == (200, "")
    back = heir.api.get(f"{place}collaborators/").json()["results"][0]["id"]
    assert answered(owner, offered(heir, workflow_id, back)) == (200, "")
    assert (owner.api.get(place).json()["my_role"], heir.api.get(place).json()["my_role"]) == ("owner", "editor")


def test_a_handover_is_refused_where_it_cannot_be(owner: Person, person: Callable[..., Person]) -> None:
    hook = graph([node("hook", "webhook_trigger", {"path": "same"}), node("x")], [edge("hook", "x")])
    workflow_id, heir = made(owner, "Orders", hook), person()
    place = f"{O}workflows/{workflow_id}/"
    assert owner.api.post(f"{place}deploy/", {}, format="json").status_code == 200
    row = invited(owner, workflow_id, heir.user.email)["id"]

    def tried(collaborator_id: str) -> tuple[int, str]:
        reply = owner.api.post(f"{place}transfer/", {"collaborator_id": collaborator_id}, format="json")
        return reply.status_code, reply.json()["code"]

    assert tried(row) == (400, "validation_error"), "not accepted yet"
    assert tried(str(uuid4())) == (404, "not_found")
    assert heir.api.post(f"{O}invitations/{row}/accept/").status_code == 200
    other = made(heir, "Orders", hook)
    offer = offered(owner, workflow_id, row)
    assert [one["code"] for one in offer["problems"]] == ["name_taken"]
    assert answered(heir, offer) == (409, "name_taken")
    heir.api.patch(f"{O}workflows/{other}/", {"name": "Mine"}, format="json")
    assert heir.api.post(f"{O}workflows/{other}/deploy/", {}, format="json").status_code == 200
    assert answered(heir, offer) == (409, "webhook_path_taken")
    assert owner.api.get(f"{place}transfer/").json()["problems"] == [], "what was in the way is asked each time"
    assert owner.api.get(place).json()["my_role"] == "owner"
    assert heir.api.get(place).json()["my_role"] == "viewer"


def test_what_the_new_owner_lacks_is_said_before_he_accepts(owner: Person, person: Callable[..., Person]) -> None:
    body = {"name": "c", "type": "http_bearer", "data": {"token": "s3cret-token"}}
    credential = owner.api.post("/api/credentials/", body, format="json").json()["id"]
    calls = chain(node("c", "http_request", {"url": "https://a.example.org"}, credentials={"auth": credential}))
    workflow_id, heir = made(owner, "Orders", calls), person()
    offer = offered(owner, workflow_id, joined(owner, workflow_id, heir, "viewer"))
    assert [one["code"] for one in offer["problems"]] == ["missing_credentials"]
    assert answered(heir, offer) == (200, "")


def test_tables_that_find_no_room_on_the_new_account_keep_the_workflow_where_it_is(
    owner: Person, person: Callable[..., Person]
) -> None:
    workflow_id, heir = made(owner), person()
    tables.create(
        owner_id=owner.user.pk, name="t", columns=[{"name": "a", "type": "text"}], workflow_id=UUID(workflow_id)
    )
    offer = offered(owner, workflow_id, joined(owner, workflow_id, heir, "viewer"))
    tables.create(owner_id=heir.user.pk, name="own", columns=[{"name": "a", "type": "text"}])
    with override_settings(TABLES_PER_OWNER=1):
        assert answered(heir, offer) == (413, "tables_limit")
    assert Workflow.objects.get().owner_id == DataTable.objects.get(name="t").owner_id == owner.user.pk
    assert answered(heir, offer) == (200, "")
    assert DataTable.objects.get(name="t").owner_id == heir.user.pk


def test_what_an_heir_accepted_counts_as_his_own_document(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, heir = made(owner), person()
    place = f"{O}workflows/{workflow_id}/"
    row = joined(owner, workflow_id, heir, "editor")
    assert heir.api.patch(place, chain(node("y")), format="json").status_code == 200
    assert Workflow.objects.get().owners_document is not None
    assert answered(heir, offered(owner, workflow_id, row)) == (200, "")
    assert Workflow.objects.get().owners_document is None
