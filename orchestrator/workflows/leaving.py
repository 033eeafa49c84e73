"""An account that staff delete: its workflows go or go over to somebody, and all else it had is removed after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from core.access.reach import of_account
from core.clock import database_now
from core.datastore import tables
from core.datastore.models import Conversation
from core.errors import Conflict, Invalid
from core.models import AuditEntry, Blob, BlobUse, Collaborator, User
from core.outbox import queue
from core.outbox.kinds import Kind, Later, Outcome, Row, in_thread
from credentials.models import Credential, Variable
from executor.models import CachedResult, Execution
from executor.selectors import FINAL_VALUES
from executor.verbs import verbs
from inference.documents.models import Document
from mcp_integration.models import USER, McpServer
from nodes.models import CustomNode
from orchestrator.executions import pruning
from orchestrator.models import TransferOffer, Workflow
from orchestrator.workflows import saving, transferring

KIND = "account_gone"
AT_ONCE = 200
WAIT_S = 5  # until runs that were stopped have ended


class HasWorkflows(Conflict):
    """The account owns workflows, and nobody said what becomes of them."""

    code = "user_has_workflows"


@transaction.atomic
def leave(*, actor: User, user: User, workflows: str, heir_id: UUID | None, now: datetime) -> None:
    """Delete an account: `workflows` is "delete" or "transfer", to the heir. Raises: HasWorkflows, Invalid."""
    owned = list(Workflow.objects.select_for_update().filter(of_account(user.pk), is_deleted=False).order_by("pk"))
    if owned and not workflows:
        raise HasWorkflows("Say what becomes of this account's workflows", workflows=len(owned))
    heir = User.objects.filter(pk=heir_id, is_active=True).exclude(pk=user.pk).first() if heir_id else None
    if workflows == "transfer" and heir is None:
        raise Invalid("Name an active account that gets the workflows.", field="to", reason="unknown_person")
    for workflow in owned:
        if workflows == "transfer" and heir is not None:
            _hand_over(workflow, heir, now)
        else:
            saving.delete(actor=user, workflow_id=workflow.pk, revision=None)
    TransferOffer.objects.filter(heir_id=user.pk).delete()
    Collaborator.objects.filter(user_id=user.pk).delete()
    Collaborator.objects.filter(invited_by_id=user.pk, accepted_at=None).delete()
    AuditEntry.objects.create(
        at=now, user_id=actor.pk, owner_id=user.pk, action="user.delete", object_type="user", object_id=str(user.pk),
        changes={"workflows": [len(owned), workflows or None], "to": [None, str(heir.pk) if heir else None]},
    )  # fmt: skip
    queue.add(KIND, owner_id=user.pk, payload={"user_id": str(user.pk)}, key=f"{KIND}:{user.pk}")
    user.delete()


def _hand_over(workflow: Workflow, heir: User, now: datetime) -> None:
    """Give a workflow to somebody; where he has one of that name, with a number behind it."""
    Collaborator.objects.filter(workflow_id=workflow.pk, user_id=heir.pk).delete()
    Collaborator.objects.filter(workflow_id=workflow.pk, email=heir.email.lower()).delete()
    Collaborator.objects.create(
        workflow_id=workflow.pk, user_id=heir.pk, email=heir.email.lower(), role="owner", invited_by_id=heir.pk,
        created_at=now, mailed_at=now, accepted_at=now, secret_hash="",
    )  # fmt: skip
    taken = set(Workflow.objects.filter(of_account(heir.pk), is_deleted=False).values_list("name", flat=True))
    name, number = workflow.name, 1
    while workflow.name in taken:
        number += 1
        workflow.name = f"{name[:110]} ({number})"
    transferring.into_hands(workflow, heir, now)
    saving.changed(workflow)


def clear_row(row: Row) -> Outcome:
    """Remove a slice of what an account that is gone had; the row comes back while there is more.

    Its secrets go first, whatever there is besides.
    """
    user_id = UUID(row.payload["user_id"])
    Credential.objects.filter(owner_id=user_id).delete()
    Variable.objects.filter(owner_id=user_id).delete()
    living = Workflow.objects.filter(is_deleted=False).exclude(owner_id=user_id).values("pk")
    runs = Execution.objects.filter(owner_id=user_id, parent_execution_id=None).exclude(workflow_id__in=living)
    going = list(runs.exclude(state__status__in=FINAL_VALUES).values_list("pk", flat=True)[:AT_ONCE])
    if going:
        verbs.stop_these(ids=going, by=user_id, reason="The account is gone")
        return Later(database_now() + timedelta(seconds=WAIT_S), dict(row.payload))
    after = UUID(row.payload.get("after") or str(UUID(int=0)))
    ended = list(runs.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    if ended:
        pruning.remove_each(ended)
        return Later(database_now(), {**row.payload, "after": str(ended[-1])})
    if _remove_slice(user_id):
        return Later(database_now(), dict(row.payload))
    return None


def _remove_slice(user_id: UUID) -> bool:
    """Remove up to AT_ONCE rows of the first kind that there are any of; returns whether there were."""
    for rows in _left_of(user_id):
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        if ids:
            rows.filter(pk__in=ids).delete()
            return True
    return tables.delete_of_owner(user_id, AT_ONCE) > 0


def _left_of(user_id: UUID) -> Iterator[QuerySet[Any]]:
    """Yield what an account had besides runs and tables: what hangs on something comes before that."""
    workflows = Workflow.objects.filter(of_account(user_id), is_deleted=True)
    yield from _with_what_hangs_on(workflows)
    yield CustomNode.objects.filter(owner_id=user_id, is_public=False)
    yield McpServer.objects.filter(owner_id=user_id, scope=USER)
    yield CachedResult.objects.filter(owner_id=user_id)
    yield Document.objects.filter(owner_id=user_id)
    yield from _with_what_hangs_on(Conversation.objects.filter(of_account(user_id)))
    runs_left = Execution.objects.filter(owner_id=user_id).values("pk")
    of_no_run = Blob.objects.filter(owner_id=user_id).exclude(execution_id__in=runs_left)
    yield from _with_what_hangs_on(of_no_run.filter(~Exists(BlobUse.objects.filter(blob_id=OuterRef("pk")))))


def _with_what_hangs_on(rows: QuerySet[Any]) -> Iterator[QuerySet[Any]]:
    for relation in rows.model._meta.related_objects:
        yield from _with_what_hangs_on(
            relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": rows})
        )
    yield rows


KINDS = (Kind(KIND, "work", in_thread(clear_row), limit_s=300, gives_up=False),)
