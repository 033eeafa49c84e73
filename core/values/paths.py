"""Dotted paths into JSON values: `a.b[0].c`, `a["b c"]`.

A key of an object that is the whole text of a path, dots and all, comes before the path that the text spells: so it is
read, so it is written, so it is removed.
"""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from core.json import NotStorable, TooDeep
from core.values.kinds import is_list, is_object

_STEP = re.compile(r"""\[(?:"([^"]*)"|'([^']*)'|(\d+))\]|\.?([^.\[\]]+)""")
MISSING: Any = object()
MOST_STEPS = 100  # no value is nested deeper
MOST_DIGITS = 9  # no list is longer
MOST_BEYOND = 1000  # entries between the end of a list and a new one

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
        if is_object(value) and path in value:
            return value[path]
        steps = parse_path(path)
        if path and not steps:
            return default
        path = steps
    for step in path:
        value = _step(value, step)
        if value is MISSING:
            return default
    return value


def _step(value: Any, step: str | int) -> Any:
    whole: Any = value
    if isinstance(value, dict):
        return whole.get(str(step), MISSING)
    if isinstance(value, list):
        if isinstance(step, str):
            if not _is_index(step):
                return MISSING
            step = int(step)
        return whole[step] if 0 <= step < len(whole) else MISSING
    return MISSING


def _is_index(step: str) -> bool:
    return step.isascii() and step.isdigit() and len(step) <= MOST_DIGITS


def has_path(value: Any, path: str | Sequence[str | int]) -> bool:
    return get_path(value, path, MISSING) is not MISSING


def set_path(value: dict[str, Any], path: str | Sequence[str | int], new: Any) -> dict[str, Any]:
    """Return a copy of `value` with `new` at the path; what is not on the path is shared, not copied.

    Raises: TooDeep where the path leads deeper than a value may be nested, NotStorable where it leads far behind the
    end of a list.
    """
    if isinstance(path, str):
        if path in value:
            return {**value, path: new}
        steps = parse_path(path)
    else:
        steps = tuple(path)
    if len(steps) > MOST_STEPS:
        raise TooDeep
    if not steps:  # a text of dots and brackets spells no path: it is a key
        return {**value, path: new} if isinstance(path, str) and path else value
    return dict(_with(value, steps, new))


def copied(source: dict[str, Any], made: dict[str, Any], path: str) -> dict[str, Any]:
    """Return `made` with what stands at a path of `source`, at the same place; without it where nothing stands there.

    Raises: TooDeep, NotStorable.
    """
    value = get_path(source, path, MISSING)
    if value is MISSING:
        return made
    return {**made, path: value} if path in source else set_path(made, path, value)


def last_name(path: str) -> str:
    """Return the name of what a path leads to: the last key it spells."""
    names = [str(step) for step in parse_path(path) if isinstance(step, str)]
    return names[-1] if names else path


def _with(value: Any, steps: Sequence[str | int], new: Any) -> Any:
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    whole: Any = value
    if isinstance(value, list) and (isinstance(step, int) or _is_index(step)):
        at = int(step)
        if at > len(whole) + MOST_BEYOND:
            raise NotStorable(f"the list has {len(whole)} entries, and there are none up to [{at}]")
        grown: list[Any] = [*whole, *([None] * (at + 1 - len(whole)))]
        grown[at] = _with(grown[at], rest, new)
        return grown
    if isinstance(step, int) and value is None and step <= MOST_BEYOND:
        return [*([None] * step), _with(None, rest, new)]
    known: dict[str, Any] = whole if isinstance(value, dict) else {}
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
    if is_list(value):
        index = int(step)
        if not rest:
            return [*value[:index], *value[index + 1 :]]
        return [_without(entry, rest) if at == index else entry for at, entry in enumerate(value)]
    if not rest:
        return {key: entry for key, entry in value.items() if key != str(step)}
    return {**value, str(step): _without(value[str(step)], rest)}
