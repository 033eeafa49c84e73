"""The file of a workflow that goes from one installation to another: no secret in it, and no id of a credential."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.workflows.imported_file import Imported, ImportUnreadable

VERSION = 1
KEYS = ("name", "description", "nodes", "edges", "viewport", "settings", "tags")
OF_ONE_PLACE = "error_workflow_id"  # a setting that means something here alone


def exported(
    document: Mapping[str, Any], about: Mapping[str, Any], credentials_needed: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the file of a graph; `about` has name, description and tags."""
    settings = {key: value for key, value in document["settings"].items() if key != OF_ONE_PLACE}
    return {
        "heddle": VERSION,
        "name": about["name"],
        "description": about["description"],
        "nodes": [without_credentials(node) for node in document["nodes"]],
        "edges": document["edges"],
        "viewport": document["viewport"],
        "settings": settings,
        "tags": about["tags"],
        "credentials_needed": list(credentials_needed),
    }


def without_credentials(node: Any) -> Any:
    """Return a node that names its slots for credentials, and none of them."""
    data = node.get("data") if isinstance(node, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("credentials"), dict):
        return node
    return {**node, "data": {**data, "credentials": dict.fromkeys(data["credentials"])}}


def is_portable(document: Any) -> bool:
    return isinstance(document, dict) and ("heddle" in document or {"nodes", "edges"} <= document.keys())


def read_portable(document: Mapping[str, Any]) -> Imported:
    """Return what a file of ours came to. Raises: ImportUnreadable."""
    version = document.get("heddle", VERSION)
    if version != VERSION:
        raise ImportUnreadable(f"The file is of version {str(version)[:20]!r}; this installation reads {VERSION}")
    fields = {key: document[key] for key in KEYS if document.get(key) is not None}
    nodes = fields.setdefault("nodes", [])
    fields.setdefault("edges", [])
    if not isinstance(nodes, list):
        raise ImportUnreadable("`nodes` is not a list of nodes")
    fields["nodes"] = [without_credentials(node) for node in nodes]
    if isinstance(fields.get("settings"), dict):
        fields["settings"] = {key: value for key, value in fields["settings"].items() if key != OF_ONE_PLACE}
    made = Imported("heddle", fields)
    needed = document.get("credentials_needed")
    for entry in needed if isinstance(needed, list) else ():
        if isinstance(entry, dict):
            made.credentials_needed.append(
                {key: str(entry.get(key) or "") for key in ("node_id", "slot", "type", "name")}
            )
    return made
