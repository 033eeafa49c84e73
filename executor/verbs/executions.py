"""What makes and removes executions: start, delete."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from compiler.definition import Definition as CompiledDefinition
from core.accounts import credits
from core.errors import Conflict, Unprocessable
from core.json import WHOLE_DEPTH, canonical
from core.values.storable import storable_text
from executor import dispatch
from executor.domain.lifecycle import FINAL, Status
from executor.domain.new_run import NewRun
from executor.models import Definition, Execution, Layout, RunState
from executor.node import files_named
from executor.sql import journal_sql
from executor.verbs import removing


class ExecutionActive(Conflict):
    code = "execution_active"


class IdempotencyKeyReused(Unprocessable):
    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Started:
    execution_id: UUID
    replayed: bool = False


def store_definition(definition: CompiledDefinition) -> tuple[str, str]:
    """Keep a definition and its layout, once per content; returns both hashes."""
    layout_hash = hashlib.sha256(canonical(definition.layout)).hexdigest()
    Definition.objects.bulk_create([Definition(hash=definition.hash, body=definition.body)], ignore_conflicts=True)
    Layout.objects.bulk_create([Layout(hash=layout_hash, body=definition.layout)], ignore_conflicts=True)
    return definition.hash, layout_hash


def scope_of(*parts: object) -> str:
    """Return the scope of an idempotency key: user, endpoint, object and key in one hash."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def start(*, run: NewRun, now: datetime) -> Started:
    """Queue a run. With an idempotency key that was used before: the same run.

    Raises: Invalid, BlobMissing, IdempotencyKeyReused, CreditsExhausted.
    """
    execution_id = run.id
    files_named.check(owner_id=run.owner_id, workflow_id=run.workflow_id, by=run.started_by_id, value=run.input)
    text = b"[%b]" % storable_text(run.as_record(now), "input", depth=WHOLE_DEPTH)
    with connection.cursor() as cursor:
        statement = journal_sql.START_FOR_A_CREDIT if settings.PLANS else journal_sql.START
        cursor.execute(statement, {"runs": text.decode()})
        is_new = cursor.fetchone() is not None
    if is_new:
        files_named.given(
            owner_id=run.owner_id, workflow_id=run.workflow_id, execution_id=execution_id, by=run.started_by_id,
            text=text,
        )  # fmt: skip
        dispatch.enqueue_run(execution_id)
        return Started(execution_id)
    known = replay(scope=run.idempotency_scope, request_hash=run.request_hash)
    if known is None:
        raise credits.exhausted(run.owner_id, now)
    return known


def replay(*, scope: str | None, request_hash: str) -> Started | None:
    """Return the run that was started with an idempotency key; None where none was. Raises: IdempotencyKeyReused."""
    known = Execution.objects.values("id", "request_hash").filter(idempotency_scope=scope or "").first()
    if known is None:
        return None
    if known["request_hash"] != request_hash:
        raise IdempotencyKeyReused("This Idempotency-Key was used with another body", execution_id=str(known["id"]))
    return Started(known["id"], replayed=True)


def delete(*, execution: Execution) -> None:
    """Remove a finished run, all it left and the runs below it. Raises: ExecutionActive.

    A run below one that goes on is part of it and stays, too.
    """
    with transaction.atomic():
        named = [execution.pk, *([execution.parent_execution_id] if execution.parent_execution_id else [])]
        states = RunState.objects.select_for_update().filter(pk__in=named).order_by("pk")
        if any(Status(state.status) not in FINAL for state in states):
            raise ExecutionActive("The execution, or the one it belongs to, has not ended yet")
    try:
        removing.remove_family(execution.pk)
    except removing.StillAlive as exc:
        raise ExecutionActive("An execution below it, or one that repairs it, has not ended yet") from exc
