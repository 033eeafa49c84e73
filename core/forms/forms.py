"""Data against a form: a JSON Schema that somebody else wrote, bounded when it is saved and while it is checked.

Nothing is fetched for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

from core.forms.bounds import bound_problem
from core.forms.validator import BUDGET, Budget, BudgetSpent, FormValidator
from core.json import dumps_own, loads_own

MOST_PROBLEMS = 50
_NOTHING: Registry[Any] = Registry()


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not fit, and where."""

    message: str
    path: tuple[str, ...]


def problem_of(data: Any, form: Mapping[str, Any]) -> Problem | None:
    """Return the worst problem of data with a form, or None where it fits."""
    found = _found(data, form)
    if isinstance(found, Problem):
        return found
    worst = best_match(found)
    return None if worst is None else _shown(worst)


def problems_of(data: Any, form: Mapping[str, Any]) -> list[Problem]:
    """Return the problems of data with a form, the first of them where there are many."""
    found = _found(data, form)
    return [found] if isinstance(found, Problem) else [_shown(one) for one in found]


def form_problem(form: Mapping[str, Any]) -> str:
    """Return why something is no form, or nothing."""
    if form.get("type", "object") != "object":
        return "the form must describe an object"
    too_much = bound_problem(form)
    if too_much:
        return f"the form cannot be checked: {too_much}"
    return _schema_problem(dumps_own(form))


@lru_cache(maxsize=512)
def _schema_problem(raw: bytes) -> str:
    """Return why something is no JSON Schema, or nothing; forms on pages are asked again and again."""
    try:
        Draft202012Validator.check_schema(loads_own(raw))
    except SchemaError as exc:
        return f"the form is no JSON Schema: {exc.message}"[:500]
    except RecursionError:
        return "the form is no JSON Schema"
    return ""


def _found(data: Any, form: Mapping[str, Any]) -> list[ValidationError] | Problem:
    problem = form_problem(form)
    if problem:
        return Problem(f"{problem[0].upper()}{problem[1:]}", ())
    budget = Budget()
    token = BUDGET.set(budget)
    try:
        budget.measure(data)
        errors = FormValidator(form, registry=_NOTHING).iter_errors(data)
        return list(islice(errors, MOST_PROBLEMS))
    except BudgetSpent:
        return Problem("This is more than can be checked against the form", ())
    except (Unresolvable, RecursionError):
        return Problem("The form refers to something that is not in it", ())
    finally:
        BUDGET.reset(token)


def _shown(found: ValidationError) -> Problem:
    path = tuple(map(str, found.absolute_path))
    if found.validator == "required":  # it speaks of the object; what is missing is a field of it
        needed, given = cast("list[str]", found.validator_value), cast("dict[str, Any]", found.instance)
        missing = next((name for name in needed if name not in given), None)
        if missing is not None and len(found.absolute_path) == 0:
            return Problem("This is needed.", (*path, str(missing)))
    return Problem(str(found.message)[:500], path)
