"""What changed between two versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Compare two documents: nodes added, removed and changed by field, edges by id, settings, layout."""
    old, new = ({node["id"]: node for node in document["nodes"]} for document in (before, after))
    old_edges, new_edges = ({_edge_key(edge): edge for edge in document["edges"]} for document in (before, after))
    changed = [
        {"id": node_id, "label": _label(new[node_id]), "changes": changes}
        for node_id in sorted(old.keys() & new.keys())
        if (changes := _changes(_meaning(old[node_id]), _meaning(new[node_id])))
    ]
    return {
        "nodes": {
            "added": sorted(new.keys() - old.keys()),
            "removed": sorted(old.keys() - new.keys()),
            "changed": changed,
        },
        "edges": {
            "added": [new_edges[key].get("id") for key in sorted(new_edges.keys() - old_edges.keys())],
            "removed": [old_edges[key].get("id") for key in sorted(old_edges.keys() - new_edges.keys())],
        },
        "settings": _changes(before["settings"], after["settings"]),
        "layout_changed": _layout(before) != _layout(after),
    }


def _meaning(node: Mapping[str, Any]) -> dict[str, Any]:
    data = node.get("data") or {}
    kept = {key: data.get(key) for key in ("label", "version", "params", "credentials", "settings")}
    if told := data.get("tool_description"):
        kept["tool_description"] = told
    return {"type": node.get("type"), **kept}


def _label(node: Mapping[str, Any]) -> str:
    return str((node.get("data") or {}).get("label") or node["id"])


def _edge_key(edge: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(edge.get(key) or "main") for key in ("source", "sourceHandle", "target", "targetHandle"))


def _layout(document: Mapping[str, Any]) -> Any:
    drawn = {
        node["id"]: {key: value for key, value in node.items() if key not in ("data", "type")}
        for node in document["nodes"]
    }
    return drawn, document.get("viewport")


def _changes(before: Any, after: Any, field: str = "") -> list[dict[str, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        found: list[dict[str, Any]] = []
        for key in sorted(before.keys() | after.keys()):
            found.extend(_changes(before.get(key), after.get(key), f"{field}.{key}" if field else str(key)))
        return found
    return [] if before == after else [{"field": field, "before": before, "after": after}]
