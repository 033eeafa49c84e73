"""The linked graph: specs joined with their node types, edges by both ends. Frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from compiler.definition import NOTE, Definition, NodeSettings, Retry, WorkflowSettings
from compiler.diagnostics import Diagnostic
from compiler.params import ParamsTemplate, compile_params
from core.json import dumps_lossy
from core.values.kinds import is_object
from core.values.misfits import message_of
from nodes.base import NodeType
from nodes.catalogue import Catalogue
from nodes.custom.node_type import CustomBatchNodeType, CustomNodeType
from nodes.helpers import TOOL

MAY_READ = (b"vars", b"variables", b"evaluateExpression")  # in params: code of both languages, and expressions
MOST_TOLD = 20  # unknown settings of one node


@dataclass(frozen=True)
class Node:
    """One node with its type. Its params are compiled when they are first asked for: many only look at the shape."""

    id: str
    label: str
    kind: str
    version: int
    params: Mapping[str, Any]
    credentials: Mapping[str, str]
    settings: NodeSettings
    type: NodeType[Any] | None
    given_template: ParamsTemplate | None = None  # in place of that of its params
    tool_description: str = ""  # what a model is told, where it is a tool

    @cached_property
    def template(self) -> ParamsTemplate | None:
        """Its compiled params; None where its type is not known."""
        if self.given_template is not None or self.type is None:
            return self.given_template
        return compile_params(self.type, self.params)

    @property
    def is_trigger(self) -> bool:
        return self.type is not None and self.type.is_trigger

    @property
    def known_type(self) -> NodeType[Any]:
        """Its type, of a node that runs: the checks let none through whose type is not known."""
        if self.type is None:
            raise LookupError(f"the node type {self.kind!r} is not known")
        return self.type

    @property
    def known_template(self) -> ParamsTemplate:
        """Its compiled params, of a node that runs."""
        if self.template is None:
            raise LookupError(f"the node type {self.kind!r} is not known")
        return self.template


@dataclass(frozen=True, slots=True)
class Edge:
    id: str
    source: str
    source_handle: str
    target: str
    target_handle: str
    order: int  # its place in the definition: items of several edges into one handle are joined in this order


@dataclass(frozen=True, slots=True)
class CallableWorkflow:
    """A workflow that can be called: which others it calls itself, and what is wrong with it."""

    name: str
    calls: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Tables:
    """What a compile needs from the database, gathered by the caller; None where it is not known, so not checked."""

    credential_types: Mapping[str, str] | None = None  # types of the owner's credentials by id
    credential_hosts: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]]
    )  # where they may go
    workflows: Mapping[str, CallableWorkflow] | None = None  # those it calls, and those they call, by id
    workflow_id: str | None = None  # its own
    error_workflow_problem: str = ""  # why the one that its settings name cannot run; empty: it can, or none is named
    people: frozenset[str] | None = None  # of the accounts it names, the ids of those that are active


@dataclass(frozen=True)
class Graph:
    """Steps in order of id; only edges whose both ends exist are in `outgoing` and `incoming`.

    Helpers are folded into the steps whose slots they fill: they and their edges stand apart (`compiler.slots`).
    """

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    settings: WorkflowSettings
    hash: str
    tables: Tables = field(default_factory=Tables)
    findings: tuple[Diagnostic, ...] = ()
    helpers: Mapping[str, Node] = field(default_factory=dict[str, Node])
    helper_edges: tuple[Edge, ...] = ()  # that begin at a helper, or lead to one, or into a slot
    derived: dict[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)  # worked out once

    @cached_property
    def reads_variables(self) -> bool:
        """Whether anything in it may read variables: params that name them, or node types that others wrote."""
        for node in self.all_nodes.values():
            if isinstance(node.type, (CustomNodeType, CustomBatchNodeType)):
                return True
            text = dumps_lossy(dict(node.params))
            if any(word in text for word in MAY_READ):
                return True
        return False

    @cached_property
    def all_nodes(self) -> Mapping[str, Node]:
        """Steps and helpers, in order of id."""
        return dict(sorted([*self.nodes.items(), *self.helpers.items()])) if self.helpers else self.nodes

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Edge, ...]]:
        return self._by(lambda edge: edge.source)

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Edge, ...]]:
        return self._by(lambda edge: edge.target)

    def _by(self, end: Callable[[Edge], str]) -> Mapping[str, tuple[Edge, ...]]:
        found: dict[str, list[Edge]] = {node_id: [] for node_id in self.nodes}
        for edge in self.edges:
            if edge.source in found and edge.target in found:
                found[end(edge)].append(edge)
        return {node_id: tuple(edges) for node_id, edges in found.items()}

    @cached_property
    def by_label(self) -> Mapping[str, str]:
        return {node.label: node.id for node in reversed(list(self.nodes.values()))}

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        return tuple(node.id for node in self.nodes.values() if node.is_trigger and not node.settings.disabled)

    def reachable(self, *starts: str) -> frozenset[str]:
        """Return the nodes that edges lead to from these, themselves included."""
        seen, waiting = set(starts), list(starts)
        while waiting:
            for edge in self.outgoing[waiting.pop()]:
                if edge.target not in seen:
                    seen.add(edge.target)
                    waiting.append(edge.target)
        return frozenset(seen)

    def called(self) -> tuple[tuple[str, str, str], ...]:
        """Return (node id, param, workflow id) of each call of another workflow."""
        return tuple(
            (node.id, node.type.calls, str(node.params.get(node.type.calls)))
            for node in self.all_nodes.values()
            if node.type is not None and node.type.calls is not None and node.params.get(node.type.calls)
        )

    def people(self) -> frozenset[str]:
        """Return the ids of the accounts that its nodes name."""
        return frozenset(
            user_id
            for node in self.all_nodes.values()
            for _, user_id in (node.type.people(node.params) if node.type is not None else ())
        )

    def node_id_of(self, name: str) -> str | None:
        """Return the node that an expression means by a label; an id is taken too."""
        return self.by_label.get(name) or (name if name in self.nodes else None)


def link(definition: Definition, catalogue: Catalogue, tables: Tables | None = None) -> Graph:
    """Join specs with their node types; what does not fit becomes a finding."""
    findings: list[Diagnostic] = []
    nodes: dict[str, Node] = {}
    for spec in sorted(definition.nodes, key=lambda spec: spec.id):
        if spec.type == NOTE:
            continue
        node_type = catalogue.find(spec.type, spec.data.version)
        node_settings, problems = _node_settings(spec.id, spec.data.settings)
        findings.extend(problems)
        nodes[spec.id] = Node(
            id=spec.id,
            label=spec.data.label or spec.id,
            kind=spec.type,
            version=spec.data.version,
            params=spec.data.params,
            credentials={slot: value for slot, value in spec.data.credentials.items() if value},
            settings=node_settings,
            type=node_type,
            tool_description=spec.data.tool_description,
        )
    edges = tuple(
        Edge(
            edge.id or f"#{at}", edge.source, edge.sourceHandle or "main", edge.target, edge.targetHandle or "main", at
        )
        for at, edge in enumerate(definition.edges)
    )
    of_workflow, problems = _workflow_settings(definition.settings)
    as_tools = {edge.source for edge in edges if edge.source_handle == TOOL}
    helpers = {node_id: node for node_id, node in nodes.items() if _is_helper(node, as_tools)}
    beside = tuple(edge for edge in edges if _is_beside(edge, nodes, helpers))
    apart = {edge.order for edge in beside}
    return Graph(
        {node_id: node for node_id, node in nodes.items() if node_id not in helpers},
        tuple(edge for edge in edges if edge.order not in apart) if beside else edges,
        of_workflow, definition.hash, tables or Tables(), (*findings, *problems), helpers, beside,
    )  # fmt: skip


def _is_helper(node: Node, as_tools: Set[str]) -> bool:
    """Tell whether a node is no step: it gives something by its type, or is used as a tool."""
    if node.type is None or node.type.gives is not None:
        return node.type is not None
    has_own = TOOL in node.type.output_names(node.params)  # which leads on, as the others do
    return node.id in as_tools and node.type.can_be_tool and not has_own


def _is_beside(edge: Edge, nodes: Mapping[str, Node], helpers: Mapping[str, Node]) -> bool:
    if edge.source in helpers or edge.target in helpers:
        return True
    target = nodes[edge.target].type if edge.target in nodes else None
    return target is not None and any(slot.name == edge.target_handle for slot in target.slots)


def _node_settings(node_id: str, raw: Mapping[str, Any]) -> tuple[NodeSettings, list[Diagnostic]]:
    retry = raw.get("retry")
    unknown = [key for key in raw if key not in NodeSettings.model_fields]
    unknown += [f"retry.{key}" for key in (retry if is_object(retry) else ()) if key not in Retry.model_fields]
    told = [
        Diagnostic(
            "unknown_setting", f"There is no setting {key!r}", node_id, f"settings.{key}"[:200], severity="warning"
        )
        for key in sorted(map(str, unknown))[:MOST_TOLD]
    ]
    try:
        return NodeSettings.model_validate({key: value for key, value in raw.items() if value is not None}), told
    except ValidationError as exc:
        return NodeSettings(), [
            Diagnostic("invalid_config", message_of(error), node_id, ".".join(("settings", *map(str, error["loc"]))))
            for error in exc.errors(include_url=False)
        ]


def _workflow_settings(raw: Mapping[str, Any]) -> tuple[WorkflowSettings, list[Diagnostic]]:
    try:
        return WorkflowSettings.model_validate({key: value for key, value in raw.items() if value is not None}), []
    except ValidationError as exc:
        return WorkflowSettings(), [
            Diagnostic("invalid_config", message_of(error), None, ".".join(("settings", *map(str, error["loc"]))))
            for error in exc.errors(include_url=False)
        ]


def with_findings(graph: Graph, findings: tuple[Diagnostic, ...]) -> Graph:
    return replace(graph, findings=findings)
