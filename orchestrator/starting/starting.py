"""Starting runs: what version, from which trigger, with which input."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.access import reach
from core.access.roles import Role, RoleRequired
from core.json import canonical
from core.models import User
from core.storage.blobs import NewFile
from credentials.variables import values_for
from executor import selectors as executions_seen
from executor.models import Execution
from executor.verbs import executions
from executor.verbs.executions import Started, scope_of
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.models import Listener, Workflow
from orchestrator.sharing import guarding
from orchestrator.starting import callbacks, start_steps
from orchestrator.starting.call import Call
from orchestrator.starting.callbacks import CallbackRequest

KEEP_KEYS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A start as a caller asks for it."""

    input: Any = field(default_factory=dict)
    version: str = "current"
    trigger_node_id: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    use_pinned: bool = False
    idempotency_key: str | None = None
    goal: Mapping[str, Any] | None = None
    callback: CallbackRequest | None = None
    priority: int | None = None
    asked: Any = None  # what the same key has to come with again; None: the input
    starts_as: str | None = None  # what the run says of its start; None: that a program or a person made it


@admission.atomic
def start(*, actor: User, workflow_id: UUID, request: StartRequest, by_key: bool, now: datetime) -> Started:
    """Start a run for a person or program.

    Raises: Missing, WorkflowArchived, CompilationFailed, IdempotencyKeyReused, CredentialGuarded, WorkflowGuarded,
    TableGuarded.
    """
    body = {
        "input": request.input if request.asked is None else request.asked,
        "version": request.version,
        "trigger_node_id": request.trigger_node_id,
        "variables": dict(request.variables),
        "labels": dict(request.labels),
        "use_pinned": request.use_pinned,
        "goal": dict(request.goal) if request.goal else None,
        "priority": request.priority,
        "callback": [request.callback.url, request.callback.secret] if request.callback else None,
    }
    request_hash = hashlib.sha256(canonical(body)).hexdigest()
    scope = scope_for(actor.pk, "execute", workflow_id, request.idempotency_key, now)
    if (known := replayed(actor, scope, request_hash)) is not None:
        return known
    workflow = start_steps.workflow_for_run(actor, workflow_id, needs=Role.RUNNER)
    _check_variables(actor, workflow, request.variables)
    definition, version = selectors.definition_for(workflow, request.version)
    production = request.version == "deployed"
    pinned = workflow.pinned_data if request.use_pinned else {}
    if request.version not in ("", "current"):
        guarding.check_version(actor=actor, workflow=workflow, definition=definition, pinned=pinned)
    compiled = start_steps.compiled_for(
        workflow.owner_id, definition, workflow=workflow, entry=request.trigger_node_id, production=production
    )
    given = {"priority": request.priority} if request.priority is not None else {}
    started = start_steps.start_run(
        start_steps.of_definition(workflow, definition, compiled.plan, version, production=production),
        input=request.input,
        now=now,
        trigger=request.starts_as or ("api" if by_key else "manual"),
        started_by_id=actor.pk,
        variables=dict(request.variables),
        labels=dict(request.labels),
        pinned=pinned,
        goal=dict(request.goal) if request.goal else None,
        idempotency_key=request.idempotency_key,
        idempotency_scope=scope,
        request_hash=request_hash,
        **given,
    )
    if request.callback is not None and not started.replayed:
        callbacks.register(owner_id=actor.pk, execution_id=started.execution_id, request=request.callback)
    return started


def _check_variables(actor: User, workflow: Workflow, given: Mapping[str, Any]) -> None:
    """Refuse values in place of kept variables from who may not change those. Raises: RoleRequired.

    Else he could send what is secret to an address of his own.
    """
    if not given or reach.may(actor, workflow, Role.EDITOR):
        return
    if given.keys() & values_for(workflow.owner_id, workflow.pk, is_shown=True).by_name.keys():
        raise RoleRequired(needs=Role.EDITOR, has=reach.role_on(actor, workflow) or Role.VIEWER)


def replayed(actor: User, scope: str | None, request_hash: str) -> Started | None:
    """Return the run of an idempotency key, whatever became of its workflow since.

    Raises: IdempotencyKeyReused, Missing where the actor does not see the run any more.
    """
    known = executions.replay(scope=scope, request_hash=request_hash) if scope is not None else None
    if known is not None:
        executions_seen.execution_for(actor, known.execution_id, needs=Role.VIEWER, without=executions_seen.NOT_LISTED)
    return known


def scope_for(user_id: UUID, endpoint: str, target: UUID, key: str | None, now: datetime) -> str | None:
    """Return the scope of a key, freed first where its day is over."""
    if key is None:
        return None
    scope = scope_of(user_id, endpoint, target, key)
    Execution.objects.filter(idempotency_scope=scope, created_at__lt=now - KEEP_KEYS).update(idempotency_scope=None)
    return scope


@admission.atomic
def start_from_webhook(
    *, call: Call, payload: Mapping[str, Any], key: str | None, run_id: UUID, now: datetime,
    files: Sequence[NewFile] = (), key_is_of: str = "",
) -> Started:  # fmt: skip
    """Start a run for a call of a URL, and store the files that came with it; a refused start stores nothing.

    Raises: CreditsExhausted, TooLarge, StorageFull.
    """
    started = _start(call, payload, (key, key_is_of), run_id, now)
    if not started.replayed:
        for file in files:
            file.store(owner_id=call.owner_id, execution_id=started.execution_id)
    return started


def _start(
    call: Call, payload: Mapping[str, Any], named: tuple[str | None, str], run_id: UUID, now: datetime
) -> Started:
    """Start the deployed version, or for a test URL the working copy, once."""
    if call.listener is not None:
        return _start_test(call, call.listener, payload, run_id, now)
    key, key_is_of = named
    target = f"webhook:{call.node_id}" + (f":{key_is_of}" if key_is_of else "")
    return start_steps.start_run(
        start_steps.of_call(call),
        input=payload,
        now=now,
        trigger=call.type.starts_as,
        idempotency_key=key[:255] if key is not None else None,
        idempotency_scope=scope_for(call.owner_id, target, call.workflow_id, key, now),
        id=run_id,
    )


def _start_test(call: Call, listener: Listener, payload: Mapping[str, Any], run_id: UUID, now: datetime) -> Started:
    workflow = listener.workflow
    definition, version = selectors.definition_for(workflow, "current")
    compiled = start_steps.compiled_for(workflow.owner_id, definition, workflow=workflow, entry=call.node_id)
    started = start_steps.start_run(
        start_steps.of_definition(workflow, definition, compiled.plan, version, production=False),
        input=payload,
        now=now,
        mode="test",
        trigger=call.type.starts_as,
        id=run_id,
    )
    Listener.objects.filter(pk=listener.pk).update(execution_id=started.execution_id)
    return started
