"""What fills the slots of a graph's nodes: helpers by slot, whom each serves, and tools as a model is told of them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.expressions.asked import NOTHING, Asked
from compiler.graph import Edge, Graph, Node
from compiler.params import Field
from core.json import dumps
from nodes.helper_types import ToolSetType, ToolType
from nodes.helpers import TOOL, Gives, Helper, Slot

MOST_DEEP = 5  # helpers that stand beside helpers: each level is looked through anew in a run
NAME_LENGTH = 64
_OTHER = re.compile(r"[^a-z0-9]+")
Filled = Mapping[str, Mapping[str, tuple[str, ...]]]  # by node, then by slot: helpers in the order of their edges


def slots_of(node: Node) -> Mapping[str, Slot]:
    return {slot.name: slot for slot in node.type.slots} if node.type is not None else {}


def gives_of(node: Node) -> Gives | None:
    """Return what a helper gives."""
    if node.type is None:
        return None
    return node.type.gives or TOOL


def output_of(node: Node) -> str:
    """Return the one output of a helper."""
    return gives_of(node) or ""


def filled(graph: Graph) -> Filled:
    """Return what fills the slots; helpers that are switched off fill none, edges that fit nowhere none either."""
    known: Filled | None = graph.derived.get("filled")
    if known is None:
        found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for edge in graph.helper_edges:
            if fits(graph, edge) and not graph.helpers[edge.source].settings.disabled:
                beside = found[edge.target][edge.target_handle]
                if edge.source not in beside:
                    beside.append(edge.source)
        known = {node_id: {slot: tuple(ids) for slot, ids in by_slot.items()} for node_id, by_slot in found.items()}
        graph.derived["filled"] = known
    return known


def fits(graph: Graph, edge: Edge) -> bool:
    """Tell whether an edge leads from a helper's output into a slot that accepts it."""
    source, target = graph.helpers.get(edge.source), graph.all_nodes.get(edge.target)
    if source is None or target is None or edge.source_handle != output_of(source):
        return False
    slot = slots_of(target).get(edge.target_handle)
    return slot is not None and slot.accepts == gives_of(source)


def served(graph: Graph) -> Mapping[str, frozenset[str]]:
    """Return the steps that each helper serves, those of the helpers beside which it stands included."""
    known: Mapping[str, frozenset[str]] | None = graph.derived.get("served")
    if known is None:
        targets: dict[str, list[str]] = {node_id: [] for node_id in graph.helpers}
        for edge in graph.helper_edges:
            if edge.source in targets and edge.target in graph.all_nodes:
                targets[edge.source].append(edge.target)
        known = graph.derived["served"] = {node_id: _steps(graph, node_id, targets) for node_id in targets}
    return known


def _steps(graph: Graph, helper_id: str, targets: Mapping[str, list[str]]) -> frozenset[str]:
    seen: set[str] = set()
    waiting = [helper_id]
    while waiting:
        for target in targets.get(waiting.pop(), ()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return frozenset(seen & graph.nodes.keys())


# -- tools ------------------------------------------------------------------------------------------------------------
def helpers_in(graph: Graph, node_id: str, slot: str) -> tuple[Helper, ...]:
    """Return the helpers that fill a slot of a node, as it is told of them."""
    key = f"helpers:{node_id}:{slot}"
    known: tuple[Helper, ...] | None = graph.derived.get(key)
    if known is None:
        taken: set[str] = set()
        ids = filled(graph).get(node_id, {}).get(slot, ())
        known = graph.derived[key] = tuple(_helper(graph.helpers[helper_id], taken) for helper_id in ids)
    return known


def _helper(node: Node, taken: set[str]) -> Helper:
    gives, node_type = gives_of(node) or TOOL, node.known_type
    effect = node_type.effect_of(node.params)
    if gives != TOOL or isinstance(node_type, ToolSetType):
        return Helper(node.id, node.label, node.kind, gives, effect, is_set=isinstance(node_type, ToolSetType))
    name, description = node_type.named(node.params) if isinstance(node_type, ToolType) else ("", "")
    return Helper(
        node.id, node.label, node.kind, gives, effect, unique_name(name or node.label, taken),
        description or node.tool_description or node.label, input_schema(node),
    )  # fmt: skip


def unique_name(text: str, taken: set[str]) -> str:
    """Return the name of a tool made of a text, `[a-z0-9_]{1,64}`, which is none of those taken; it is then."""
    ascii_text = unicodedata.normalize("NFKD", text[:500]).encode("ascii", "ignore").decode()
    plain = _OTHER.sub("_", ascii_text.lower()).strip("_")[:NAME_LENGTH].rstrip("_") or "tool"
    name, number = plain, 2
    while name in taken:
        name = f"{plain[: NAME_LENGTH - len(str(number)) - 1]}_{number}"
        number += 1
    taken.add(name)
    return name


def input_schema(node: Node) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments: those of its type, and what its params ask for."""
    own = _own_arguments(node)
    properties: dict[str, Any] = {**own.get("properties", {})}
    required: list[str] = [*own.get("required", ())]
    for key, uses in asked_by_key(node).items():
        merged = _merged(uses)
        properties[key] = merged.schema
        if merged.default is NOTHING:
            required.append(key)
    made = {"type": "object", "additionalProperties": False, **own, "properties": properties}
    if required:
        made["required"] = list(dict.fromkeys(required))
    return made


def _own_arguments(node: Node) -> Mapping[str, Any]:
    return node.type.arguments(node.params) if isinstance(node.type, ToolType) else {}


def asked_by_key(node: Node) -> dict[str, list[Asked]]:
    """Return the uses of `$fromAI` in a node's params, by key, in the order in which they stand."""
    found: dict[str, list[Asked]] = {}
    for _, asked in node.template.asked if node.template else ():
        found.setdefault(asked.key, []).append(asked)
    return found


def _merged(uses: list[Asked]) -> Asked:
    """Return what all uses of a key say together: what one of them leaves out, another may say."""
    kind = next((one.type for one in uses if one.type), "")
    description = next((one.description for one in uses if one.description), "")
    default = next((one.default for one in uses if one.default is not NOTHING), NOTHING)
    return Asked(uses[0].key, description, kind, default, uses[0].position)


def conflicts(node: Node) -> Iterator[tuple[Field, str]]:
    """Yield (field, key) of each use of `$fromAI` that says something else of its key than one before it."""
    said: dict[str, dict[str, Any]] = {}
    own: Mapping[str, Any] = _own_arguments(node).get("properties", {})
    for field, one in node.template.asked if node.template else ():
        before = said.setdefault(one.key, {})
        default = "" if one.default is NOTHING else dumps(one.default)
        now: dict[str, Any] = {"type": one.type, "description": one.description, "default": default}
        if one.key in own or any(value and before.get(name) and before[name] != value for name, value in now.items()):
            yield field, one.key
        before.update({name: value for name, value in now.items() if value and not before.get(name)})
