"""Methods of objects: a few of JavaScript's and n8n's own."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

from compiler.expressions.functions.output import stringify, to_json
from compiler.expressions.functions.table import Methods, argument
from compiler.expressions.scope import Scope
from compiler.expressions.values import in_order, is_nullish, keys_of, text_of
from core.values.kinds import is_object

OBJECT_METHODS = Methods()


@OBJECT_METHODS.native("toString", "toLocaleString")
def to_string(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    return "[object Object]"


@OBJECT_METHODS.native("valueOf")
def value_of(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    return value


@OBJECT_METHODS.native("hasOwnProperty", "propertyIsEnumerable")
@OBJECT_METHODS.extension("hasField")
def has_field(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    return text_of(argument(arguments, 0)) in value


@OBJECT_METHODS.extension("keys")
def keys(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    return keys_of(value)


@OBJECT_METHODS.extension("values")
def values(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    return list(in_order(value).values())


@OBJECT_METHODS.extension("isEmpty")
def is_empty(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    return not value


@OBJECT_METHODS.extension("isNotEmpty")
def is_not_empty(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    return bool(value)


@OBJECT_METHODS.extension("removeField")
def remove_field(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    name = text_of(argument(arguments, 0))
    return {key: entry for key, entry in value.items() if key != name}


@OBJECT_METHODS.extension("removeFieldsContaining")
def remove_containing(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    part = text_of(argument(arguments, 0))
    return {key: entry for key, entry in value.items() if not (isinstance(entry, str) and part in entry)}


@OBJECT_METHODS.extension("keepFieldsContaining")
def keep_containing(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    part = text_of(argument(arguments, 0))
    return {key: entry for key, entry in value.items() if isinstance(entry, str) and part in entry}


@OBJECT_METHODS.extension("compact")
def compact(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    scope.budget.spend(len(value))
    made: dict[str, Any] = {}
    for key, entry in value.items():
        if is_nullish(entry) or entry in ("", "nil") or entry in ({}, []):
            continue
        whole: Any = entry
        made[key] = compact(scope, whole, []) if isinstance(entry, dict) else whole
    return made


@OBJECT_METHODS.extension("merge")
def merge(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    other = argument(arguments, 0, {})
    return {**(other if is_object(other) else {}), **value}


@OBJECT_METHODS.extension("urlEncode")
def url_encode(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    return "&".join(
        f"{quote_plus(key)}={quote_plus(text_of(entry, scope.budget.spend), errors='replace')}"
        for key, entry in in_order(value).items()
    )


@OBJECT_METHODS.extension("toJsonString")
def to_json_string(scope: Scope, value: dict[str, Any], arguments: list[Any]) -> Any:
    return stringify(to_json(value, scope.budget))
