"""Error workflows: a production run that failed starts the workflow that was named when it began, once."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.db import transaction

from core.access.reach import of_account
from core.clock import database_now
from core.errors import WorkflowError
from core.outbox import queue
from core.outbox.kinds import Outcome, Row
from core.values.times import wire_time
from executor.models import Execution
from executor.verbs.executions import scope_of
from nodes.registry import armed_as
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.failures import mails as failure_mails
from orchestrator.models import ErrorRun, Workflow
from orchestrator.starting import start_steps

logger = logging.getLogger(__name__)
KIND = "error_run"
FAILED = "run_failed"


@transaction.atomic
def follow_up(row: Row) -> Outcome:
    """Ask for what follows from the failure of a production run: its error workflow, a mail to its owner."""
    failed = Execution.objects.filter(pk=row.payload["execution_id"]).first()
    if failed is None or failed.workflow_id is None:
        return None
    error = failed.error or {}
    logger.warning(
        "run %s of the workflow %s (owner %s) failed: %s at the node %s",
        failed.pk, failed.workflow_id, failed.owner_id, error.get("code") or failed.end_reason,
        error.get("node_id") or "-",
    )  # fmt: skip
    if failed.error_workflow_id is not None and not ErrorRun.objects.filter(error_execution_id=failed.pk).exists():
        asked = {"execution_id": str(failed.pk)}
        queue.add(KIND, owner_id=failed.owner_id, payload=asked, key=f"{KIND}:{failed.pk}", only_if_new=True)
    failure_mails.ask(owner_id=failed.owner_id, workflow_id=failed.workflow_id, now=database_now())
    return None


@admission.atomic
def start(row: Row) -> Outcome:
    """Start the error workflow of a run, once. One that cannot be started is noted; nothing is tried again."""
    failed = Execution.objects.filter(pk=row.payload["execution_id"]).first()
    if failed is None or failed.error_workflow_id is None:
        return None
    noted, is_new = ErrorRun.objects.get_or_create(execution_id=failed.pk, defaults={"created_at": database_now()})
    if not is_new:
        return None
    try:
        with transaction.atomic():
            noted.error_execution_id = _run(failed, failed.error_workflow_id)
    except admission.TooManyCompilations:
        raise  # it is tried again
    except (WorkflowError, ValueError, Workflow.DoesNotExist) as exc:
        logger.warning("the error workflow of %s could not be started: %s", failed.pk, exc)
        noted.problem = str(exc)[:200] or type(exc).__name__
    noted.save(update_fields=["error_execution_id", "problem"])
    return None


def _run(failed: Execution, workflow_id: UUID) -> UUID:
    workflow = Workflow.objects.get(of_account(failed.owner_id), pk=workflow_id, is_deleted=False)
    production = workflow.deployed_version is not None
    definition, version = selectors.definition_for(workflow, "deployed" if production else "current")
    entry = next((node.id for node in definition.nodes if armed_as(node.type) == "failure"), None)
    compiled = start_steps.compiled_for(
        workflow.owner_id, definition, workflow=workflow, entry=entry, production=production
    )
    started = start_steps.start_run(
        start_steps.of_definition(workflow, definition, compiled.plan, version, production=production),
        input=payload_of(failed),
        now=database_now(),
        mode="production",
        trigger="event",
        idempotency_scope=scope_of("error", failed.pk),
    )
    return started.execution_id


def payload_of(failed: Execution) -> dict[str, Any]:
    """Return what an error workflow is told."""
    return {
        "execution": {
            "id": str(failed.pk),
            "error": failed.error,
            "end_reason": failed.end_reason,
            "mode": failed.mode,
            "trigger": failed.trigger,
            "version": failed.version,
            "retry_of_id": str(failed.retry_of_id) if failed.retry_of_id else None,
            "finished_at": wire_time(failed.finished_at) if failed.finished_at else None,
        },
        "workflow": {"id": str(failed.workflow_id), "name": failed.workflow_name},
    }
