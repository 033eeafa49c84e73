"""Dotted paths into JSON values: `a.b[0].c`, `a["b c"]`."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from core.json import TooDeep

_STEP = re.compile(r"""\[(?:"([^"]*)"|'([^']*)'|(\d+))\]|\.?([^.\[\]]+)""")
MISSING: Any = object()
MOST_STEPS = 100  # no value is nested deeper
MOST_DIGITS = 9  # no list is longer

Path = tuple[str | int, ...]


def parse_path(text: str) -> Path:
    """Return the steps of a dotted path; text between dots may hold anything but brackets.

    Of one that leads deeper than any value no more is read than says so.
    """
    steps: list[str | int] = []
    for found in islice(_STEP.finditer(text), MOST_STEPS + 1):
        double, single, index, name = found.groups("")
        if index and len(index) <= MOST_DIGITS:
            steps.append(int(index))
        elif index or name:
            steps.append(index or name)
        else:
            steps.append(double or single)
    return tuple(steps)


def get_path(value: Any, path: str | Sequence[str | int], default: Any = None) -> Any:
    """Return what stands at a path, or `default`. A key that holds dots itself is found first."""
    if isinstance(path, str):
        if isinstance(value, dict) and path in value:
            return value[path]
        path = parse_path(path)
    for step in path:
        value = _step(value, step)
        if value is MISSING:
            return default
    return value


def _step(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(str(step), MISSING)
    if isinstance(value, list):
        if isinstance(step, str):
            if not step.isascii() or not step.isdigit() or len(step) > MOST_DIGITS:
                return MISSING
            step = int(step)
        return value[step] if 0 <= step < len(value) else MISSING
    return MISSING


def has_path(value: Any, path: str | Sequence[str | int]) -> bool:
    return get_path(value, path, MISSING) is not MISSING


def set_path(value: dict[str, Any], path: str | Sequence[str | int], new: Any) -> dict[str, Any]:
    """Return a copy of `value` with `new` at the path; what is not on the path is shared, not copied.

    Raises: TooDeep where the path leads deeper than a value may be nested.
    """
    steps = parse_path(path) if isinstance(path, str) else tuple(path)
    if len(steps) > MOST_STEPS:
        raise TooDeep
    if not steps:
        return value
    return dict(_with(value, steps, new))


def _with(value: Any, steps: Sequence[str | int], new: Any) -> Any:
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if isinstance(value, list) and isinstance(step, int) and step <= len(value) + 1000:
        grown = [*value, *([None] * (step + 1 - len(value)))]
        grown[step] = _with(grown[step], rest, new)
        return grown
    if isinstance(step, int) and value is None and step <= 1000:
        return [*([None] * step), _with(None, rest, new)]
    known = value if isinstance(value, dict) else {}
    return {**known, str(step): _with(known.get(str(step)), rest, new)}


def remove_path(value: dict[str, Any], path: str | Sequence[str | int]) -> dict[str, Any]:
    """Return a copy of `value` without what stands at the path."""
    if isinstance(path, str):
        if path in value:
            return {key: entry for key, entry in value.items() if key != path}
        path = parse_path(path)
    if not path or not has_path(value, path):
        return value
    return dict(_without(value, tuple(path)))


def _without(value: Any, steps: Path) -> Any:
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        index = int(step)
        if not rest:
            return [*value[:index], *value[index + 1 :]]
        return [_without(entry, rest) if at == index else entry for at, entry in enumerate(value)]
    if not rest:
        return {key: entry for key, entry in value.items() if key != str(step)}
    return {**value, str(step): _without(value[str(step)], rest)}
