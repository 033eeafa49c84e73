"""The definition: what the editor saves, read strictly where it matters and kept as it is elsewhere.

posted JSON ─▶ `read` ─▶ Definition ─▶ `body` (what affects execution, hashed) + `layout` (the rest) ─▶ `merged` again
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from compiler.diagnostics import InvalidDefinition
from core.json import MAX_DEPTH, canonical, dumps_own
from core.json.key_order import is_in_stored_order
from core.json.weight import weight
from core.values.kinds import is_list, is_object

MAX_NODES = 2_000
MAX_EDGES = 10_000
MAX_JSON_DEPTH = MAX_DEPTH
NOTE = "note"
TOLD = "tool_description"  # stands in a body only where there is one: bodies without stay as they are
Identifier = Annotated[str, Field(min_length=1, max_length=64)]


class Retry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    max_attempts: int = Field(default=1, ge=1, le=50)
    delay_s: float = Field(default=5, ge=0, le=86_400)
    backoff: float = Field(default=2, ge=1, le=10)


class NodeSettings(BaseModel):
    """How a node runs, whatever its type."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    retry: Retry = Retry()
    timeout_s: float | None = Field(default=None, gt=0, le=86_400)
    on_error: Literal["fail", "continue", "error_handle", "ask"] = "fail"
    disabled: bool = False
    cache_ttl_s: float | None = Field(default=None, gt=0, le=2_592_000)  # a result is used again so long
    queue: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")] | None = None  # other workers do its turns


class MoneyLimits(BaseModel):
    """What a run may spend on models, with all below it and all retries of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    max_cost_usd: float | None = Field(default=None, ge=0, le=1_000_000)
    max_tokens: int | None = Field(default=None, ge=0)


class WorkflowSettings(BaseModel):
    """What of a workflow's settings decides how a run goes."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    timeout_s: float = Field(default=300, gt=0, le=86_400)
    timezone: str = "UTC"
    error_policy: Literal["fail_fast", "let_others_finish"] = "fail_fast"
    max_nesting_depth: int = Field(default=3, ge=0, le=20)
    keeps_test_state: bool = False  # what nodes keep in runs that are not production's is for production too
    budget: MoneyLimits | None = None


class NodeData(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")
    label: str = Field(default="", max_length=200)
    version: int = Field(default=1, ge=1, le=1000)
    params: dict[str, Any] = Field(default_factory=dict)
    credentials: dict[str, str | None] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    tool_description: str = Field(default="", max_length=4000)  # what a model is told of it, where it is a tool


class NodeSpec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")
    id: Identifier
    type: Annotated[str, Field(min_length=1, max_length=100)]
    data: NodeData = Field(default_factory=NodeData)


class EdgeSpec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")
    id: Annotated[str, Field(max_length=200)] = ""
    source: Identifier
    sourceHandle: str | None = Field(default=None, max_length=200)
    target: Identifier
    targetHandle: str | None = Field(default=None, max_length=200)


class Definition(BaseModel):
    """A graph as posted."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    nodes: tuple[NodeSpec, ...] = ()
    edges: tuple[EdgeSpec, ...] = ()
    viewport: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)

    @cached_property
    def body(self) -> dict[str, Any]:
        """What affects execution: notes and layout left out, nodes in order of id."""
        kept = {"timeout_s", "timezone", "error_policy", "max_nesting_depth", "keeps_test_state", "budget"}
        return {
            "nodes": [
                {
                    "id": node.id,
                    "type": node.type,
                    "label": node.data.label,
                    "version": node.data.version,
                    "params": node.data.params,
                    "credentials": {slot: value for slot, value in node.data.credentials.items() if value},
                    "settings": node.data.settings,
                    **({TOLD: node.data.tool_description} if node.data.tool_description else {}),
                }
                for node in sorted(self.nodes, key=lambda node: node.id)
                if node.type != NOTE
            ],
            "edges": [
                {
                    "id": edge.id,
                    "source": edge.source,
                    "sourceHandle": edge.sourceHandle or "main",
                    "target": edge.target,
                    "targetHandle": edge.targetHandle or "main",
                }
                for edge in self.edges
            ],
            "settings": {key: value for key, value in self.settings.items() if key in kept},
        }

    @cached_property
    def _measured(self) -> tuple[str, int]:
        written = canonical(self.body)
        # Params that are in no order of their own are the same in any. What stands in another one is something else:
        # a form shows its fields in it, a request sends them in it.
        ordered = [params for node in self.body["nodes"] if not is_in_stored_order(params := node["params"])]
        if ordered:
            written += dumps_own(ordered)
        wide = 0 if written.isascii() else 3 * len(written)  # one wide character makes four bytes of each in its text
        return hashlib.sha256(written).hexdigest(), weight(written) + wide

    @property
    def hash(self) -> str:
        return self._measured[0]

    @property
    def weight(self) -> int:
        """About how many bytes of memory its values take."""
        return self._measured[1]

    @cached_property
    def layout(self) -> dict[str, Any]:
        """The rest: what the editor needs to draw the same picture again."""
        return {
            "nodes": [_node_layout(node) for node in self.nodes],
            "viewport": self.viewport,
            "edges": {edge.id: edge.__pydantic_extra__ for edge in self.edges if edge.__pydantic_extra__ and edge.id},
        }


def _node_layout(node: NodeSpec) -> dict[str, Any]:
    extra: dict[str, Any] = {"id": node.id, **(node.__pydantic_extra__ or {})}
    if node.type == NOTE:
        return {**extra, "type": node.type, "data": node.data.model_dump()}
    data = node.data.__pydantic_extra__ or {}
    return {**extra, "data": data} if data else extra


def merged(body: Mapping[str, Any], layout: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{nodes, edges, viewport, settings}` in React Flow's shape from a stored body and its layout."""
    known = {node["id"]: node for node in body["nodes"]}
    order = layout.get("nodes") or [{"id": node_id} for node_id in known]
    nodes: list[dict[str, Any]] = []
    for drawn in order:
        if drawn["id"] not in known:
            nodes.append(drawn)
            continue
        node = known[drawn["id"]]
        data = _data_of(node)
        nodes.append({**drawn, "type": node["type"], "data": {**drawn.get("data", {}), **data}})
    extras: Mapping[str, Any] = layout.get("edges") or {}
    return {
        "nodes": nodes,
        "edges": [{**edge, **extras.get(edge["id"], {})} for edge in body["edges"]],
        "viewport": layout.get("viewport") or {},
        "settings": body.get("settings") or {},
    }


def _data_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a node of a stored body."""
    return {key: node[key] for key in ("label", "version", "params", "credentials", "settings", TOLD) if key in node}


def kinds_of(definition: Definition) -> frozenset[str]:
    """Return the kinds of nodes that stand in a definition."""
    return frozenset(node.type for node in definition.nodes)


def read(document: Any) -> Definition:
    """Read posted JSON as a graph. Raises: InvalidDefinition with every shape error."""
    if not is_object(document):
        raise _refused([_error("", "invalid", "The definition must be an object.")])
    if _too_deep(document):
        raise _refused([_error("", "too_deep", f"The definition is nested deeper than {MAX_JSON_DEPTH}.")])
    for name, most in (("nodes", MAX_NODES), ("edges", MAX_EDGES)):
        entries = document.get(name)
        if is_list(entries) and len(entries) > most:
            raise _refused([_error(name, "max_length", f"At most {most} {name}.")])
    try:
        definition = Definition.model_validate(
            {key: value for key, value in document.items() if value is not None or key not in ("viewport", "settings")}
        )
    except ValidationError as exc:
        raise _refused(
            [
                _error(".".join(str(step) for step in error["loc"]), error["type"], error["msg"])
                for error in exc.errors(include_url=False)
            ]
        ) from exc
    errors = [*_duplicates(definition)]
    if errors:
        raise _refused(errors)
    return definition


def from_body(body: Mapping[str, Any]) -> Definition:
    """Read a stored body."""
    nodes = [
        {
            "id": node["id"],
            "type": node["type"],
            "data": _data_of(node),
        }
        for node in body["nodes"]
    ]
    return Definition.model_validate({"nodes": nodes, "edges": body["edges"], "settings": body["settings"]})


def _duplicates(definition: Definition) -> Iterator[dict[str, str]]:
    for name, ids in (
        ("nodes", [node.id for node in definition.nodes]),
        ("edges", [edge.id for edge in definition.edges if edge.id]),
    ):
        repeated = {value for value, times in Counter(ids).items() if times > 1}
        for at, value in enumerate(ids):
            if value in repeated and value in ids[:at]:
                yield _error(f"{name}.{at}.id", "duplicate_id", f"The id {value!r} stands more than once.")


def _error(field: str, code: str, message: str) -> dict[str, str]:
    return {"field": field, "code": code, "message": message}


def _refused(errors: list[dict[str, str]]) -> InvalidDefinition:
    noun = "field is" if len(errors) == 1 else "fields are"
    return InvalidDefinition(f"The graph cannot be read: {len(errors)} {noun} wrong", errors=errors[:100])


def _too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MAX_JSON_DEPTH):
        level = [
            inner
            for value in level
            for inner in (value.values() if is_object(value) else value)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True
