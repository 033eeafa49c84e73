"""What a form may be: a JSON Schema small enough that checking it, with all it refers to, is little work.

Looked at when a form is saved, and again before it is used: what was stored earlier is held to the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import re2

from core.json import dumps_own, loads_own

MOST_BYTES = 64 * 1024
MOST_DEPTH = 20
MOST_SCHEMAS = 1_000  # with each reference counted as all that it stands for
MOST_PROPERTIES = 200  # of one object
MOST_CHOICES = 1_000  # of one enum
MOST_PATTERN = 500
PATTERN_MEMORY_BYTES = 64 * 1024

NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLE = ("items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else")
DEFINITIONS = ("$defs", "definitions")  # count where they are referred to
REFUSED = (
    "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$anchor", "unevaluatedItems",
    "unevaluatedProperties",
)  # fmt: skip


class TooMuch(Exception):
    """Why a schema is no form."""


def bound_problem(form: Mapping[str, Any]) -> str:
    """Return why a form is more than is checked, or nothing."""
    try:
        raw = dumps_own(form)
    except (TypeError, ValueError):
        return "it cannot be written as JSON"
    if len(raw) > MOST_BYTES:
        return f"it has more than {MOST_BYTES // 1024} KiB"
    return _bound_problem(raw)


@lru_cache(maxsize=512)
def _bound_problem(raw: bytes) -> str:
    try:
        _Measure(loads_own(raw)).all()
    except TooMuch as exc:
        return str(exc)
    return ""


def compiled(pattern: str) -> Any:
    """Return a pattern for the linear-time engine, in little memory. Raises: re2.error."""
    options = re2.Options()
    options.max_mem = PATTERN_MEMORY_BYTES
    options.log_errors = False
    return re2.compile(pattern, options)


class _Measure:
    """Walks a schema and whatever it refers to; each target is measured once."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()

    def all(self) -> None:
        """Raises: TooMuch."""
        self._size(self._root, 1)
        for name in DEFINITIONS:
            for schema in _values(self._root, name):
                self._size(schema, 2)

    def _size(self, schema: Any, depth: int) -> int:
        if not isinstance(schema, Mapping):
            return 1
        known = self._sizes.get(id(schema))
        if known is not None:
            return known
        if id(schema) in self._open:
            raise TooMuch("a part of it refers to itself")
        if depth > MOST_DEPTH:
            raise TooMuch(f"it is nested more than {MOST_DEPTH} deep")
        self._open.add(id(schema))
        _check_keywords(schema, is_root=schema is self._root)
        size = 1 + sum(self._size(inner, depth + 1) for inner in self._parts(schema))
        self._open.discard(id(schema))
        if size > MOST_SCHEMAS:
            raise TooMuch(f"with all it refers to it has more than {MOST_SCHEMAS} parts")
        self._sizes[id(schema)] = size
        return size

    def _parts(self, schema: Mapping[str, Any]) -> Iterator[Any]:
        for name in NAMED:
            if name not in DEFINITIONS:
                yield from _values(schema, name)
        for name in LISTED:
            yield from schema[name] if isinstance(schema.get(name), list) else ()
        for name in SINGLE:
            inner = schema.get(name)
            yield from inner if isinstance(inner, list) else (inner,) if isinstance(inner, Mapping) else ()
        if "$ref" in schema:
            yield self._target(schema["$ref"])

    def _target(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise TooMuch("it refers to something that is not in it")
        at: Any = self._root
        for step in unquote(reference[1:]).split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(at, Mapping) and name in at:
                at = at[name]
            elif isinstance(at, list) and name.isascii() and name.isdigit() and len(name) < 6 and int(name) < len(at):
                at = at[int(name)]
            else:
                raise TooMuch("it refers to something that is not in it")
        if reference not in ("#",) and not reference.startswith("#/"):
            raise TooMuch("it refers to something that is not in it")
        return at


def _check_keywords(schema: Mapping[str, Any], *, is_root: bool) -> None:
    """Raises: TooMuch."""
    refused = next((name for name in REFUSED if name in schema), None)
    if refused is not None or ("$id" in schema and not is_root):
        raise TooMuch(f"{refused or '$id'} is not for forms")
    for name in NAMED:
        if len(schema.get(name) or ()) > MOST_PROPERTIES:
            raise TooMuch(f"it has more than {MOST_PROPERTIES} {name} in one place")
    if isinstance(schema.get("enum"), list) and len(schema["enum"]) > MOST_CHOICES:
        raise TooMuch(f"it has more than {MOST_CHOICES} choices in one place")
    patterns = schema.get("patternProperties")
    for pattern in (schema.get("pattern"), *(patterns if isinstance(patterns, Mapping) else ())):
        if isinstance(pattern, str):
            _check_pattern(pattern)


def _check_pattern(pattern: str) -> None:
    if len(pattern) > MOST_PATTERN:
        raise TooMuch(f"a pattern has more than {MOST_PATTERN} characters")
    try:
        compiled(pattern)
    except re2.error as exc:
        raise TooMuch(f"{pattern[:80]!r} is no pattern that can be checked") from exc


def _values(schema: Any, name: str) -> Iterator[Any]:
    inner = schema.get(name) if isinstance(schema, Mapping) else None
    if isinstance(inner, Mapping):
        yield from inner.values()
