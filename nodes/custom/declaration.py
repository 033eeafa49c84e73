"""What the class of a custom node says of itself, read from its syntax tree: nothing of it is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import Invalid

METHODS = ("run", "execute")
NEEDED = ("node_type", "name", "category")
_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,59}$"
_Kind = Literal["string", "number", "boolean", "select", "multi_select", "json", "code", "file"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Part):
    value: str | float | bool
    label: str = Field(default="", max_length=200)


class FieldSpec(_Part):
    """One field of the form. Credentials are not among them: secrets do not go into the jail."""

    name: str = Field(pattern=_NAME)
    type: _Kind = "string"
    label: str = Field(default="", max_length=120)
    required: bool = False
    default: Any = None
    options: tuple[Option, ...] = Field(default=(), max_length=500)
    placeholder: str = Field(default="", max_length=200)
    help: str = Field(default="", max_length=1000)
    language: str | None = Field(default=None, max_length=40)

    @field_validator("options", mode="before")
    @classmethod
    def _plain_options(cls, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [one if isinstance(one, dict) else {"value": one} for one in value]
        return value


class HandleSpec(_Part):
    name: str = Field(pattern=_NAME)
    label: str = Field(default="", max_length=80)


class CaseSpec(_Part):
    """A unit test that comes with the class: items in, what is to come out by `main`, or by each handle."""

    name: str = Field(default="", max_length=200)
    items: tuple[dict[str, Any], ...] = Field(default=(), max_length=100)
    params: dict[str, Any] = Field(default_factory=dict)
    expected: list[Any] | dict[str, list[Any]]


class Declaration(_Part):
    class_name: str
    node_type: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,59}$")
    name: str = Field(min_length=1, max_length=80)
    category: str = Field(min_length=1, max_length=40)
    description: str = Field(default="", max_length=500)
    icon: str = Field(default="box", max_length=40)
    color: str = Field(default="#64748b", pattern=r"^#[0-9a-fA-F]{6}$")
    summary: str = Field(default="", max_length=200)  # the node's second line: "{{ field }} of {{ other }}"
    fields: tuple[FieldSpec, ...] = Field(default=(), max_length=100)
    outputs: tuple[HandleSpec, ...] = Field(
        default=(HandleSpec(name="main", label="Output"),), min_length=1, max_length=20
    )
    per_item: bool = True
    timeout_s: float = Field(default=10, ge=0.1, le=120)
    memory_mb: int = Field(default=256, ge=16, le=1024)
    input_schema: dict[str, Any] = Field(default_factory=dict)
    output_schema: dict[str, Any] = Field(default_factory=dict)
    tests: tuple[CaseSpec, ...] = Field(default=(), max_length=50)

    @field_validator("outputs", mode="before")
    @classmethod
    def _plain_outputs(cls, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [one if isinstance(one, dict) else {"name": one} for one in value]
        return value

    @field_validator("outputs", "fields")
    @classmethod
    def _names_once(cls, value: Any) -> Any:
        names = [one.name for one in value]
        if len(set(names)) < len(names):
            raise ValueError("a name stands more than once")
        if "error" in names and isinstance(value[0], HandleSpec):
            raise ValueError("every node has the output `error` already")
        return value


_SAID = frozenset(Declaration.model_fields) - {"class_name"}


def declared(tree: ast.Module) -> Declaration:
    """Return what the node's class declares. Raises: Invalid, holding every problem at once."""
    found = _node_class(tree)
    if found is None:
        raise _refused([("code", "required", "A class with node_type, name and category is needed.")])
    said, problems = _said(found)
    problems += [("code", "required", f"The class must declare {name}.") for name in NEEDED if name not in said]
    methods = {one.name for one in found.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}
    if not methods.intersection(METHODS):
        problems.append(("code", "required", "The class needs a method run(self, item, params)."))
    if problems:
        raise _refused(problems)
    try:
        return Declaration(class_name=found.name, **said)
    except ValidationError as exc:
        raise _refused(
            [
                (f"code.{'.'.join(map(str, error['loc']))}", error["type"], error["msg"].removeprefix("Value error, "))
                for error in exc.errors(include_url=False, include_input=False)
            ]
        ) from exc


def _node_class(tree: ast.Module) -> ast.ClassDef | None:
    """Return the class that declares most of what is needed, the last one of several."""
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef)]
    ranked = sorted(classes, key=lambda one: len(set(NEEDED) & {name for name, _ in _assigned(one)}))
    return ranked[-1] if ranked else None


def _assigned(found: ast.ClassDef) -> list[tuple[str, ast.expr]]:
    made: list[tuple[str, ast.expr]] = []
    for one in found.body:
        if isinstance(one, ast.Assign) and len(one.targets) == 1 and isinstance(one.targets[0], ast.Name):
            made.append((one.targets[0].id, one.value))
        elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.value is not None:
            made.append((one.target.id, one.value))
    return made


def _said(found: ast.ClassDef) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    said: dict[str, Any] = {}
    problems: list[tuple[str, str, str]] = []
    for name, value in _assigned(found):
        if name not in _SAID and name != "params":
            continue
        try:
            said[name] = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            text = f"{name} must be a plain value: it is read, not run (line {value.lineno})."
            problems.append(("code", "invalid", text))
    params = said.pop("params", None)
    if isinstance(params, Mapping) and "fields" not in said:
        said["fields"] = [_field_of(str(name), default) for name, default in params.items()]
    if "description" not in said:
        said["description"] = re.sub(r"\s+", " ", ast.get_docstring(found) or "")[:500]
    return said, problems


def _field_of(name: str, default: Any) -> dict[str, Any]:
    """Return the field of a param that is given by its default alone."""
    kind = "json"
    if isinstance(default, bool):
        kind = "boolean"
    elif isinstance(default, (int, float)):
        kind = "number"
    elif isinstance(default, str):
        kind = "string"
    return {"name": name, "type": kind, "default": default}


def _refused(problems: list[tuple[str, str, str]]) -> Invalid:
    errors = [{"field": field, "code": code, "message": message} for field, code, message in problems]
    return Invalid(problems[0][2] if len(problems) == 1 else f"{len(problems)} fields are wrong", errors=errors)
