"""The validator of forms: JSON Schema by `jsonschema`, each piece of work paid from a budget.

Anybody may post to a form, so what one check may cost is fixed: a step for each keyword applied to a value, more where
the keyword goes through the value or shows it. Patterns run on an engine that takes linear time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import re2
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from core.forms.bounds import compiled

MOST_STEPS = 5_000
MOST_VALUES = 20_000
MOST_CHARACTERS = 1024 * 1024
CHARACTERS_A_STEP = 50
LONGEST_MATCHED = 20_000  # characters of a text that a pattern is held against
LONGEST_FORMAT = 2_000
FORMATS = FormatChecker(formats=["date", "time", "email", "idn-email", "ipv4", "ipv6", "uuid"])
Keyword = Callable[[Any, Any, Any, Mapping[str, Any]], Iterator[ValidationError] | None]


class BudgetSpent(Exception):
    """The check costs more than one may."""


@dataclass(slots=True)
class Budget:
    """What is left for one check, and how large the values are that are checked."""

    steps: int = MOST_STEPS
    sizes: dict[int, int] = field(default_factory=dict[int, int])

    def spend(self, steps: int) -> None:
        """Raises: BudgetSpent."""
        self.steps -= steps
        if self.steps < 0:
            raise BudgetSpent

    def size_of(self, value: Any) -> int:
        """Return the size of a value in steps: what it takes to go through it."""
        if isinstance(value, str):
            return 1 + len(value) // CHARACTERS_A_STEP
        return self.sizes.get(id(value), 1)

    def measure(self, data: Any) -> None:
        """Measure the data of a check. Raises: BudgetSpent where it is more than is checked."""
        values = characters = 0
        order: list[Any] = []
        waiting = [data]
        while waiting:
            value = waiting.pop()
            values += 1
            if isinstance(value, dict):
                characters += sum(map(len, value))
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)
            elif isinstance(value, str):
                characters += len(value)
            if len(waiting) + values > MOST_VALUES or characters > MOST_CHARACTERS:
                raise BudgetSpent
            if isinstance(value, dict | list):
                order.append(value)
        for value in reversed(order):  # parts before what holds them
            inner = value.values() if isinstance(value, dict) else value
            names = sum(map(len, value)) // CHARACTERS_A_STEP if isinstance(value, dict) else 0
            self.sizes[id(value)] = 1 + names + sum(self.size_of(part) for part in inner)


BUDGET: ContextVar[Budget] = ContextVar("budget of a form's check")


@lru_cache(maxsize=512)
def _pattern(text: str) -> Any:
    try:
        return compiled(text)
    except re2.error:
        return None


def _matches(pattern: str, text: str) -> bool | None:
    """Tell whether a text holds a pattern; None where that cannot be told."""
    found = _pattern(pattern)
    if found is None or len(text) > LONGEST_MATCHED:
        return None
    BUDGET.get().spend(1 + len(text) // CHARACTERS_A_STEP)
    return found.search(text) is not None


def _holds_pattern(validator: Any, pattern: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    fits = _matches(pattern, instance)
    if fits is None:
        reason = (
            "is too long" if len(instance) > LONGEST_MATCHED else f"is held to no pattern, {pattern[:80]!r} is none"
        )
        yield ValidationError(f"{instance[:100]!r} {reason}")
    elif not fits:
        yield ValidationError(f"{instance[:100]!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for pattern, inner in patterns.items():
            for name, value in instance.items():
                if _matches(pattern, name):
                    yield from validator.descend(value, inner, path=name, schema_path=pattern)


def _additional(validator: Any, inner: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extras = [
        name for name in instance if name not in named and not any(_matches(pattern, name) for pattern in patterns)
    ]
    if inner is False and extras:
        shown = ", ".join(repr(name[:100]) for name in extras[:5])
        yield ValidationError(f"{shown} {'is' if len(extras) == 1 else 'are'} not asked for")
    elif isinstance(inner, dict):
        for name in extras:
            yield from validator.descend(instance[name], inner, path=name)


def _format(validator: Any, name: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if not isinstance(instance, str) or name not in FORMATS.checkers:
        return
    if len(instance) > LONGEST_FORMAT or not FORMATS.conforms(instance, name):
        yield ValidationError(f"{instance[:100]!r} is not a {name!r}")


def _cost(name: str, value: Any, instance: Any, schema: Mapping[str, Any], budget: Budget) -> int:
    """Return what a keyword costs beside the keywords within it."""
    if name in ("enum", "const"):
        choices = len(value) if isinstance(value, list) and name == "enum" else 1
        return choices // 4 + choices * (budget.size_of(instance) - 1)
    if name == "uniqueItems" and isinstance(instance, list):
        alike = len({type(one) for one in instance}) <= 1 and not any(isinstance(one, dict | list) for one in instance)
        size = budget.size_of(instance)
        return size if alike else size * len(instance)
    if name in ("contains", "items", "prefixItems", "additionalProperties", "patternProperties", "propertyNames"):
        patterns = len(schema.get("patternProperties") or ()) + 1 if name.endswith("roperties") else 1
        return len(instance) * patterns if isinstance(instance, dict | list) else 0
    if name in ("properties", "required", "dependentRequired", "dependentSchemas"):
        return len(value) // 8 if isinstance(value, dict | list) else 0
    return 10 if name == "$ref" else 0


def _paid(name: str, keyword: Keyword) -> Keyword:
    """Let a keyword pay for what it does, and for the errors that it shows its value in."""

    def paid(validator: Any, value: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
        budget = BUDGET.get()
        budget.spend(1 + _cost(name, value, instance, schema, budget))
        for error in keyword(validator, value, instance, schema) or ():
            is_new = not isinstance(error.validator, str)  # of this keyword itself, which shows the value in it
            budget.spend(1 + (budget.size_of(instance) if is_new else 0))
            yield error

    return paid


def _refused(validator: Any, value: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    raise BudgetSpent


_OURS: dict[str, Keyword] = {
    "pattern": _holds_pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "format": _format,
    "$dynamicRef": _refused,
    "unevaluatedItems": _refused,
    "unevaluatedProperties": _refused,
}
FormValidator: Any = extend(
    Draft202012Validator,
    {name: _paid(name, _OURS.get(name) or keyword) for name, keyword in Draft202012Validator.VALIDATORS.items()},
)  # type: ignore[no-untyped-call]  # jsonschema gives it no types
