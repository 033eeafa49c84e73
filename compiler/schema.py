"""What a definition may look like, as JSON Schema: made from the models that read it, so both say the same."""

from __future__ import annotations

from typing import Any

from compiler.definition import MAX_EDGES, MAX_NODES, Definition, NodeSettings, WorkflowSettings
from compiler.exposing import McpToolSettings
from core.values.kinds import is_list, is_object

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def definition_schema() -> dict[str, Any]:
    """Return the schema of a posted workflow. Its settings, which are read when it is linked, are in it."""
    schema = Definition.model_json_schema()
    parts: dict[str, Any] = schema["$defs"]
    for model in (NodeSettings, WorkflowSettings, McpToolSettings):
        made = model.model_json_schema()
        parts |= made.pop("$defs", {})
        parts[model.__name__] = made
    _refer(parts["NodeData"], "settings", "NodeSettings")
    _refer(schema, "settings", "WorkflowSettings")
    parts["WorkflowSettings"]["properties"]["mcp"] = {"$ref": "#/$defs/McpToolSettings"}
    for name, most in (("nodes", MAX_NODES), ("edges", MAX_EDGES)):
        schema["properties"][name]["maxItems"] = most
    for model in (schema, *parts.values()):
        model["additionalProperties"] = True
    return {"$schema": DIALECT, **_without_titles(schema), "title": "Workflow", "$defs": _without_titles(parts)}


def _refer(model: dict[str, Any], key: str, name: str) -> None:
    model["properties"][key] = {"$ref": f"#/$defs/{name}", "default": {}}


def _without_titles(found: Any) -> Any:
    """Return a schema without the titles that are made of names."""
    if is_object(found):
        kept = ((key, value) for key, value in found.items() if key != "title" or not isinstance(value, str))
        return {key: _without_titles(value) for key, value in kept}
    return [_without_titles(one) for one in found] if is_list(found) else found
