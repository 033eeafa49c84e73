"""One user's things of every kind, for tests that go over all routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import people
from core.datastore import rows, tables
from core.datastore.models import Conversation
from core.models import BlockedIp, Collaborator, User
from core.storage import blobs
from credentials import services as credentials
from credentials import variables
from credentials.models import CredentialShare
from executor.models import HumanTask, NodeRun
from executor.verbs import dead_letters
from inference.documents import services as documents
from mcp_integration.models import McpServer
from nodes.custom.node_type import Source
from nodes.models import CustomNode, CustomNodeVersion
from nodes.services import read_code
from orchestrator.models import Job, Registration, Schedule, TestCase, TransferOffer, WorkflowTest
from orchestrator.workflows import saving
from templates import opinions, publishing
from tests.builders import edge, graph, node
from tests.conftest import PASSWORD

BASE = "/api/orchestrator/workflows/"
CODE = "class A:\n    node_type = 'mine'\n    name = 'Mine'\n    category = 'c'\n    def run(self, item): return item\n"


@dataclass
class World:
    """One user's things, and the ids that paths need."""

    owner: User
    ids: dict[str, str]

    def collaborator(self, role: str) -> User:
        return User.objects.get(email=f"{role}@example.org")

    def url(self, path: str) -> str:
        node_id = "feed" if path.endswith("/try/") else "hook" if path.endswith("/listen/") else "push"
        return "/" + re.sub(r"<(\w+)>", lambda found: {**self.ids, "node_id": node_id}[found.group(1)], path)


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """Make everything once for a module, in a transaction around those of its tests; gives the ids."""
    with django_db_blocker.unblock(), transaction.atomic():
        now = timezone.now()
        yield everything(people.register(email="owner@example.org", password=PASSWORD, email_verified_at=now))
        transaction.set_rollback(True)


@pytest.fixture
def world(made: dict[str, str], db: None) -> World:
    return World(User.objects.get(email="owner@example.org"), dict(made))


def everything(owner: User) -> dict[str, str]:
    """Make one of everything, owned by this user; returns the ids that paths need."""
    now, api = timezone.now(), APIClient()
    api.credentials(HTTP_X_API_KEY=people.create_key(user=owner, name="test")[1])
    hook = node("hook", "webhook_trigger", {"path": f"h{owner.pk}"})
    feed = node("feed", "rss_trigger", {"url": "http://127.0.0.1:9/feed"})
    document = graph([hook, feed, node("x"), node("w", "wait", {"mode": "signal", "signal": "go"})],
                     [edge("start", "x"), edge("hook", "x"), edge("feed", "x"), edge("x", "w")])  # fmt: skip
    workflow_id = api.post(BASE, {"name": "Mine", **document}, format="json").json()["id"]
    base = f"{BASE}{workflow_id}/"
    api.post(f"{base}versions/", {}, format="json")
    assert api.post(f"{base}deploy/", {}, format="json").status_code == 200
    assert api.post(f"{base}triggers/hook/listen/", {}, format="json").status_code < 300
    execution_id = api.post(f"{base}execute/", {"input": {}}, format="json").json()["id"]
    made: dict[str, Any] = {
        "row": NodeRun.objects.create(
            execution_id=execution_id, node_id="x", label="x", kind="no_op", status="completed", effect="pure", started_at=now,
            outputs={"main": [{"json": {}}]},
        ),
        "task": HumanTask.objects.create(
            execution_id=execution_id, owner_id=owner.pk, node_id="x", type="approval", title="?", created_at=now,
            assignee_ids=[str(owner.pk)], workflow_id=workflow_id,
        ),
        "test": WorkflowTest.objects.create(workflow_id=workflow_id, definition_hash="x" * 64, created_at=now),
        "case": TestCase.objects.create(workflow_id=workflow_id, name="c", trigger_node_id="start", created_at=now, updated_at=now),
        "job": Job.objects.create(owner_id=owner.pk, kind="bulk_stop", created_at=now),
        "pushed": Registration.objects.create(
            workflow_id=workflow_id, owner_id=owner.pk, node_id="push", kind="github_trigger", state="active",
        ),
        "removal": Registration.objects.create(
            workflow_id=workflow_id, owner_id=owner.pk, node_id="push", kind="github_trigger", state="removing",
        ),
        "schedule": Schedule.objects.create(workflow_id=workflow_id, owner_id=owner.pk, node_id="s", interval_s=3600),
        "letter": dead_letters.keep(task_name="x", args=[], kwargs={}, exception="", traceback="", now=now),
    }  # fmt: skip
    credential = credentials.create(owner_id=owner.pk, name="c", type="hmac", data={"secret": "abcd"})
    friend = people.register(email="friend@example.org", password=PASSWORD)
    CredentialShare.objects.create(credential=credential, user_id=friend.pk)
    blob = blobs.save(owner_id=owner.pk, content=b"x", file_name="x", mime_type="text/plain")
    custom: Source = read_code(CODE)
    mine = CustomNode.objects.create(owner_id=owner.pk, node_type="mine")
    CustomNodeVersion.objects.create(
        node=mine, number=1, name="Mine", category="c", code=CODE, declaration=custom.declaration.model_dump(mode="json"),
        is_validated=True,
    )  # fmt: skip
    for role in ("viewer", "runner", "editor"):
        Collaborator.objects.create(
            workflow_id=workflow_id,
            user_id=people.register(email=f"{role}@example.org", password=PASSWORD).pk,
            email=f"{role}@example.org",
            role=role,
            invited_by_id=owner.pk,
            created_at=now,
            mailed_at=now,
            accepted_at=now,
        )
    guest = Collaborator.objects.create(
        workflow_id=workflow_id,
        email="guest@example.org",
        role="viewer",
        invited_by_id=owner.pk,
        created_at=now,
        mailed_at=now,
    )
    theirs = saving.create(actor=friend, name="Theirs")
    invitation = Collaborator.objects.create(
        workflow_id=theirs.pk,
        user_id=owner.pk,
        email=owner.email,
        role="viewer",
        invited_by_id=friend.pk,
        created_at=now,
        mailed_at=now,
    )
    lately = {"created_at": now, "expires_at": now + timedelta(days=7)}
    given = saving.create(actor=friend, name="Given")
    Collaborator.objects.create(
        workflow_id=given.pk, user_id=owner.pk, email=owner.email, role="viewer", invited_by_id=friend.pk,
        created_at=now, mailed_at=now, accepted_at=now,
    )  # fmt: skip
    offer = TransferOffer.objects.create(
        workflow=given, owner_id=friend.pk, heir_id=owner.pk, revision=given.revision, **lately
    )
    editor = User.objects.get(email="editor@example.org")
    TransferOffer.objects.create(workflow_id=workflow_id, owner_id=owner.pk, heir_id=editor.pk, **lately)
    BlockedIp.objects.create(ip="192.0.2.7", reason="login_failed", until=now + timedelta(hours=1), created_at=now)
    table = tables.create(
        owner_id=owner.pk, name="t", columns=[{"name": "k", "type": "text"}], key="k", workflow_id=UUID(workflow_id)
    )  # fmt: skip
    table_row = rows.insert(table, tables.columns_of(table), [{"k": "a"}])[0]
    server = McpServer.objects.create(
        owner_id=owner.pk,
        name="m",
        transport="sse",
        url="http://127.0.0.1:9/sse",
        timeout_s=1,
        tools=[],
        tools_cached_at=now - timedelta(days=1),  # what was listed once is shown to keys that may only read
    )
    variable = variables.create(owner_id=owner.pk, workflow_id=UUID(workflow_id), name="v", value=1, is_secret=False)
    kept = documents.add(actor=owner, content=b"text", file_name="a.txt", said_type="text/plain", name=None, tags=[])
    talk = Conversation.objects.create(
        owner_id=owner.pk, workflow_id=workflow_id, key="k", created_at=now, updated_at=now
    )
    shown = publishing.publish(
        actor=owner, workflow_id=UUID(workflow_id), category="other", texts={}, confirm_pii=True, now=now
    )
    said = opinions.comment(actor=owner, template_id=shown.pk, body="Good", parent_id=None)
    told = opinions.report(actor=friend, template_id=shown.pk, reason="spam", text="")
    ids = {
        "template_id": shown.pk, "author_id": owner.pk, "comment_id": said.pk, "report_id": told.pk,
        "conversation_id": talk.pk, "document_id": kept.pk, "server_id": server.pk, "table_id": table.pk, "variable_id": variable.pk, "row_id": table_row["id"],
        "workflow_id": workflow_id, "execution_id": execution_id, "node_run_id": made["row"].id, "task_id": made["task"].pk,
        "test_id": made["test"].pk, "case_id": made["case"].pk, "job_id": made["job"].pk, "schedule_id": made["schedule"].pk,
        "letter_id": made["letter"].pk, "credential_id": credential.pk, "user_id": friend.pk, "blob_id": blob.pk,
        "custom_node_id": mine.pk, "key_id": owner.api_keys.get().pk, "number": 1, "name": "go", "ip": "192.0.2.7",
        "kind": "set", "slug": "hmac", "registration_id": made["removal"].pk, "collaborator_id": guest.pk, "invitation_id": invitation.pk, "offer_id": offer.pk,
    }  # fmt: skip
    return {name: str(value) for name, value in ids.items()}
