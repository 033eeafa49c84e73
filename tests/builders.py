"""Definitions in few words, for tests."""

from __future__ import annotations

from typing import Any

from compiler.compiler import Compiled, compile_definition
from compiler.definition import read
from nodes.catalogue import Catalogue
from nodes.registry import builtin_catalogue


def node(node_id: str, kind: str = "no_op", params: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    return {
        "id": node_id,
        "type": kind,
        "position": {"x": 0, "y": 0},
        "data": {"label": node_id, "params": params or {}, **data},
    }


def edge(source: str, target: str, out: str = "main", into: str = "main") -> dict[str, Any]:
    return {
        "id": f"{source}.{out}-{target}.{into}", "source": source, "sourceHandle": out, "target": target, "targetHandle": into,
    }  # fmt: skip


def graph(nodes: list[dict[str, Any]], edges: list[dict[str, Any]], **settings: Any) -> dict[str, Any]:
    return {"nodes": [node("start", "manual_trigger"), *nodes], "edges": edges, "settings": settings}


def chain(*nodes: dict[str, Any], **settings: Any) -> dict[str, Any]:
    ids = ["start", *(entry["id"] for entry in nodes)]
    return graph(list(nodes), [edge(one, two) for one, two in zip(ids, ids[1:], strict=False)], **settings)


def set_node(node_id: str, **fields: Any) -> dict[str, Any]:
    return node(node_id, "set", {"assignments": [{"name": name, "value": value} for name, value in fields.items()]})


def compiled(document: dict[str, Any], catalogue: Catalogue | None = None) -> Compiled:
    return compile_definition(read(document), catalogue or builtin_catalogue())[0]
