"""Data against a form: a JSON Schema that somebody else wrote.

Nothing is fetched for it, and its patterns run on an engine that takes linear time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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


def problem_of(data: Any, form: Mapping[str, Any]) -> Problem | None:
    """Return the worst problem of data with a form, or None where it fits."""
    try:
        _Validator.check_schema(form)
        found = best_match(_Validator(form, registry=_NOTHING, format_checker=FormatChecker()).iter_errors(data))
    except SchemaError as exc:
        return Problem(f"The form is no JSON Schema: {exc.message}"[:500], ())
    except (Unresolvable, RecursionError):
        return Problem("The form refers to something that is not in it", ())
    if found is None:
        return None
    return Problem(str(found.message)[:500], tuple(map(str, found.absolute_path)))
