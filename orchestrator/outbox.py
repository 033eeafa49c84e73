"""The kinds of outbox rows that are about workflows and their runs."""

from __future__ import annotations

from uuid import UUID

from rest_framework.renderers import JSONRenderer

from core.outbox.kinds import Kind, Outcome, Row
from core.outbox.tools import Tools
from executor.models import Execution
from executor.selectors import execution_by_id
from orchestrator.serializers.executions import ExecutionOutput
from orchestrator.services import callbacks


class Refused(Exception):
    """The other side answered, and did not take it."""


def _result_of(execution_id: UUID) -> bytes:
    return JSONRenderer().render(ExecutionOutput(execution_by_id(execution_id)).data)


async def post_result(row: Row, tools: Tools) -> Outcome:
    """Post a run's result. Raises: Refused, BlockedAddress, Unreachable, ResponseTooLarge."""
    try:
        request = await tools.call(callbacks.request_of, row, _result_of)
    except Execution.DoesNotExist:
        return None  # removed meanwhile: there is nothing to tell
    reply = await tools.send(request)
    if not 200 <= reply.status < 300:
        raise Refused(f"it answered {reply.status}")
    return None


KINDS = (Kind(callbacks.KIND, "calls", post_result, limit_s=callbacks.TRY_TIMEOUT_S + 20),)
