"""Retrying runs: alone or many, from what failed or from any node, on their own version or another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from compiler.definition import Definition, from_body
from compiler.plan import Plan
from core.access import reach
from core.access.roles import Role, RoleRequired
from core.errors import Conflict, Invalid
from core.json import canonical
from core.models import User
from executor import selectors as runs
from executor.domain.lifecycle import FINAL, Status
from executor.domain.step_names import is_step
from executor.models import DeadLetter, Execution
from executor.models import Definition as StoredDefinition
from executor.verbs import executions, repair, verbs
from executor.verbs.dead_letters import MOST_RETRIES, DeadLetterClosed, RetriesUsedUp
from executor.verbs.executions import Started
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.compiling.sub_workflows import ids_in
from orchestrator.sharing import guarding
from orchestrator.starting import start_steps
from orchestrator.starting.starting import replayed, scope_for


class OtherAccount(Conflict):
    code = "other_account"


class AlreadyRetried(Conflict):
    """One of many that are retried together was retried before."""

    code = "already_retried"


FAILED: Any = "failed"
NOTHING: Any = object()


@dataclass(frozen=True, slots=True)
class RetryRequest:
    """A retry as a caller asks for it. `start` is "failed", "start" or (node id, path)."""

    start: str | tuple[str, str] = "failed"
    version: str = "same"
    input: Any = NOTHING
    overrides: Mapping[str, Any] = field(default_factory=dict[str, Any])
    idempotency_key: str | None = None


@admission.atomic
def retry(*, actor: User, execution_id: UUID, request: RetryRequest, now: datetime, by: UUID | None = None) -> Started:
    """Start a run that takes over what another one finished; `by` says who asked for it, if not its owner.

    Raises: Missing, IllegalTransition, Invalid for an unknown node, CompilationFailed, IdempotencyKeyReused.
    """
    source = runs.execution_for(actor, execution_id, needs=Role.RUNNER)
    status = Status(source.state.status)
    edited = request.input is not NOTHING
    body = {"from": request.start, "version": request.version, "overrides": dict(request.overrides)}
    request_hash = hashlib.sha256(canonical(body | ({"input": request.input} if edited else {}))).hexdigest()
    scope = scope_for(actor.pk, "retry", source.pk, request.idempotency_key, now)
    if (known := replayed(actor, scope, request_hash)) is not None:
        return known
    start = "start" if edited and request.start == "failed" else request.start
    if status not in FINAL:
        raise verbs.illegal(status, "retry")
    definition, layout_hash, version = _definition(actor, source, request.version)
    if request.overrides and not reach.may(actor, source, Role.EDITOR):
        raise RoleRequired(needs=Role.EDITOR, has=Role.RUNNER)  # else he would choose what comes out of an approval
    _check_planted(actor, source, request, definition, from_start=start == "start")
    account = selectors.account_of(source.workflow_id) or source.owner_id
    production = source.mode == "production"
    entry = _entry(definition, source.trigger_node_id)
    compiled = start_steps.compiled_for(account, definition, entry=entry, production=production)
    named = [start[0]] if isinstance(start, tuple) else []
    for node_id in [*named, *request.overrides]:
        if node_id not in compiled.plan.incoming:
            raise Invalid("There is no such node in this run.", field="from", reason="unknown_node")
    rows = {} if start == "start" else repair.rows_of(source.pk, compiled.plan)
    within: frozenset[tuple[str, str]] = frozenset()
    if status == Status.COMPLETED and start == "failed":
        within = repair.failed_within(source.pk, rows, compiled.plan)
        if not within and not request.overrides:
            raise verbs.illegal(status, "retry")
    kept = [] if start == "start" else _kept(rows, compiled.plan, start, request, within)
    if kept and account != source.owner_id:  # what they gave may be stored there
        raise OtherAccount("The workflow had another owner then; repeat this run from its start")
    same = definition.hash == source.definition_hash and account == source.owner_id
    again = start_steps.Runnable(
        account, source.workflow_id, source.workflow_name, definition.hash, layout_hash, compiled.plan.entry,
        compiled.plan.total, version, production, () if same else ids_in(definition),
    )  # fmt: skip
    started = start_steps.start_run(
        again,
        input=request.input if edited else source.input,
        now=now,
        mode=source.mode,
        trigger=source.trigger,
        started_by_id=by or actor.pk,
        variables=source.variables,
        labels=source.labels,
        pinned={**source.pinned, **request.overrides},
        error_workflow_id=source.error_workflow_id,
        retry_of_id=source.pk,
        root_execution_id=source.root_execution_id or source.pk,
        takes_over=start == "failed",
        effects_id=(source.effects_id or source.pk) if start == "failed" and same and not request.overrides else None,
        limit_key=source.state.limit_key,
        limit_max=source.state.limit_max,
        priority=source.state.priority,
        goal=source.goal,
        idempotency_key=request.idempotency_key,
        idempotency_scope=scope,
        request_hash=request_hash,
        **({"sub_workflows": source.sub_workflows} if same else {}),
    )
    if kept and not started.replayed:
        repair.copy_rows(source=source.pk, target=started.execution_id, keys=kept)
    return started


def _check_planted(
    actor: User, source: Execution, request: RetryRequest, definition: Definition, *, from_start: bool
) -> None:
    """Check that somebody may put what is given, was pinned or came of another graph in place of what nodes give."""
    if reach.role_on(actor, source) is Role.OWNER:
        return
    is_other = definition.hash != source.definition_hash
    if request.overrides or (is_other and not from_start):
        guarding.check_data(actor=actor, row=source, definition=definition)
    if source.workflow_id is not None and (is_other or source.pinned):
        workflow = selectors.workflow_for(actor, source.workflow_id, needs=Role.RUNNER)
        pinned = {**source.pinned, **request.overrides}
        guarding.check_version(actor=actor, workflow=workflow, definition=definition, pinned=pinned)


def _kept(
    rows: dict[tuple[str, str], repair.Row], plan: Plan, start: str | tuple[str, str], request: RetryRequest,
    within: frozenset[tuple[str, str]],
) -> list[tuple[str, str]]:  # fmt: skip
    """Return the rows that a retry takes over; `within` says where the run went on although something failed."""
    start_at = start if isinstance(start, tuple) else None
    row = rows.get(start_at) if start_at is not None else None
    if start_at is not None and start_at[1] and (row is None or is_step(row.kind)):
        raise Invalid("The run has no such node run.", field="from", reason="unknown_node")
    return repair.Repair(
        plan, rows, start_at, frozenset(request.overrides), within, keeps_steps=request.version == "same"
    ).decide()


def _definition(actor: User, source: Execution, version: str) -> tuple[Definition, str, int | None]:
    if version == "same" or source.workflow_id is None:
        body = StoredDefinition.objects.get(pk=source.definition_hash).body
        return from_body(body), source.layout_hash, source.version
    workflow = selectors.workflow_for(actor, source.workflow_id, needs=Role.RUNNER)
    definition, found = selectors.definition_for(workflow, version)
    _, layout_hash = executions.store_definition(definition)
    return definition, layout_hash, found.number if found else None


def _entry(definition: Definition, trigger_node_id: str) -> str | None:
    return trigger_node_id if any(node.id == trigger_node_id for node in definition.nodes) else None


@admission.atomic
def retry_lost_run(letter: DeadLetter, now: datetime) -> DeadLetter:
    """Repair a run that its workers were lost with, in its owner's name. Raises: RetriesUsedUp, DeadLetterClosed."""
    letter = DeadLetter.objects.select_for_update().get(pk=letter.pk)
    if letter.status in (DeadLetter.Status.RESOLVED, DeadLetter.Status.EXPIRED):
        raise DeadLetterClosed(f"The dead letter is {letter.status}")
    if letter.retries >= MOST_RETRIES:
        raise RetriesUsedUp("It was tried again three times already")
    for execution_id in letter.kwargs["execution_ids"]:
        source = runs.execution_by_id(UUID(execution_id))
        owner = User.objects.get(pk=selectors.account_of(source.workflow_id) or source.owner_id)
        retry(actor=owner, execution_id=source.pk, request=RetryRequest(), now=now)
    letter.retries += 1
    letter.status = DeadLetter.Status.RESOLVED
    letter.save(update_fields=["retries", "status"])
    return letter


def retries_of(execution_id: Any) -> QuerySet[Execution]:
    """Return the retries of a run, those left out that somebody stopped."""
    return Execution.objects.filter(retry_of_id=execution_id).exclude(state__status=Status.CANCELLED)


# -- many at once ---------------------------------------------------------------------------------------------------
def matching(
    *, actor: User, ids: list[UUID] | None, filters: Mapping[str, Any] | None, to_retry: bool = False
) -> list[UUID]:
    """Return the executions the caller may act on that are named or that a filter fits, oldest first.

    Of those `to_retry` a filter fits none that was retried: of a run and its retries the newest one counts.
    """
    rows = runs.executions_of(actor, least=Role.RUNNER)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    wanted = {
        "workflow_id": "workflow_id",
        "status": "state__status",
        "error_code": "error__code",
        "node_id": "error__node_id",
        "created_after": "created_at__gte",
        "created_before": "created_at__lte",
    }
    rows = rows.filter(**{wanted[name]: value for name, value in (filters or {}).items()})
    if to_retry and filters is not None:
        rows = rows.filter(~Exists(retries_of(OuterRef("pk"))))
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:10_000])
