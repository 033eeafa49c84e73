"""Data against a form: a JSON Schema that somebody else wrote.

Nothing is fetched for it, and its patterns run on an engine that takes linear time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import re2
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.exceptions import SchemaError, best_match
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not fit, and where."""

    message: str
    path: tuple[str, ...]


def _pattern(validator: Any, pattern: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if isinstance(instance, str):
        try:
            fits = re2.search(pattern, instance) is not None
        except re2.error:
            yield ValidationError(f"{pattern!r} is no pattern that can be checked")
            return
        if not fits:
            yield ValidationError(f"{instance[:100]!r} does not match {pattern!r}")


_Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
_NOTHING: Registry[Any] = Registry()


MOST_PROBLEMS = 50


def problem_of(data: Any, form: Mapping[str, Any]) -> Problem | None:
    """Return the worst problem of data with a form, or None where it fits."""
    found = _found(data, form)
    if isinstance(found, Problem):
        return found
    worst = best_match(found)
    return None if worst is None else _shown(worst)


def problems_of(data: Any, form: Mapping[str, Any]) -> list[Problem]:
    """Return all problems of data with a form."""
    found = _found(data, form)
    return [found] if isinstance(found, Problem) else [_shown(one) for one in found[:MOST_PROBLEMS]]


def form_problem(form: Mapping[str, Any]) -> str:
    """Return why something is no form, or nothing."""
    if form.get("type", "object") != "object":
        return "the form must describe an object"
    try:
        _Validator.check_schema(form)
    except SchemaError as exc:
        return f"the form is no JSON Schema: {exc.message}"[:500]
    return ""


def _found(data: Any, form: Mapping[str, Any]) -> list[ValidationError] | Problem:
    try:
        _Validator.check_schema(form)
        return list(_Validator(form, registry=_NOTHING, format_checker=FormatChecker()).iter_errors(data))
    except SchemaError as exc:
        return Problem(f"The form is no JSON Schema: {exc.message}"[:500], ())
    except (Unresolvable, RecursionError):
        return Problem("The form refers to something that is not in it", ())


def _shown(found: ValidationError) -> Problem:
    path = tuple(map(str, found.absolute_path))
    if found.validator == "required":  # it speaks of the object; what is missing is a field of it
        needed, given = cast("list[str]", found.validator_value), cast("dict[str, Any]", found.instance)
        missing = next((name for name in needed if name not in given), None)
        if missing is not None and len(found.absolute_path) == 0:
            return Problem("This is needed.", (*path, str(missing)))
    return Problem(str(found.message)[:500], path)
