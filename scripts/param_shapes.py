"""Says what a param looks like, from its JSON Schema: `list of objects`, and a table for the objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
NAMES = {"string": "text", "boolean": "true or false", "object": "object", "integer": "whole number"}


def type_of(schema: Schema, definitions: Schema) -> str:
    """Return a param's type in words, such as `text`, `list of numbers`, `object or none`."""
    if "$ref" in schema:
        return type_of(_resolved(schema, definitions), definitions)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_of(one, definitions) for one in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return "one of"
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_many(type_of(schema.get('items', {}), definitions))}"
    if kind == "null":
        return "none"
    return NAMES.get(str(kind), str(kind) if kind else "any value")


def _many(one: str) -> str:
    return {"any value": "any values", "text": "texts", "one of": "any of"}.get(one, f"{one}s")


def choices_of(schema: Schema, definitions: Schema) -> list[str]:
    """Return the values that a param can have, where it has a fixed set."""
    schema = _resolved(schema, definitions)
    if "anyOf" in schema:
        return [value for one in schema["anyOf"] for value in choices_of(one, definitions)]
    if schema.get("type") == "array":
        return choices_of(schema.get("items", {}), definitions)
    return [str(value) for value in schema.get("enum", [schema["const"]] if "const" in schema else [])]


def limits_of(schema: Schema) -> str:
    """Return the bounds of a number, a text or a list in words; empty where there are none."""
    least = schema.get("minimum", schema.get("minItems"))
    most = schema.get("maximum", schema.get("maxItems"))
    if least is not None and most is not None:
        return f"{least:,} to {most:,}"
    if most is not None:
        return f"at most {most:,}"
    return f"at least {least:,}" if least else ""


def objects_in(name: str, schema: Schema, definitions: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield where objects with fields of their own stand in a param, with their schemas, outer ones first."""
    schema = _resolved(schema, definitions)
    for one in schema.get("anyOf", []):
        yield from objects_in(name, one, definitions)
    if schema.get("type") == "array":
        yield from objects_in(f"{name}[]", schema.get("items", {}), definitions)
    if properties := schema.get("properties"):
        yield name, schema
        for key, inner in properties.items():
            yield from objects_in(f"{name}.{key}", inner, definitions)


def rows_of(schema: Schema, definitions: Schema) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, type, default and a note for each field of an object."""
    needed = set(schema.get("required", []))
    for name, entry in schema.get("properties", {}).items():
        whole = _resolved(entry, definitions)
        choices = ", ".join(f"`{value}`" for value in choices_of(entry, definitions))
        note = "; ".join(part for part in (entry.get("description", ""), choices, limits_of(whole)) if part)
        default = "needed" if name in needed else f"`{_json(entry.get('default'))}`"
        yield name, type_of(entry, definitions), default, note.replace("|", "\\|")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return {**definitions.get(schema["$ref"].rsplit("/", 1)[-1], {}), **beside}
