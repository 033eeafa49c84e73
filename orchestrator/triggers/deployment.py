"""What every way of arming triggers is given at a deploy, and what it tells of those in service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from compiler.definition import Definition
from compiler.graph import Graph, Node, link
from nodes.base import Armed
from nodes.registry import builtin_catalogue
from orchestrator.compiling.sub_workflows import ids_in
from orchestrator.models import Workflow


@dataclass(frozen=True, slots=True)
class Deployment:
    """A definition that comes into service: `totals` are the nodes behind each trigger, `calls` workflows it calls."""

    workflow: Workflow
    graph: Graph
    totals: Mapping[str, int]
    calls: Sequence[str]
    now: datetime

    def triggers(self, armed: Armed) -> list[Node]:
        """Return the enabled triggers that are armed in one way."""
        return [
            node
            for node in self.graph.nodes.values()
            if node.type is not None and node.type.armed == armed and not node.settings.disabled
        ]


def deployment(*, workflow: Workflow, definition: Definition, totals: Mapping[str, int], now: datetime) -> Deployment:
    return Deployment(workflow, link(definition, builtin_catalogue()), totals, ids_in(definition), now)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in service for a trigger."""

    schedule_id: UUID | None = None
    next_at: datetime | None = None
    error: str | None = None
    kind: str = ""
    registration: Mapping[str, Any] | None = None  # with another service
    removals: tuple[Mapping[str, Any], ...] = ()  # of earlier ones, which are not through yet


class Arming(Protocol):
    """A way of putting triggers into service. Its functions run in the transaction of the deploy, and stay inside."""

    def register(self, deployed: Deployment) -> None:
        """Put the triggers of a deployment in place of the old ones."""
        ...

    def unregister(self, workflow: Workflow) -> None:
        """Take all of them out of service."""
        ...

    def standing(self, workflow: Workflow) -> Mapping[str, Standing]:
        """Return what there is of each node, by its id."""
        ...
