"""Files of an account that others name for its runs: theirs, and those of the workflow's own runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import Blob, BlobUse, Collaborator, User
from core.storage import blobs
from executor.models import Execution
from executor.node import files_named
from orchestrator.models import Workflow
from tests.builders import chain, node, set_node

pytestmark = pytest.mark.django_db
W, X = "/api/orchestrator/workflows/", "/api/orchestrator/executions/"


class Shared:
    def __init__(self, api: APIClient, owner: User, guest: User, theirs: APIClient) -> None:
        self.api, self.owner, self.guest, self.theirs = api, owner, guest, theirs
        self.workflow_id, self.other_id = self.workflow("Shared"), self.workflow("Private")
        now = timezone.now()
        Collaborator.objects.create(
            workflow_id=self.workflow_id, user_id=guest.pk, email=guest.email, role="editor", invited_by_id=owner.pk,
            created_at=now, mailed_at=now, accepted_at=now,
        )  # fmt: skip

    def workflow(self, name: str) -> str:
        body = {"name": name, **chain(set_node("x", a="1"))}
        return str(self.api.post(W, body, format="json").json()["id"])

    def run(self, who: APIClient, workflow_id: str, input: Any = None) -> UUID:
        reply = who.post(f"{W}{workflow_id}/execute/", {"input": input or {}}, format="json")
        assert reply.status_code == 202, reply.json()
        return UUID(reply.json()["id"])

    def file(self, execution_id: UUID | None = None) -> Blob:
        fields: dict[str, Any] = {"content": b"secret", "file_name": "a", "mime_type": "text/plain"}
        return blobs.save(owner_id=self.owner.pk, execution_id=execution_id, **fields)

    def read(self, execution_id: UUID, blob: Blob) -> bytes | None:
        try:
            return files_named.load(owner_id=self.owner.pk, execution_id=execution_id, blob_id=str(blob.pk))
        except blobs.BlobMissing:
            return None


@pytest.fixture
def shared(api: APIClient, user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient]) -> Shared:
    guest = make_user()
    return Shared(api, user, guest, as_user(guest))


def test_somebody_names_no_file_of_the_owner_s_other_runs(shared: Shared) -> None:
    private = shared.file(shared.run(shared.api, shared.other_id))
    upload = shared.file()
    for blob in (private, upload):
        body = {"input": {"file": blobs.reference(blob)}}
        reply = shared.theirs.post(f"{W}{shared.workflow_id}/execute/", body, format="json")
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
        assert shared.api.post(f"{W}{shared.workflow_id}/execute/", body, format="json").status_code == 202
    assert set(Execution.objects.values_list("started_by_id", flat=True)) == {shared.owner.pk}


def test_a_name_that_was_put_together_opens_nothing_more(shared: Shared) -> None:
    private = shared.file(shared.run(shared.api, shared.other_id))
    theirs = shared.run(shared.theirs, shared.workflow_id, {"file": {"id": str(private.pk)}})
    assert shared.read(theirs, private) is None
    assert not BlobUse.objects.exists()
    assert shared.read(shared.run(shared.api, shared.workflow_id), private) == b"secret", "its owner's run reads it"


def test_a_run_below_is_held_to_who_started_the_one_above(shared: Shared) -> None:
    private = shared.file(shared.run(shared.api, shared.other_id))
    above = shared.run(shared.theirs, shared.workflow_id)
    below = shared.run(shared.api, shared.other_id)
    Execution.objects.filter(pk=below).update(parent_execution_id=above, root_execution_id=above, started_by_id=None)
    foreign = shared.file(shared.run(shared.api, shared.workflow("Third")))
    assert shared.read(below, foreign) is None
    assert shared.read(below, shared.file(above)) == b"secret"
    assert shared.read(below, private) == b"secret", "of the workflow that is called"


def test_what_he_uploads_and_what_the_workflow_s_runs_made_he_names(shared: Shared) -> None:
    body = {"file": SimpleUploadedFile("a.txt", b"hello"), "workflow_id": shared.workflow_id}
    own = shared.theirs.post("/api/orchestrator/blobs/", body, format="multipart").json()
    run = shared.run(shared.theirs, shared.workflow_id, {"file": own})
    assert shared.read(run, Blob.objects.get(pk=own["id"])) == b"hello"
    made = shared.file(shared.run(shared.api, shared.workflow_id))
    assert (
        shared.read(shared.run(shared.theirs, shared.workflow_id, {"file": blobs.reference(made)}), made) == b"secret"
    )
    upload = shared.file()
    first = shared.run(shared.api, shared.workflow_id, {"file": blobs.reference(upload)})
    again = shared.theirs.post(
        f"{X}{first}/retry/", {"from": "start", "input": {"file": blobs.reference(upload)}}, format="json"
    )
    assert again.status_code in (202, 409), again.json()
    assert (
        shared.read(shared.run(shared.theirs, shared.workflow_id, {"file": blobs.reference(upload)}), upload)
        == b"secret"
    )


def test_a_file_in_the_owner_s_graph_is_read_whoever_starts_it_and_no_editor_puts_one_there(shared: Shared) -> None:
    upload, private = shared.file(), shared.file()
    named = chain(node("t", "set", {"assignments": [{"name": "file", "value": blobs.reference(upload)}]}))
    place = f"{W}{shared.workflow_id}/"
    assert shared.api.patch(place, named, format="json").status_code == 200
    assert shared.read(shared.run(shared.theirs, shared.workflow_id), upload) == b"secret"
    other = chain(node("t", "set", {"assignments": [{"name": "file", "value": {"id": str(private.pk)}}]}))
    refused = shared.theirs.patch(place, other, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "file_guarded")
    pins = {"x": {"main": [{"json": {"file": {"id": str(private.pk)}}}]}}
    assert shared.theirs.patch(place, {"pinned_data": pins}, format="json").json()["code"] == "file_guarded"
    assert shared.theirs.patch(place, {"description": "mine"}, format="json").status_code == 200
    assert str(private.pk) not in str(Workflow.objects.get(pk=shared.workflow_id).nodes)
