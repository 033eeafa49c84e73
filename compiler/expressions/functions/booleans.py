"""Methods of booleans, and the few that n8n allows on null and undefined."""

from __future__ import annotations

from typing import Any

from compiler.expressions.functions.table import Methods
from compiler.expressions.scope import Scope

BOOLEAN_METHODS = Methods()
NULLISH_METHODS = Methods()


@BOOLEAN_METHODS.native("toString", "toLocaleString")
def to_string(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return "true" if value else "false"


@BOOLEAN_METHODS.native("valueOf")
@BOOLEAN_METHODS.extension("toBoolean")
def to_boolean(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return value


@BOOLEAN_METHODS.extension("toInt", "toNumber", "toFloat")
def to_number(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return int(value)


@BOOLEAN_METHODS.extension("isEmpty")
def is_empty_boolean(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return False


@NULLISH_METHODS.extension("isEmpty")
def is_empty(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return True


@NULLISH_METHODS.extension("isNotEmpty", "toBoolean")
def is_not_empty(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return False
