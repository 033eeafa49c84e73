"""A custom node's class: made anew for each call, its method called with what its parameters ask for by name."""

from __future__ import annotations

import inspect
from typing import Any

from . import python_code
from .results import NoResult, items_of

METHODS = ("run", "execute")


class CustomNode:
    """What the class of a custom node may build on."""


def run(request: dict[str, Any], logs: python_code.Logs) -> list[dict[str, Any]]:
    """Run the class over the items; returns items with the `handle` they leave by. Raises whatever it raises."""
    scope = python_code.namespace(logs, {"CustomNode": CustomNode, "BaseNode": CustomNode})
    exec(python_code.compiled(request["code"]), scope)  # noqa: S102 (this is what the jail is for)
    node = scope[request["class"]]()
    method = next(getattr(node, name) for name in METHODS if hasattr(node, name))
    items, handles = request["items"], request["handles"]
    values = {"params": request["params"], "items": items, "vars": request.get("vars") or {}}
    if request["mode"] == "all_items":
        return _placed(_result(method, {**values, "item": items[0] if items else None}, "items"), handles, None)
    made: list[dict[str, Any]] = []
    for at, item in enumerate(items):
        made += _placed(_result(method, {**values, "item": item}, "item"), handles, at)
    return made


_NAMES = {
    "item": "item", "items": "items", "params": "params", "config": "params", "parameters": "params",
    "vars": "vars", "variables": "vars", "context": "vars", "ctx": "vars", "input_data": "json", "data": "json",
    "json": "json", "inputs": "items",
}  # fmt: skip


def _result(method: Any, values: dict[str, Any], first: str) -> Any:
    """Call the method with what its parameters are named after; unnamed ones are the items, then the params."""
    values["json"] = (values["item"] or {}).get("json", {})
    order = iter((first, "params", "vars"))
    arguments: dict[str, Any] = {}
    positional: list[Any] = []
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        wanted = _NAMES.get(name)
        if wanted is None:
            if parameter.default is not parameter.empty:
                continue
            wanted = next(order, None)
        if wanted is None:
            raise TypeError(f"There is nothing to give for the parameter {name!r}")
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional.append(values[wanted])
        else:
            arguments[name] = values[wanted]
    return python_code.awaited(method(*positional, **arguments))


def _placed(result: Any, handles: list[str], at: int | None) -> list[dict[str, Any]]:
    """Return a result as items by handle: a dict of handles is that, anything else leaves by the first."""
    by_handle = {handles[0]: result}
    if isinstance(result, dict) and result and set(result) <= set(handles):
        if all(value is None or isinstance(value, (list, tuple)) for value in result.values()):
            by_handle = result
        elif len(handles) > 1:
            raise NoResult("Each output is to be given a list of items")
    made = []
    for handle, value in by_handle.items():
        for item in items_of(value):
            paired = {} if at is None or "pairedItem" in item else {"pairedItem": {"item": at}}
            made.append({**paired, **item, "handle": handle})
    return made
