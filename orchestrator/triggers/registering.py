"""The triggers of a workflow in service: put there by a deploy, taken away by all that ends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from compiler.definition import Definition
from orchestrator.models import Workflow
from orchestrator.starting.sub_workflows import ids_in
from orchestrator.triggers import polls, schedules, webhooks


def register(*, workflow: Workflow, definition: Definition, totals: Mapping[str, int], now: datetime) -> None:
    """Put the triggers of a definition in place of the old ones. Raises: WebhookPathTaken."""
    calls = ids_in(definition)
    webhooks.register(workflow=workflow, definition=definition, totals=totals, calls=calls)
    schedules.register(workflow=workflow, definition=definition, totals=totals, calls=calls, now=now)
    polls.register(workflow=workflow, definition=definition, totals=totals, calls=calls, now=now)


def unregister(workflow: Workflow) -> None:
    """Take all triggers out of service."""
    for kind in (webhooks, schedules, polls):
        kind.unregister(workflow)
