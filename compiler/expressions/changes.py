"""Values that an expression changes: in place, as JavaScript does, and never those that it was given.

What comes in from the run is copied where it enters an evaluation that may change something. One list or object has
one copy in an evaluation, whichever way it is reached, so that all names for it see what became of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compiler.expressions import syntax
from compiler.expressions.errors import ExpressionFailed, JsError
from compiler.expressions.limits import MAX_RESULT, Budget
from compiler.expressions.values import UNDEFINED, is_nullish, text_of
from core.values.kinds import is_list, is_mapping, is_object

MOST_BEYOND = 1000  # entries between the end of a list and a new one
COPIED_A_STEP = 64  # entries
CHANGERS = frozenset({"push", "unshift", "pop", "shift", "splice", "sort", "reverse", "fill", "assign"})
_EVALUATES = "$evaluateExpression"  # of a text that may change something


def changes_values(tree: Any) -> bool:
    """Tell whether anything in a tree may change a list or an object."""
    return any(_may_change(part) for part in syntax.parts_in(tree))


def _may_change(part: Any) -> bool:
    if isinstance(part, syntax.Assign):
        return bool(part.path)
    if isinstance(part, syntax.Chain):
        behind = (*part.links[1:], None)
        return any(_is_changer(link, after) for link, after in zip(part.links, behind, strict=True))
    return isinstance(part, syntax.Delete) or (isinstance(part, syntax.Name) and part.name == _EVALUATES)


def _is_changer(link: Any, after: Any) -> bool:
    if isinstance(link, syntax.Member):
        return link.key in CHANGERS
    if isinstance(link, syntax.Index):
        if isinstance(link.key, syntax.Constant):
            return link.key.value in CHANGERS
        return isinstance(after, syntax.Call)  # whatever it calls
    return False


def changing(evaluate: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the closure of a tree that may change values: within it, what comes in is copied."""

    def run(scope: Any) -> Any:
        budget: Budget = scope.budget
        if budget.copies is not None:  # of the evaluation that this one is a part of
            return evaluate(scope)
        budget.copies = {}
        try:
            return evaluate(scope)
        finally:
            budget.copies = None

    return run


def own_of(budget: Budget, source: Any) -> Any:
    """Return the evaluation's own copy of a value that comes from outside it, with all that it holds."""
    copies = budget.copies
    if copies is None or not (is_list(source) or is_mapping(source)):
        return source
    waiting: list[Any] = []

    def copy_of(value: Any) -> Any:
        known = copies.get(id(value))
        if known is not None:
            return known[1]
        budget.spend(len(value) // COPIED_A_STEP)
        made: Any = list(value) if is_list(value) else dict(value)
        copies[id(value)] = value, made
        copies[id(made)] = made, made
        waiting.append(made)
        return made

    top = copy_of(source)
    seen = 0
    while waiting:
        holder = waiting.pop()
        seen += 1
        if seen % COPIED_A_STEP == 0:
            budget.spend()
        for key, entry in list(enumerate(holder) if is_list(holder) else holder.items()):
            if is_list(entry) or is_object(entry):
                holder[key] = copy_of(entry)
    return top


def changeable(budget: Budget, value: Any) -> Any:
    """Return a list or object, which may be changed. Raises: JsError for other values, ExpressionFailed."""
    if not (is_list(value) or is_object(value)):
        raise JsError("Cannot set properties of " + ("undefined" if is_nullish(value) else text_of(value)[:40]))
    if budget.copies is None:
        raise ExpressionFailed("a list or an object cannot be changed in this way")
    if id(value) in budget.frozen:
        raise JsError("Cannot change a value that is frozen")
    return value


def put(budget: Budget, holder: Any, key: Any, value: Any) -> None:
    """Set a member of a list or an object. Raises: JsError."""
    if is_object(changeable(budget, holder)):
        holder[text_of(key, budget.spend)] = value
    elif key == "length":
        _set_length(budget, holder, value)
    else:
        at = _index(holder, key)
        if at >= len(holder):
            _extend(budget, holder, at + 1)
        holder[at] = value


def remove(budget: Budget, holder: Any, key: Any) -> None:
    """Do what `delete holder[key]` does: an entry of a list becomes undefined. Raises: JsError."""
    if is_object(changeable(budget, holder)):
        holder.pop(text_of(key, budget.spend), None)
        return
    at = _index(holder, key)
    if at < len(holder):
        holder[at] = UNDEFINED


def _set_length(budget: Budget, holder: list[Any], length: Any) -> None:
    size = _index(holder, length)
    if size > len(holder):
        _extend(budget, holder, size)
    del holder[size:]


def _extend(budget: Budget, holder: list[Any], size: int) -> None:
    more = size - len(holder)
    if more > MOST_BEYOND + 1:
        raise JsError("Invalid array length")
    if size > MAX_RESULT:
        budget.grow(size)
    budget.spend(more // COPIED_A_STEP)
    holder.extend([UNDEFINED] * more)


def _index(holder: list[Any], key: Any) -> int:
    text = text_of(key)
    if not text.isascii() or not text.isdigit() or len(text) > 9 or (text[0] == "0" and text != "0"):
        raise JsError(f"a list has no member {text[:40]!r} that can be set")
    return int(text)
