"""Params with expressions in them: compiled once per node, evaluated for each item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Any

from pydantic import BaseModel, ValidationError

from compiler.diagnostics import Diagnostic
from compiler.expressions import ExpressionSyntaxError, Names, Template, compile_template, has_expression
from compiler.expressions.asked import Asked
from compiler.known import expression_weight, remembered
from core.values.kinds import is_list, is_mapping, is_object
from core.values.misfits import message_of
from nodes.base import NodeParams, NodeType

Field = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ParamsTemplate:
    """The params of one node: a constant where no expression stands in them."""

    raw: Mapping[str, Any]
    templates: tuple[tuple[Field, Template], ...]
    constant: NodeParams | None
    problems: tuple[tuple[str, str, Field, str], ...] = ()  # (code, message, field, severity)
    asked: tuple[tuple[Field, Asked], ...] = ()  # what they ask a model for, where the node is a tool

    def values(
        self, names: Names, unresolved: list[tuple[str, str]], check: Callable[[], None] | None = None
    ) -> dict[str, Any]:
        """Return the params for one item, not validated yet; notes (field, text) of bodies that came to nothing.

        `check` is called behind each expression, and may raise.
        """
        values: list[Any] = []
        found: list[str] = []
        for field, template in self.templates:
            values.append(template.evaluate(names, found))
            if found:
                unresolved.extend((dotted(field), text) for text in found)
                found.clear()
            if check is not None:
                check()
        return self.filled(values)

    def filled(self, values: Sequence[Any]) -> dict[str, Any]:
        """Return the params with a value in place of each expression."""
        made = dict(self.raw)
        own: set[int] = set()  # containers that are copies of ours already
        for (field, _), value in zip(self.templates, values, strict=True):
            if len(field) == 1:
                made[str(field[0])] = value  # params are an object: the first step is a name
            else:
                _put(made, field, value, own)
        return made

    def texts(self) -> list[str]:
        """Return the texts of the expressions."""
        raw: Any = self.raw
        return [reduce(getitem, field, raw) for field, _ in self.templates]


def dotted(field: Field) -> str:
    return ".".join(("params", *map(str, field)))


def _put(made: dict[str, Any], field: Field, value: Any, own: set[int]) -> None:
    """Set a value deep inside, copying what is on the way, once: the raw params are shared by all items."""
    inner: Any = made
    for step in field[:-1]:
        if id(inner[step]) not in own:
            inner[step] = dict(inner[step]) if isinstance(inner[step], dict) else list(inner[step])
            own.add(id(inner[step]))
        inner = inner[step]
    inner[field[-1]] = value


def compile_params(node_type: NodeType[Any], raw: Mapping[str, Any]) -> ParamsTemplate:
    """Compile a node's params and say what is wrong with them."""
    raw = {**_default_expressions(node_type.Params, raw), **raw}
    templates: list[tuple[Field, Template]] = []
    problems: list[tuple[str, str, Field, str]] = []
    asked: list[tuple[Field, Asked]] = []
    literal = _fields_with(node_type.Params, "expression", False)
    late = _fields_with(node_type.Params, "late", True)
    opaque = _fields_with(node_type.Params, "raw", True)
    read = {name: value for name, value in raw.items() if name not in opaque}
    for field, text in _expressions(read, holds=_may_be_template):
        if not has_expression(text):
            if field[0] not in literal and text.count("}") > text.count("{"):
                problems.append(("expression_looks_unbalanced", "The braces do not pair up.", field, "warning"))
            continue
        if field[0] in literal:
            problems.append(("invalid_config", "No expression can stand here.", field, "error"))
            continue
        try:
            template = compile_template(text)
        except ExpressionSyntaxError as exc:
            problems.append(("expression_syntax", f"{exc.message} (column {exc.position + 1})", field, "error"))
            continue
        asked += [(field, one) for one in template.asked]
        problems += [(code, f"{message}.", field, "warning") for code, message in template.doubts]
        if template.looks_unbalanced:
            problems.append(("expression_looks_unbalanced", "The braces do not pair up.", field, "warning"))
        if any(part.evaluate is not None for part in template.parts) and field[0] not in late:
            templates.append((field, template))
    constant: NodeParams | None = None
    try:
        checked = node_type.Params.model_validate(raw)
        constant = checked if not templates and not problems else None
    except ValidationError as exc:
        for error in exc.errors(include_url=False):
            if error["type"] == "missing" or not _holds_expression(error["input"]):
                problems.append(_problem(error))
    return ParamsTemplate(raw, tuple(templates), constant, tuple(problems), tuple(asked))


def mapping_template(mapping: Mapping[str, Any]) -> ParamsTemplate:
    """Compile what a node evaluates itself, wherever in it expressions stand. Raises: ExpressionSyntaxError."""
    return ParamsTemplate(mapping, tuple((field, _compiled(text)) for field, text in _expressions(mapping)), None)


_compiled = remembered(compile_template, 8 * 1024 * 1024, expression_weight)


def _problem(error: Mapping[str, Any]) -> tuple[str, str, Field, str]:
    missing = error["type"] in ("missing", "string_too_short") and (error["type"] == "missing" or error["input"] == "")
    message = "This is needed." if error["type"] == "missing" else message_of(error)
    if error["type"] == "extra_forbidden":
        message = "This parameter is not known."
    return "missing_config" if missing else "invalid_config", message, tuple(error["loc"]), "error"


def diagnostics_of(node_id: str, template: ParamsTemplate) -> Iterator[Diagnostic]:
    for code, message, field, severity in template.problems:
        yield Diagnostic(code, message, node_id, dotted(field), severity="error" if severity == "error" else "warning")


def _may_be_template(text: str) -> bool:
    return has_expression(text) or "}}" in text


def _expressions(
    value: Any, field: Field = (), holds: Callable[[str], bool] = has_expression
) -> Iterator[tuple[Field, str]]:
    if isinstance(value, str):
        if holds(value):
            yield field, value
    elif is_mapping(value):
        for key, entry in value.items():
            yield from _expressions(entry, (*field, key), holds)
    elif is_list(value):
        for at, entry in enumerate(value):
            yield from _expressions(entry, (*field, at), holds)


def _holds_expression(value: Any) -> bool:
    return next(_expressions(value), None) is not None


def _default_expressions(params: type[BaseModel], given: Mapping[str, Any]) -> dict[str, str]:
    """Return the params that are not given and whose default is an expression: it is evaluated as one that is given."""
    return {
        info.alias or name: info.default
        for name, info in params.model_fields.items()
        if isinstance(info.default, str) and (info.alias or name) not in given and has_expression(info.default)
    }


def _fields_with(params: type[BaseModel], mark: str, value: bool) -> frozenset[str]:
    return frozenset(
        info.alias or name
        for name, info in params.model_fields.items()
        if is_object(info.json_schema_extra) and info.json_schema_extra.get(mark) is value
    )
