"""The Set node: makes, renames and removes fields."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.json import TooDeep, dumps_text, loads
from core.values.kinds import is_list, is_object
from core.values.numbers import as_number, is_exact, read_number
from core.values.paths import copied, has_path, remove_path, set_path
from nodes import costs
from nodes.base import Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.budget import Budget, check_size
from nodes.handlers.transform.rename_keys import moved
from nodes.items import Item

READING = 40  # ms a megabyte of JSON
SHOWN = reprlib.Repr()  # of a long value only its beginning is written
SHOWN.maxstring = 250


class Assignment(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    name: str = Field(min_length=1, max_length=500)
    value: Any = None
    type: Literal["any", "string", "number", "boolean", "array", "object"] = "any"


def _if(field: str, value: str | bool) -> dict[str, Any]:
    return {"show_if": {"field": field, "in": [value]}}


class SetParams(NodeParams):
    mode: Literal["manual", "raw"] = Field(
        default="manual", title="Mode", description="Fields one by one, or one JSON object"
    )
    assignments: list[Assignment] = Field(
        default=[],
        title="Fields",
        description="Name (dotted for nested) and value",
        json_schema_extra=_if("mode", "manual"),
    )
    json_output: Any = Field(
        default=None, title="JSON", description="The object, in mode raw", json_schema_extra=_if("mode", "raw")
    )
    keep_other: bool = Field(default=True, title="Keep other fields")
    include: Literal["all", "selected", "except"] = Field(
        default="all", title="Which other fields", json_schema_extra=_if("keep_other", True)
    )
    include_fields: list[str] = Field(default=[], title="Fields to keep", json_schema_extra=_if("include", "selected"))
    exclude_fields: list[str] = Field(
        default=[], title="Fields to leave out", json_schema_extra=_if("include", "except")
    )
    rename: dict[str, str] = Field(default={}, title="Rename", description="Old name to new name")
    remove: list[str] = Field(default=[], title="Remove")
    dot_notation: bool = Field(default=True, title="Dots mean nesting")


class SetFields(NodeType[SetParams]):
    """Make a new object for each item.

    Raises: NodeFailed "invalid_value" when a value does not fit its type or the JSON is not an object, "names_meet".
    """

    kind = "set"
    Params = SetParams
    look = Look(
        label="Set",
        description="Makes, renames and removes fields.",
        category="transform",
        icon="pencil",
        color="#0891b2",
        summary="{{ assignments.length }} fields",
        aliases=("edit fields", "assign", "rename", "map"),
        docs="Other fields are kept unless `keep_other` is off; `include` narrows them. Then come "
        "renames, removals and "
        "assignments, in this order. A name with dots reaches into nested objects and lists (`a.b[0]`).",
    )

    def fields_given(self, params: Mapping[str, Any]) -> frozenset[str] | None:
        given, is_manual = params.get("assignments"), params.get("mode", "manual") == "manual"
        if params.get("keep_other", True) is not False or not is_manual or not is_list(given):
            return None
        names = [one.get("name") for one in given if is_object(one)]
        if not all(isinstance(name, str) and name and "{{" not in name for name in names):
            return None
        return frozenset(part for name in names for part in (str(name), re.split(r"[.\[]", str(name))[0]))

    async def run(self, params: SetParams, item: Item, ctx: NodeContext) -> NodeResult:
        source = item["json"]
        made = moved(kept_fields(source, params), list(params.rename.items()), dots=params.dot_notation)
        for name in params.remove:
            made = remove_path(made, name)
        if params.mode == "raw":
            text = params.json_output
            cost = costs.of_text(text, READING) if isinstance(text, str) else 0
            made = {**made, **await ctx.compute(object_of, text, cost_ms=cost)}
        counting = Budget()
        made = dict(made)
        warnings = _missing(source, params)
        for assignment in params.assignments if params.mode == "manual" else ():
            value = assignment.value
            warnings += _rounded(assignment)
            if assignment.type != "any":
                value = await ctx.compute(
                    converted, value, assignment.type, assignment.name, cost_ms=_cost_ms(assignment)
                )
                if isinstance(value, (str, list, dict)):
                    counting.part(value)
            made = _put(made, assignment.name, value, dots=params.dot_notation)
        result: Item = {"json": made}
        if "binary" in item and params.keep_other:
            result["binary"] = item["binary"]
        return NodeResult({"main": [result]}, warnings=tuple(warnings))


def _missing(source: dict[str, Any], params: SetParams) -> list[tuple[str, str, str]]:
    """Return warnings of fields that are named and not there."""
    named = [("rename", name) for name in params.rename]
    if params.keep_other and params.include == "selected":
        named += [("include_fields", name) for name in params.include_fields]
    return [
        ("field_missing", where, f"There is no field {name!r}"[:300])
        for where, name in named
        if not has_path(source, name)
    ]


def _rounded(assignment: Assignment) -> list[tuple[str, str, str]]:
    """Return a warning of a text whose digits a number does not hold."""
    value = assignment.value
    number = read_number(value) if assignment.type == "number" and isinstance(value, str) else None
    if number is None or is_exact(value, number):
        return []
    return [("rounded", "assignments", f"The number in {assignment.name!r} has more digits than are kept"[:300])]


def kept_fields(source: dict[str, Any], params: SetParams) -> dict[str, Any]:
    if not params.keep_other:
        return {}
    if params.include == "selected":
        made: dict[str, Any] = {}
        for name in params.include_fields:
            made = copied(source, made, name)
        return made
    if params.include == "except":
        made = source
        for name in params.exclude_fields:
            made = remove_path(made, name)
        return made
    return source


def _put(made: dict[str, Any], name: str, value: Any, *, dots: bool) -> dict[str, Any]:
    if dots and ("." in name or "[" in name):
        return set_path(made, name, value)
    made[name] = value  # a copy of ours
    return made


def _cost_ms(assignment: Assignment) -> float:
    """Return what a conversion takes: JSON is read or written."""
    value = assignment.value
    if isinstance(value, str):
        return costs.of_text(value, READING)
    return costs.of_slow_value(value, 150) if assignment.type == "string" and isinstance(value, (list, dict)) else 0


def object_of(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = loads(value)
        except TooDeep as exc:
            raise NodeFailed("invalid_output", f"The JSON cannot be kept: {exc}") from exc
        except ValueError as exc:
            raise NodeFailed("invalid_value", f"The JSON cannot be read: {exc}") from exc
    if not is_object(value):
        raise NodeFailed("invalid_value", "The JSON must be an object")
    return value


def converted(value: Any, wanted: str, name: str) -> Any:
    """Return a value in the type that was asked for. Raises: NodeFailed."""
    if value is None:
        return None
    try:
        if wanted == "string":
            return value if isinstance(value, str) else dumps_text(check_size(value))
        if wanted == "number":
            return _number(value)
        if wanted == "boolean":
            return value if isinstance(value, bool) else _boolean(value)
        parsed = loads(value) if isinstance(value, str) else value
    except TooDeep as exc:
        raise NodeFailed("invalid_output", f"{name!r} cannot be kept: {exc}"[:300]) from exc
    except (ValueError, TypeError, OverflowError) as exc:
        raise NodeFailed("invalid_value", f"{name!r} is not a {wanted}: {SHOWN.repr(value)}"[:300]) from exc
    if not (is_list(parsed) if wanted == "array" else is_object(parsed)):
        raise NodeFailed("invalid_value", f"{name!r} is not an {wanted}: {SHOWN.repr(value)}"[:300])
    return parsed


def _number(value: Any) -> int | float:
    number = int(value) if isinstance(value, bool) else as_number(value)
    if number is None:
        raise ValueError(value)
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 2**53 else number


def _boolean(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in ("true", "1", "yes", "on"):
        return True
    if text in ("false", "0", "no", "off", ""):
        return False
    raise ValueError(text)
