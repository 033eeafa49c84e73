"""The triggers of a workflow in service: put there by a deploy, taken away by all that ends it.

Each trigger type says how it is armed; here stands who does that. What is armed by hand needs nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from compiler.definition import Definition
from nodes.base import Armed
from orchestrator.models import Workflow
from orchestrator.triggers import polls, pushes, schedules, webhooks
from orchestrator.triggers.deployment import Arming, Standing, deployment

ARMINGS: Mapping[Armed, Arming] = {"webhook": webhooks, "schedule": schedules, "poll": polls, "push": pushes}


def register(*, workflow: Workflow, definition: Definition, totals: Mapping[str, int], now: datetime) -> None:
    """Put the triggers of a definition in place of the old ones. Raises: WebhookPathTaken."""
    deployed = deployment(workflow=workflow, definition=definition, totals=totals, now=now)
    for arming in ARMINGS.values():
        arming.register(deployed)


def unregister(workflow: Workflow) -> None:
    """Take all triggers out of service."""
    for arming in ARMINGS.values():
        arming.unregister(workflow)


def standing(workflow: Workflow) -> dict[Armed, Mapping[str, Standing]]:
    """Return what is in service, by how it is armed and by node."""
    return {armed: arming.standing(workflow) for armed, arming in ARMINGS.items()}
