"""Workflows shared with others: invitations, roles, leaving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import AuditEntry, Collaborator, OutboxRow, User
from core.outbox.kinds import Later, Row
from executor.models import Execution
from orchestrator.sharing import collaborators, mails
from tests.builders import chain, set_node
from tests.integration.orchestrator.sharing import O, Person, invited, joined, made

pytestmark = pytest.mark.django_db


def token_of(email: str) -> str:
    """Return what the newest mail's link to an address carries."""
    row = OutboxRow.objects.filter(kind__in=["mail", mails.KIND], payload__to=email).order_by("-created_at")[0]
    return str(row.payload["text"]).split("#token=")[1].split()[0]


def test_an_invitation_opens_nothing_until_it_is_accepted(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, guest = made(owner), person()
    row = invited(owner, workflow_id, guest.user.email.upper(), "editor")
    assert (row["status"], row["user_id"], row["name"], row["email"]) == ("pending", None, "", guest.user.email)
    assert guest.api.get(f"{O}workflows/{workflow_id}/").status_code == 404
    listed = guest.api.get(f"{O}invitations/").json()["results"]
    assert [(one["id"], one["role"], one["workflow"]["name"], one["invited_by"]["name"]) for one in listed] == [
        (row["id"], "editor", "Orders", "Olga")
    ]

    assert guest.api.post(f"{O}invitations/{row['id']}/accept/").json() == {"workflow_id": workflow_id}

    shown = guest.api.get(f"{O}workflows/{workflow_id}/").json()
    assert (shown["my_role"], shown["owner"]["name"]) == ("editor", "Olga")
    assert guest.api.get(f"{O}invitations/").json()["count"] == 0
    told = owner.api.get(f"{O}workflows/{workflow_id}/collaborators/").json()["results"][0]
    assert (told["status"], told["user_id"]) == ("accepted", str(guest.user.pk))
    assert owner.api.get(f"{O}workflows/{workflow_id}/").json()["my_role"] == "owner"
    assert set(AuditEntry.objects.filter(object_id=workflow_id).values_list("action", flat=True)) == {
        "workflow.share.invite", "workflow.share.accept",
    }  # fmt: skip


def test_a_declined_invitation_is_gone(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, guest = made(owner), person()
    row = invited(owner, workflow_id, guest.user.email)
    assert guest.api.post(f"{O}invitations/{row['id']}/decline/").status_code == 204
    assert guest.api.post(f"{O}invitations/{row['id']}/accept/").status_code == 404
    assert owner.api.get(f"{O}workflows/{workflow_id}/collaborators/").json()["count"] == 0


def test_nobody_else_accepts_an_invitation(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, guest, other = made(owner), person(), person()
    row = invited(owner, workflow_id, guest.user.email)
    assert other.api.post(f"{O}invitations/{row['id']}/accept/").status_code == 404
    reply = other.api.post(f"{O}invitations/open/", {"token": token_of(guest.user.email)}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (403, "not_addressee")
    assert Collaborator.objects.get().accepted_at is None


def test_what_an_owner_is_told_of_an_address_does_not_say_whether_it_has_an_account(
    owner: Person, person: Callable[..., Person]
) -> None:
    workflow_id, guest = made(owner), person()
    known = invited(owner, workflow_id, guest.user.email)
    unknown = invited(owner, workflow_id, "nobody@example.org")
    differing = {"id", "email", "created_at"}
    assert {k: v for k, v in known.items() if k not in differing} == {
        k: v for k, v in unknown.items() if k not in differing
    }
    assert OutboxRow.objects.filter(kind=mails.KIND).count() == 2


def test_an_unknown_address_waits_for_who_shows_that_its_mails_reach_him(
    owner: Person, person: Callable[..., Person]
) -> None:
    workflow_id = made(owner)
    row = invited(owner, workflow_id, "later@example.org", "runner")
    token = token_of("later@example.org")
    guest = person(email_verified_at=None)
    User.objects.filter(pk=guest.user.pk).update(email="later@example.org")
    assert guest.api.get(f"{O}invitations/").json()["count"] == 0, "he may have registered anybody's address"
    assert guest.api.post(f"{O}invitations/{row['id']}/accept/").status_code == 404

    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert guest.api.post(f"{O}invitations/open/", {"token": wrong}, format="json").status_code == 404
    opened = guest.api.post(f"{O}invitations/open/", {"token": token}, format="json").json()
    assert opened["workflow"]["id"] == workflow_id
    assert guest.api.get(f"{O}invitations/").json()["count"] == 1
    assert guest.api.post(f"{O}invitations/{row['id']}/accept/").status_code == 200
    assert guest.api.get(f"{O}workflows/{workflow_id}/").json()["my_role"] == "runner"


def test_an_account_that_has_not_shown_its_address_waits_for_the_link(
    owner: Person, person: Callable[..., Person]
) -> None:
    workflow_id, guest = made(owner), person(email_verified_at=None)
    row = invited(owner, workflow_id, guest.user.email)
    assert (row["status"], row["user_id"]) == ("pending", None)
    for bound_to in (None, guest.user.pk):  # also one that was bound to the account before
        Collaborator.objects.filter(pk=row["id"]).update(user_id=bound_to)
        assert guest.api.get(f"{O}invitations/").json()["count"] == 0
        assert guest.api.post(f"{O}invitations/{row['id']}/accept/").status_code == 404
    token = token_of(guest.user.email)
    assert guest.api.post(f"{O}invitations/open/", {"token": token}, format="json").status_code == 200
    assert guest.api.post(f"{O}invitations/{row['id']}/accept/").status_code == 200


def test_taking_invitations_back_makes_no_room_for_more_mails(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collaborators, "MOST_AN_HOUR", 2)
    workflow_id = made(owner)
    place = f"{O}workflows/{workflow_id}/collaborators/"
    for _ in range(2):
        row = invited(owner, workflow_id, "a@example.org")
        assert owner.api.delete(f"{place}{row['id']}/").status_code == 204
    refused = owner.api.post(place, {"email": "a@example.org"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_collaborators")
    assert OutboxRow.objects.filter(kind=mails.KIND).count() == 2


def test_an_address_gets_five_mails_a_day_whoever_invites_it_and_nobody_is_told(
    owner: Person, person: Callable[..., Person]
) -> None:
    told: list[dict[str, Any]] = []
    for number in range(mails.MOST_A_DAY + 2):
        inviter = owner if number % 2 else person()
        told.append(invited(inviter, made(inviter, f"Orders {number}"), "a@example.org"))
    assert OutboxRow.objects.filter(kind=mails.KIND, payload__to="a@example.org").count() == mails.MOST_A_DAY
    assert {one["status"] for one in told} == {"pending"}
    invited(owner, made(owner, "Other"), "b@example.org")
    assert OutboxRow.objects.filter(kind=mails.KIND, payload__to="b@example.org").count() == 1
    last = Collaborator.objects.get(pk=told[-1]["id"])
    assert len(last.secret_hash) == 64, "an invitation that was not mailed has no link that could be guessed"


def test_an_invitation_that_rests_keeps_its_place_for_a_day_and_its_text_no_longer(owner: Person) -> None:
    invited(owner, made(owner), "a@example.org")
    row = OutboxRow.objects.get(kind=mails.KIND)
    claimed = Row(row.pk, row.kind, row.owner_id, row.payload, row.key, 1, 0, 1, row.created_at)
    said = mails._send(claimed)
    assert isinstance(said, Later)
    assert said.payload == {"rests": True}
    assert timedelta(hours=23) < said.at - timezone.now() <= timedelta(days=1)
    assert mails._send(replace(claimed, payload=said.payload)) is None
    assert [one.to for one in mail.outbox] == [["a@example.org"]]


def test_who_works_with_others_hears_of_each_invitation(owner: Person, person: Callable[..., Person]) -> None:
    guest = person()
    joined(owner, made(owner), guest, "viewer")
    before = OutboxRow.objects.filter(kind="mail", payload__to=guest.user.email).count()
    for number in range(mails.MOST_A_DAY + 2):
        invited(owner, made(owner, f"More {number}"), guest.user.email)
    heard = OutboxRow.objects.filter(kind="mail", payload__to=guest.user.email).count() - before
    assert heard == mails.MOST_A_DAY + 2


def test_names_in_mails_hold_no_addresses_of_sites(person: Callable[..., Person]) -> None:
    inviter = person(name="Click https://evil.example.net/x now")
    invited(inviter, made(inviter, "www.evil.example.net"), "a@example.org")
    said = OutboxRow.objects.get(kind=mails.KIND).payload
    assert said["subject"] == "Click https: //evil. example. net/x now shares www. evil. example. net with you"
    assert "evil.example" not in said["text"]


def test_who_invites_has_shown_that_mails_reach_him_where_mails_are_sent(person: Callable[..., Person]) -> None:
    inviter, staff = person(email_verified_at=None), person(email_verified_at=None, is_staff=True)
    workflow_id, theirs = made(inviter), made(staff)
    invited(inviter, workflow_id, "a@example.org")
    with override_settings(EMAIL_HOST="mail.example.org"):
        place = f"{O}workflows/{workflow_id}/collaborators/"
        refused = inviter.api.post(place, {"email": "b@example.org"}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (403, "address_unverified")
        invited(staff, theirs, "c@example.org")
        User.objects.filter(pk=inviter.user.pk).update(email_verified_at=timezone.now())
        invited(inviter, workflow_id, "b@example.org")
    assert sorted(Collaborator.objects.values_list("email", flat=True)) == [f"{one}@example.org" for one in "abc"]


def test_inviting_again_changes_the_role_and_sends_no_second_mail_within_the_hour(owner: Person) -> None:
    workflow_id = made(owner)
    first = invited(owner, workflow_id, "a@example.org", "viewer")
    again = invited(owner, workflow_id, "A@example.org", "editor")
    assert (again["id"], again["role"]) == (first["id"], "editor")
    assert OutboxRow.objects.filter(kind=mails.KIND).count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [({"email": "no address"}, "email"), ({"email": "a@example.org", "role": "owner"}, "role"), ({}, "email")],
)
def test_an_invitation_says_what_is_wrong(owner: Person, body: dict[str, str], field: str) -> None:
    reply = owner.api.post(f"{O}workflows/{made(owner)}/collaborators/", body, format="json")
    assert (reply.status_code, [one["field"] for one in reply.json()["errors"]]) == (400, [field])


def test_an_owner_does_not_invite_himself(owner: Person) -> None:
    body = {"email": owner.user.email.upper()}
    reply = owner.api.post(f"{O}workflows/{made(owner)}/collaborators/", body, format="json")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "own_address")


def test_a_collaborator_is_not_invited_twice(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, guest = made(owner), person()
    joined(owner, workflow_id, guest, "viewer")
    body = {"email": guest.user.email, "role": "editor"}
    reply = owner.api.post(f"{O}workflows/{workflow_id}/collaborators/", body, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "already_collaborator")


def test_lists_show_what_is_shared_whose_it_is_and_with_which_role(
    owner: Person, person: Callable[..., Person]
) -> None:
    guest = person()
    shared, _, own = made(owner, "Shared"), made(owner, "Not shared"), made(guest, "Own")
    joined(owner, shared, guest, "runner")
    run = owner.api.post(f"{O}workflows/{shared}/execute/", {"input": {}}, format="json").json()["id"]

    def listed(query: str = "") -> list[tuple[str, str, Any]]:
        found = guest.api.get(f"{O}workflows/?ordering=name{query}").json()["results"]
        return [(one["id"], one["my_role"], (one["owner"] or {}).get("email")) for one in found]

    theirs, mine = (shared, "runner", owner.user.email), (own, "owner", None)
    assert listed() == [mine, theirs]
    assert listed("&shared=true") == [theirs]
    assert listed("&shared=false") == [mine]
    assert listed(f"&owner_id={owner.user.pk}") == [theirs]
    assert [one["id"] for one in guest.api.get(f"{O}executions/").json()["results"]] == [run]
    assert guest.api.get(f"{O}executions/?workflow_id={own}").json()["count"] == 0


def test_a_list_asks_no_more_for_more_shared_workflows(owner: Person, person: Callable[..., Person]) -> None:
    guest = person()

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert guest.api.get(f"{O}workflows/").status_code == 200
        return len(found)

    joined(owner, made(owner, "One"), guest, "viewer")
    few = asked()
    for number in range(5):
        joined(owner, made(owner, f"More {number}"), guest, "viewer")
    assert asked() == few


def test_a_run_that_somebody_else_starts_is_the_owners_and_says_who_it_was(
    owner: Person, person: Callable[..., Person]
) -> None:
    workflow_id, guest = made(owner), person()
    joined(owner, workflow_id, guest, "runner")
    reply = guest.api.post(f"{O}workflows/{workflow_id}/execute/", {"input": {}}, format="json")
    assert reply.status_code == 202
    assert reply.json()["started_by_id"] == str(guest.user.pk)
    assert Execution.objects.get(pk=reply.json()["id"]).owner_id == owner.user.pk


def test_a_demotion_and_a_removal_hold_at_once(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, guest = made(owner), person()
    collaborator_id = joined(owner, workflow_id, guest, "editor")
    place = f"{O}workflows/{workflow_id}/"
    assert guest.api.patch(place, {"description": "mine"}, format="json").status_code == 200
    one = f"{place}collaborators/{collaborator_id}/"
    assert owner.api.patch(one, {"role": "viewer"}, format="json").json()["role"] == "viewer"
    refused = guest.api.patch(place, {"description": "again"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_required")
    assert (refused.json()["role"], refused.json()["my_role"]) == ("editor", "viewer")
    assert owner.api.delete(one).status_code == 204
    assert guest.api.get(place).status_code == 404
    assert owner.api.get(place).json()["description"] == "mine"


def test_a_collaborator_leaves_and_an_owner_does_not(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, one, two = made(owner), person(), person()
    joined(owner, workflow_id, one, "editor")
    own = joined(owner, workflow_id, two, "viewer")
    assert one.api.delete(f"{O}workflows/{workflow_id}/collaborators/{own}/").json()["code"] == "role_required"
    assert one.api.post(f"{O}workflows/{workflow_id}/leave/").status_code == 204
    assert two.api.delete(f"{O}workflows/{workflow_id}/collaborators/{own}/").status_code == 204
    assert Collaborator.objects.count() == 0
    assert owner.api.post(f"{O}workflows/{workflow_id}/leave/").status_code == 403


def test_a_workflow_that_is_deleted_is_shared_with_nobody(owner: Person, person: Callable[..., Person]) -> None:
    workflow_id, guest = made(owner), person()
    joined(owner, workflow_id, guest, "viewer")
    invited(owner, workflow_id, "a@example.org")
    run = owner.api.post(f"{O}workflows/{workflow_id}/execute/", {"input": {}}, format="json").json()["id"]
    assert owner.api.delete(f"{O}workflows/{workflow_id}/").status_code == 204
    assert guest.api.get(f"{O}executions/{run}/").status_code == 404
    assert owner.api.get(f"{O}executions/{run}/").status_code == 200
    assert Collaborator.objects.count() == 0


def test_a_task_for_the_owner_is_answered_by_who_may_run_his_workflow(
    owner: Person, person: Callable[..., Person]
) -> None:
    from executor.models import HumanTask

    workflow_id, runner, viewer = made(owner), person(), person()
    joined(owner, workflow_id, runner, "runner")
    joined(owner, workflow_id, viewer, "viewer")
    run = owner.api.post(f"{O}workflows/{workflow_id}/execute/", {"input": {}}, format="json").json()["id"]
    fields = {"execution_id": run, "owner_id": owner.user.pk, "workflow_id": workflow_id, "node_id": "x",
              "type": "approval", "title": "?", "created_at": timezone.now()}  # fmt: skip
    asked = HumanTask.objects.create(assignee_ids=[str(owner.user.pk)], **fields)
    other = HumanTask.objects.create(assignee_ids=[str(uuid4())], **fields)

    assert {one["id"] for one in viewer.api.get(f"{O}hitl/").json()["results"]} == {str(asked.pk), str(other.pk)}
    assert [one["id"] for one in runner.api.get(f"{O}hitl/pending/").json()["results"]] == [str(asked.pk)]
    assert viewer.api.get(f"{O}hitl/pending/").json()["count"] == 0

    def answered(who: Person, task: HumanTask) -> str:
        reply = who.api.post(f"{O}hitl/{task.pk}/respond/", {"action": "approve"}, format="json")
        return str(reply.json()["code"])

    assert answered(viewer, asked) == "role_required"
    assert answered(runner, other) == "not_addressee"
    assert answered(runner, asked) == "human_task_closed", "allowed, though no such run waits here"


def test_a_file_follows_the_run_that_made_it(owner: Person, person: Callable[..., Person]) -> None:
    from core.storage import blobs

    workflow_id, guest = made(owner), person()
    collaborator_id = joined(owner, workflow_id, guest, "runner")
    run = owner.api.post(f"{O}workflows/{workflow_id}/execute/", {"input": {}}, format="json").json()["id"]
    made_by = blobs.save(owner_id=owner.user.pk, content=b"a", file_name="a", mime_type="text/plain", execution_id=run)
    private = blobs.save(owner_id=owner.user.pk, content=b"b", file_name="b", mime_type="text/plain")
    assert guest.api.get(f"{O}blobs/{made_by.pk}/").content == b"a"
    assert guest.api.get(f"{O}blobs/?execution_id={run}").json()["count"] == 1
    assert guest.api.get(f"{O}blobs/").json()["count"] == 0
    assert guest.api.get(f"{O}blobs/{private.pk}/").status_code == 404
    assert guest.api.delete(f"{O}blobs/{made_by.pk}/").json()["code"] == "role_required"
    assert owner.api.delete(f"{O}workflows/{workflow_id}/collaborators/{collaborator_id}/").status_code == 204
    assert guest.api.get(f"{O}blobs/{made_by.pk}/").status_code == 404


def test_a_collaborator_uploads_into_the_account_that_the_run_will_read(
    owner: Person, person: Callable[..., Person]
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    workflow_id, guest = made(owner, "Orders", chain(set_node("x", a="1"))), person()
    joined(owner, workflow_id, guest, "runner")
    body = {"file": SimpleUploadedFile("a.txt", b"hello"), "workflow_id": workflow_id}
    file = guest.api.post(f"{O}blobs/", body, format="multipart").json()
    assert guest.api.get(f"{O}blobs/{file['id']}/").status_code == 404, "of no run yet"
    started = guest.api.post(f"{O}workflows/{workflow_id}/execute/", {"input": {"file": file}}, format="json")
    assert started.status_code == 202
    assert guest.api.get(f"{O}blobs/{file['id']}/").content == b"hello"
    other = SimpleUploadedFile("a.txt", b"hello")
    refused = person().api.post(f"{O}blobs/", {"file": other, "workflow_id": workflow_id}, format="multipart")
    assert refused.status_code == 404
