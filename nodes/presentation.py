"""Node types as the editor wants them: JSON schema, fields in drawing order, ports."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from nodes.base import NodeType, Port
from nodes.catalogue import Catalogue
from nodes.helpers import TOOL, Slot

CATEGORIES = {
    "trigger": ("Triggers", "#16a34a"),
    "flow": ("Flow", "#7c3aed"),
    "ai": ("AI", "#9333ea"),
    "ai_helpers": ("Beside AI steps", "#9333ea"),
    "transform": ("Transform", "#0891b2"),
    "data": ("Data formats", "#d97706"),
    "people": ("People", "#db2777"),
    "network": ("Network", "#2563eb"),
}

SPELLED = {
    "ascii": "ASCII", "css": "CSS", "hmac": "HMAC", "html": "HTML", "input1": "input 1", "input2": "input 2",
    "javascript": "JavaScript", "json": "JSON", "llm": "LLM", "md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256",
    "sha384": "SHA-384", "sha512": "SHA-512", "sha3-256": "SHA3-256", "sha3-512": "SHA3-512", "url": "URL",
    "uuid": "UUID",
}  # fmt: skip


class _FormSchema(GenerateJsonSchema):
    """Names params and their values, inner ones too, in the words that people read."""

    def get_title_from_name(self, name: str) -> str:
        return _words(name)

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        labels = {value: _words(value) for value in schema["expected"] if isinstance(value, str)}
        return {**super().literal_schema(schema), "option_labels": labels}


def schema_of(params: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema that a form of these params is drawn from."""
    return params.model_json_schema(schema_generator=_FormSchema)


@lru_cache(maxsize=512)
def presented(node_type: NodeType[Any]) -> dict[str, Any]:
    """Return the wire form of a node type."""
    look = node_type.look
    schema = schema_of(node_type.Params)
    schema.setdefault("properties", {})
    outputs = [_port(port) for port in node_type.outputs]
    if node_type.has_error_output:
        outputs.append({"name": "error", "label": "Error", "gives": "items", "is_error": True})
    if node_type.can_be_tool:
        outputs.append({"name": TOOL, "label": "Tool", "gives": TOOL, "is_error": False})
    return {
        "kind": node_type.kind,
        "version": node_type.version,
        "label": look.label,
        "category": look.category,
        "description": look.description,
        "icon": look.icon,
        "color": look.color,
        "is_trigger": node_type.is_trigger,
        "is_custom": node_type.is_custom,
        "per_item": node_type.per_item,
        "effect": node_type.effect,
        "default_timeout_s": node_type.default_timeout_s,
        "inputs": [
            {
                "name": port.name,
                "label": port.label,
                "accepts": port.kind,
                "multiple": port.multiple,
                "required": port.required,
            }
            for port in node_type.inputs
        ]
        + [_slot(slot) for slot in node_type.slots],
        "outputs": outputs,
        "output_fields": [{"name": name, "type": kind} for name, kind in look.output_fields],
        "params_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema},
        "fields": fields_of(schema),
        "credentials": [
            {"slot": slot.name, "types": list(slot.types), "required": slot.required} for slot in node_type.credentials
        ],
        "dynamic_outputs": dict(node_type.dynamic_outputs) if node_type.dynamic_outputs else None,
        "dynamic_inputs": dict(node_type.dynamic_inputs) if node_type.dynamic_inputs else None,
        "loop_handle": node_type.loop_handle,
        "summary": look.summary,
        "aliases": list(look.aliases),
        "docs": f"## {look.label}\n\n{look.description}\n\n{look.docs}".strip(),
        "deprecated": node_type.deprecated,
    }


def _port(port: Port) -> dict[str, Any]:
    return {"name": port.name, "label": port.label, "gives": port.kind, "is_error": False}


def _slot(slot: Slot) -> dict[str, Any]:
    return {
        "name": slot.name, "label": slot.label or _words(slot.name), "accepts": slot.accepts, "multiple": slot.many,
        "required": slot.required,
    }  # fmt: skip


def fields_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Derive the form's fields from a JSON schema."""
    needed = set(schema.get("required", []))
    definitions = schema.get("$defs", {})
    return [_field(name, entry, name in needed, definitions) for name, entry in schema["properties"].items()]


def _field(name: str, schema: dict[str, Any], required: bool, definitions: dict[str, Any]) -> dict[str, Any]:
    kind, options = _kind(schema, definitions)
    labels: dict[str, str] = schema.get("option_labels", {})
    return {
        "name": name,
        "type": schema.get("field", kind),
        "label": schema.get("title") or name.replace("_", " ").capitalize(),
        "required": required,
        "default": schema.get("default"),
        "options": [{"value": value, "label": labels.get(value) or _words(str(value))} for value in options],
        "placeholder": schema.get("placeholder", ""),
        "help": schema.get("description", ""),
        "group": "main" if required or schema.get("group") == "main" else schema.get("group", "main"),
        "show_if": schema.get("show_if"),
        "expression": schema.get("expression", True),
        "language": schema.get("language"),
    }


def _words(value: str) -> str:
    """Return what people read for one of a param's values: its words, and names as they are spelled."""
    text = SPELLED.get(value) or " ".join(SPELLED.get(word, word) for word in value.split("_"))
    return text[:1].upper() + text[1:]


def _kind(schema: dict[str, Any], definitions: dict[str, Any]) -> tuple[str, list[Any]]:
    if "$ref" in schema:
        schema = {**definitions.get(schema["$ref"].rsplit("/", 1)[-1], {}), **schema}
    if "anyOf" in schema:
        inner = [part for part in schema["anyOf"] if part.get("type") != "null"]
        return _kind(inner[0], definitions) if len(inner) == 1 else ("json", [])
    if "enum" in schema or "const" in schema:
        return "select", list(schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    if kind == "array" and "enum" in schema.get("items", {}):
        return "multi_select", list(schema["items"]["enum"])
    simple = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean"}
    return simple.get(str(kind), "json"), []


def categories_of(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the categories that have node types, with the kinds in each."""
    found: dict[str, list[str]] = {}
    for kind in catalogue.kinds():
        node_type = catalogue.newest(kind)
        if node_type is not None:
            found.setdefault(node_type.look.category, []).append(kind)
    known = [*CATEGORIES, *sorted(found.keys() - CATEGORIES.keys())]
    return [
        {
            "slug": slug,
            "label": CATEGORIES.get(slug, (slug, ""))[0],
            "color": CATEGORIES.get(slug, ("", "#64748b"))[1],
            "kinds": found[slug],
        }
        for slug in known
        if slug in found
    ]
