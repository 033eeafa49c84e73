"""Files that nobody needs any more, and files that their owner takes away."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from core.access import reach
from core.access.roles import Role, RoleRequired
from core.clock import database_now
from core.errors import Conflict, Missing
from core.models import Blob, BlobUse, User
from core.outbox import queue
from core.outbox.kinds import Later, Outcome, Row
from core.process.ticks import alone
from core.storage import blob_lifetime, blobs
from executor.models import RunState
from executor.selectors import FINAL_VALUES, NOT_LISTED, execution_for, executions_of
from inference.documents import selectors as documents

KIND = "file_sweep"
# What workflows, their versions' graphs and kept tests of an owner name.
NAMED_BY_WORKFLOWS = """
SELECT DISTINCT found[1]::uuid FROM (
    SELECT concat(w.nodes, w.pinned_data) AS said FROM orchestrator_workflow w
    WHERE w.owner_id = %(owner)s AND NOT w.is_deleted
    UNION ALL SELECT d.body::text FROM orchestrator_workflowversion v
    JOIN orchestrator_workflow w ON w.id = v.workflow_id JOIN executor_definition d ON d.hash = v.definition_hash
    WHERE w.owner_id = %(owner)s AND NOT w.is_deleted
    UNION ALL SELECT concat(t.input, t.recorded) FROM orchestrator_testcase t
    JOIN orchestrator_workflow w ON w.id = t.workflow_id WHERE w.owner_id = %(owner)s AND NOT w.is_deleted
) texts, regexp_matches(said, '/blobs/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/', 'g') AS found
"""


class FileInUse(Conflict):
    code = "file_in_use"


def ask(*, now: datetime) -> None:
    """Let uploads that no run was given for a day be looked through, each owner's by a row of his own."""
    for owner_id in blob_lifetime.owners_of_orphans(now):
        alone(partial(_ask, owner_id))


def _ask(owner_id: UUID) -> None:
    payload = {"owner_id": str(owner_id)}
    queue.add(KIND, owner_id=owner_id, payload=payload, key=f"{KIND}:{owner_id}", only_if_new=True)


def sweep_row(row: Row) -> Outcome:
    """Remove some of an owner's uploads that no workflow names either; the row comes back while there are more."""
    owner_id, now = UUID(row.payload["owner_id"]), database_now()
    removed = blob_lifetime.remove_orphans(owner_id, _named(owner_id), now)
    return Later(now) if removed == blob_lifetime.SWEPT_AT_ONCE else None


def _named(owner_id: UUID) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(NAMED_BY_WORKFLOWS, {"owner": owner_id})
        return {row[0] for row in cursor.fetchall()}


def files_of(actor: User, execution_id: UUID | None = None) -> QuerySet[Blob]:
    """Return the files of a user's account, or those that a run he sees made."""
    if execution_id is not None and executions_of(actor).filter(pk=execution_id).exists():
        return Blob.objects.filter(execution_id=execution_id)
    return reach.owned(Blob.objects.all(), actor)


def file_for(actor: User, blob_id: UUID, *, needs: Role = Role.OWNER) -> Blob:
    """Return a file: what a run made follows the run, an upload is its account's and seen with the runs it was given.

    Raises: BlobMissing, RoleRequired.
    """
    missing = blobs.BlobMissing("There is no such file")
    blob = Blob.objects.filter(pk=blob_id).first()
    if blob is None:
        raise missing
    if blob.execution_id is not None:
        try:
            execution_for(actor, blob.execution_id, needs=needs, without=NOT_LISTED)
        except Missing as exc:
            raise missing from exc
        return blob
    if reach.is_of_account(actor.pk, blob):
        return blob
    users = BlobUse.objects.filter(blob=blob).values("execution_id")
    if not executions_of(actor).filter(pk__in=users).exists():
        raise missing
    if needs is not Role.VIEWER:
        raise RoleRequired(needs=needs, has=Role.VIEWER)
    return blob


@transaction.atomic
def delete(*, actor: User, blob_id: UUID) -> None:
    """Remove a file.

    Raises: BlobMissing, RoleRequired, FileInUse where a document or a run that has not ended refers to it.
    """
    blob = file_for(actor, blob_id)
    if document := documents.kept_in(blob):
        raise FileInUse("A document is kept in this file: delete the document", document_id=str(document.pk))
    users = blob_lifetime.runs_of(blob)
    alive = RunState.objects.filter(pk__in=users).exclude(status__in=FINAL_VALUES).values_list("pk", flat=True)
    if alive:
        raise FileInUse("A run that has not ended uses this file", execution_ids=sorted(map(str, alive))[:10])
    blob.delete()
