"""Answers that are JSON: read out of what a model says, and held against a schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from core.json import NotStorable, dumps_text, loads
from nodes.base import NodeContext, NodeFailed

MOST_FAULTS = 10
CHECK_MS = 200.0  # a schema of an author can make a check take long: it is done where it can be ended
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)\n?\s*```", re.DOTALL | re.IGNORECASE)


def told(schema: Mapping[str, Any] | None) -> str:
    """Return what a model is told of the form of its answer."""
    if schema is None:
        return "Answer with one JSON object and nothing else."
    written = dumps_text(dict(schema), is_compact=True)
    return f"Answer with JSON that fits this JSON Schema, and with nothing else:\n{written}"


def again(faults: list[str]) -> str:
    """Return what a model is told of an answer that does not fit."""
    listed = "\n".join(f"- {fault}" for fault in faults)
    return f"Your answer does not fit:\n{listed}\nAnswer again, with the whole JSON and nothing else."


async def fitted(ctx: NodeContext, text: str, schema: Mapping[str, Any] | None) -> tuple[Any, list[str]]:
    """Return what a text holds as JSON, and what is wrong with it. Raises: NodeFailed "invalid_params"."""
    given = None if schema is None else dict(schema)
    made: list[Any] = await ctx.compute(_fitted, text, given, cost_ms=0.0 if given is None else CHECK_MS)
    return made[0], made[1]


def _fitted(text: str, schema: dict[str, Any] | None) -> list[Any]:
    try:
        value = loads(_json_in(text))
    except NotStorable as exc:
        return [None, [f"It is no JSON: {exc}"[:300]]]
    if schema is None:
        return [value, [] if isinstance(value, dict) else ["It is no JSON object"]]
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as exc:
        raise NodeFailed("invalid_params", f"The schema is none: {exc.message}"[:300]) from exc
    return [value, _faults(value, schema)]


def _faults(value: Any, schema: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for error in Draft202012Validator(schema).iter_errors(value):  # pyright: ignore[reportUnknownMemberType]
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        found.append(f"{place.lstrip('.') or 'The whole'}: {error.message}"[:300])
        if len(found) == MOST_FAULTS:
            break
    return found


def _json_in(text: str) -> str:
    """Return the JSON in a text: all of it, or what stands in a fence."""
    fenced = _FENCED.search(text)
    return fenced.group(1) if fenced and not text.lstrip().startswith(("{", "[")) else text.strip()
