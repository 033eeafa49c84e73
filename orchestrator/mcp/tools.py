"""Deployed workflows as tools: what each is called, what it takes, its run and what that gave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from compiler.definition import Definition, NodeSpec, read
from core.accounts import scopes
from core.errors import Invalid, Missing, RateLimited
from core.forms.forms import problems_of
from core.models import ApiKey, User
from core.values.times import wire_time
from core.web import rate_limits
from executor import selectors as runs
from executor.models import Execution
from executor.summaries import summaries_of
from executor.verbs import verbs
from nodes.calling import AsTool
from orchestrator import selectors
from orchestrator.models import Workflow, WorkflowVersion
from orchestrator.starting.starting import StartRequest, start

MOST_TOOLS = 500
LONGEST_NAME = 64
WAIT_S = 30
_ODD = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a user, and the key he showed, if it was one."""

    user: User
    shown: Any

    @property
    def is_by_key(self) -> bool:
        return isinstance(self.shown, ApiKey)


@dataclass(frozen=True, slots=True)
class WorkflowTool:
    """A workflow as a tool, and the trigger by which its runs enter."""

    name: str
    title: str
    description: str
    input_schema: Mapping[str, Any]
    workflow_id: UUID
    trigger_node_id: str
    trigger: AsTool
    wait_s: float


def tools_of(caller: Caller) -> list[WorkflowTool]:
    """Return the tools of a user, in order of their workflows' age. Raises: ScopeMissing."""
    scopes.check(caller.shown, "read")
    taken: set[str] = set()
    return [tool for version in _offered(caller.user) if (tool := _tool(version, taken)) is not None]


def begin(caller: Caller, name: str, arguments: Mapping[str, Any]) -> tuple[UUID, float]:
    """Start the run of a tool; returns its id, and how long a call waits for it.

    Raises: Missing, Invalid, RateLimited, ScopeMissing, and what a start raises.
    """
    scopes.check(caller.shown, "run")
    tool = next((one for one in tools_of(_reading(caller)) if one.name == name), None)
    if tool is None:
        raise Missing(f"There is no tool {name[:100]!r}")
    standing = rate_limits.count("execute", str(caller.user.pk), caller.user.tier)
    if standing is not None and standing.is_over:
        raise RateLimited(f"At most {standing.limit} such calls are allowed at a time", scope="execute")
    if problems := problems_of(dict(arguments), tool.input_schema):
        raise Invalid("; ".join(f"{'.'.join(one.path) or 'arguments'}: {one.message}" for one in problems)[:2000])
    request = StartRequest(
        input=tool.trigger.tool_input(arguments, wire_time(timezone.now())),
        version="deployed",
        trigger_node_id=tool.trigger_node_id,
    )
    started = start(
        actor=caller.user, workflow_id=tool.workflow_id, request=request, by_key=caller.is_by_key, now=timezone.now()
    )
    return started.execution_id, tool.wait_s


def is_over(execution_id: UUID) -> bool:
    return runs.last_sequence(execution_id)[1]


def progress_of(execution_id: UUID) -> tuple[int, int]:
    """Return how many nodes of a run are done, of how many."""
    row = Execution.objects.get(pk=execution_id)
    return summaries_of([row])[row.pk].done, row.total


def result_of(caller: Caller, execution_id: UUID) -> tuple[dict[str, Any], bool]:
    """Return what a run gave, and whether it failed; of one that goes on, its id and status."""
    execution = runs.execution_for(caller.user, execution_id)
    status = execution.state.status
    facts = {"execution_id": str(execution_id), "status": status}
    if not runs.is_final(execution):
        return facts, False
    if status != "completed":
        error = execution.error or {}
        said = {"code": error.get("code") or status, "message": error.get("message") or f"The run is {status}"}
        return {**facts, **said}, True
    return {**facts, "items": [item.get("json", {}) for item in execution.output or ()]}, False


def shown(caller: Caller, execution_id: UUID) -> dict[str, Any]:
    """Return a run as a resource. Raises: Missing, ScopeMissing."""
    scopes.check(caller.shown, "read")
    return {**result_of(caller, execution_id)[0], "uri": f"heddle://executions/{execution_id}"}


def recent(caller: Caller) -> list[tuple[UUID, str, str]]:
    """Return (id, workflow's name, status) of the latest runs. Raises: ScopeMissing."""
    scopes.check(caller.shown, "read")
    rows = runs.executions_of(caller.user).select_related("state").order_by("-created_at", "-pk")[:20]
    return [(row.pk, row.workflow_name, row.state.status) for row in rows]


def stop(caller: Caller, execution_id: UUID) -> None:
    """Stop the run of a call that nobody waits for any more."""
    verbs.stop(execution_id=execution_id, by=caller.user.pk, reason="The MCP call was cancelled", now=timezone.now())


def _reading(caller: Caller) -> Caller:
    """Return a caller who may look up the tool that he may run."""
    return Caller(caller.user, None)


def _offered(user: User) -> Iterator[WorkflowVersion]:
    own = selectors.workflows_of(user).filter(status=Workflow.Status.ACTIVE, deployed_version__isnull=False)
    deployed = WorkflowVersion.objects.filter(
        workflow__in=own, number=F("workflow__deployed_version"), settings__mcp__enabled=True
    )
    yield from deployed.select_related("workflow").order_by("workflow__created_at", "workflow_id")[:MOST_TOOLS]


def _tool(version: WorkflowVersion, taken: set[str]) -> WorkflowTool | None:
    """Return a deployed version as a tool; None where it has no trigger that somebody can call."""
    workflow, given = version.workflow, version.settings["mcp"]
    definition = read(selectors.document_of_version(version))
    entry = _entry(workflow.owner_id, definition)
    if entry is None:
        return None
    trigger, trigger_type = entry
    name = _name(str(given.get("name") or workflow.slug or workflow.name), taken)
    taken.add(name)
    description = str(given.get("description") or workflow.description or f"Runs the workflow {workflow.name}.")
    wait_s = given.get("wait_s")
    return WorkflowTool(
        name, workflow.name, description[:4000], trigger_type.tool_schema(trigger.data.params), workflow.pk,
        trigger.id, trigger_type,
        WAIT_S if wait_s is None else float(wait_s),
    )  # fmt: skip


def _entry(user_id: UUID, definition: Definition) -> tuple[NodeSpec, AsTool] | None:
    """Return the trigger that a call enters by, of those that can be called so."""
    catalogue = selectors.catalogue_of(user_id, definition)
    found: list[tuple[NodeSpec, AsTool]] = []
    for node in sorted(definition.nodes, key=lambda one: one.id):
        node_type = catalogue.find(node.type, node.data.version)
        if isinstance(node_type, AsTool) and not node.data.settings.get("disabled"):
            found.append((node, node_type))
    return min(found, key=lambda one: one[1].tool_rank, default=None)


def _name(wanted: str, taken: set[str]) -> str:
    plain = _ODD.sub("_", wanted.lower()).strip("_")[:LONGEST_NAME] or "workflow"
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain[: LONGEST_NAME - 4]}_{number}"
    return name
