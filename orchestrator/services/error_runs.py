"""Error workflows: a failed production run starts the workflow its own names, once, found by a sweep of its own."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from compiler.compiler import compile_definition
from core.errors import WorkflowError
from core.values.times import wire_time
from executor import services as executions
from executor.models import Execution
from executor.services import scope_of
from orchestrator import selectors
from orchestrator.models import ErrorRun, Workflow
from orchestrator.services.calls import tables_for
from orchestrator.services.runs import run_of

logger = logging.getLogger(__name__)
LOOK_BACK = timedelta(hours=1)
OPEN = """
SELECT x.id, w.settings->>'error_workflow_id'
FROM executor_execution x JOIN orchestrator_workflow w ON w.id = x.workflow_id
WHERE x.end_reason IN ('error', 'timed_out', 'worker_lost') AND x.finished_at > %s AND x.mode = 'production'
  AND x.parent_execution_id IS NULL AND w.settings->>'error_workflow_id' IS NOT NULL
  AND NOT EXISTS (SELECT FROM orchestrator_errorrun e WHERE e.execution_id = x.id)
  AND NOT EXISTS (SELECT FROM orchestrator_errorrun e WHERE e.error_execution_id = x.id)
ORDER BY x.finished_at LIMIT 100
"""


def start_due(now: datetime) -> int:
    """Start the error workflows of runs that failed; returns how many were started."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [now - LOOK_BACK])
        found = cursor.fetchall()
    return sum(_start(execution_id, workflow_id, now) for execution_id, workflow_id in found)


@transaction.atomic
def _start(execution_id: UUID, workflow_id: str, now: datetime) -> int:
    row, is_new = ErrorRun.objects.get_or_create(execution_id=execution_id, defaults={"created_at": now})
    if not is_new:
        return 0
    failed = Execution.objects.get(pk=execution_id)
    try:
        with transaction.atomic():
            row.error_execution_id = _run(failed, workflow_id, now)
    except (WorkflowError, ValueError, Workflow.DoesNotExist) as exc:
        logger.warning("the error workflow of %s could not be started: %s", execution_id, exc)
        row.problem = str(exc)[:200] or type(exc).__name__
    row.save(update_fields=["error_execution_id", "problem"])
    return int(row.error_execution_id is not None)


def _run(failed: Execution, workflow_id: str, now: datetime) -> UUID:
    workflow = Workflow.objects.get(pk=UUID(workflow_id), owner_id=failed.owner_id, is_deleted=False)
    production = workflow.deployed_version is not None
    definition, version = selectors.definition_for(workflow, "deployed" if production else "current")
    entry = next((node.id for node in definition.nodes if node.type == "error_trigger"), None)
    tables = tables_for(workflow.owner_id, definition, workflow, production=production)
    compiled, _ = compile_definition(
        definition, selectors.catalogue_of(workflow.owner_id, definition), entry=entry, tables=tables
    )
    run = run_of(
        workflow,
        definition,
        compiled.plan,
        version=version.number if version else None,
        production=production,
        input=payload_of(failed),
        mode="production",
        trigger="event",
        idempotency_scope=scope_of("error", failed.pk),
    )
    return executions.start(run=run, now=now).execution_id


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
