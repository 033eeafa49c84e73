"""Which files of an account somebody may name for a run that is not his: its owner may name all of them.

Others may name what they uploaded, and what the runs of its workflow made or were given, as they see those. What a run
of theirs reads is held to it too, however the name came about.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q

from core.access import reach
from core.json import dumps
from core.models import Blob, BlobUse
from core.storage import blob_lifetime, blobs
from executor.models import Definition, Execution

MOST_ABOVE = 25  # runs that stand above one
_RUN = ("pk", "owner_id", "workflow_id", "started_by_id", "parent_execution_id", "root_execution_id", "definition_hash",
        "mode", "retry_of_id")  # fmt: skip


def nameable(*, by: UUID, workflow_id: UUID | None) -> Q:
    """Return the condition that somebody may name a file for runs of a workflow that is not his."""
    runs = Execution.objects.filter(workflow_id=workflow_id).values("pk")
    uses = BlobUse.objects.filter(execution_id__in=runs).values("blob_id")
    return Q(uploaded_by_id=by, execution_id=None) | Q(execution_id__in=runs) | Q(pk__in=uses)


def check(*, owner_id: UUID, workflow_id: UUID | None, by: UUID | None, value: Any) -> None:
    """Refuse a value that names files which its sender may not name. Raises: BlobMissing."""
    if not _is_other(by, owner_id):
        return
    named = blob_lifetime.named_in(dumps(value))
    rows = Blob.objects.filter(reach.of_account(owner_id), pk__in=named)
    if by is not None and named and rows.exclude(nameable(by=by, workflow_id=workflow_id)).exists():
        raise blobs.BlobMissing("There is no such file")


def given(*, owner_id: UUID, workflow_id: UUID | None, execution_id: UUID, by: UUID | None, text: bytes) -> None:
    """Note the files that a run was given by somebody, as far as he may name them; `by`: None for triggers."""
    among = nameable(by=by, workflow_id=workflow_id) if by is not None and _is_other(by, owner_id) else None
    blob_lifetime.given(owner_id=owner_id, execution_id=execution_id, text=text, among=among)


def load(*, owner_id: UUID, execution_id: UUID | None, blob_id: str) -> bytes:
    """Return a file's bytes for a run. Raises: BlobMissing, also where who started it may not name the file."""
    blob = blobs.find(owner_id=owner_id, blob_id=blob_id)
    if execution_id is not None and not _may_read(blob, execution_id):
        raise blobs.BlobMissing("There is no such file")
    return blobs.content_of(blob)


def _is_other(by: UUID | None, owner_id: UUID) -> bool:
    return by is not None and by != owner_id


def _may_read(blob: Blob, execution_id: UUID) -> bool:
    above = _with_those_above(execution_id)
    if not above or not _is_other(above[-1].started_by_id, above[-1].owner_id):
        return True
    ids = {run.pk for run in above}
    if blob.execution_id in ids or BlobUse.objects.filter(blob=blob, execution_id__in=ids).exists():
        return True
    made_by = [] if blob.execution_id is None else [blob.execution_id]
    for maker in Execution.objects.filter(pk__in=made_by).only("workflow_id", "root_execution_id"):
        family = maker.root_execution_id is not None and maker.root_execution_id == above[0].root_execution_id
        if family or maker.workflow_id in {run.workflow_id for run in above}:
            return True
    return any(_holds(run, blob) for run in above)


def _with_those_above(execution_id: UUID) -> list[Execution]:
    """Return a run and those it was started by, the topmost last."""
    found: list[Execution] = []
    wanted: UUID | None = execution_id
    while wanted is not None and len(found) < MOST_ABOVE:
        run = Execution.objects.filter(pk=wanted).only(*_RUN).first()
        if run is None:
            break
        found.append(run)
        wanted = run.parent_execution_id
    return found


def _holds(run: Execution, blob: Blob) -> bool:
    """Tell whether a run's graph names a file, or what its workflow has pinned; both were checked when saved."""
    body = Definition.objects.filter(pk=run.definition_hash).values_list("body", flat=True).first()
    of_workflow = run.mode in ("manual", "test") and run.retry_of_id is None
    pinned = Execution.objects.values_list("pinned", flat=True).get(pk=run.pk) if of_workflow else None
    return str(blob.pk).encode() in dumps([body, pinned])
