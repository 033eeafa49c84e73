"""What in an expression cannot come to anything: names and functions that there are not, divisions by nothing.

Its value is undefined, as in the language, and no error: data may be what the text does not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from compiler.expressions import syntax
from compiler.expressions.functions import dates, durations, intervals, js_dates, urls
from compiler.expressions.functions.arrays import ARRAY_METHODS
from compiler.expressions.functions.booleans import BOOLEAN_METHODS, NULLISH_METHODS
from compiler.expressions.functions.numbers import NUMBER_METHODS
from compiler.expressions.functions.objects import OBJECT_METHODS
from compiler.expressions.functions.strings import STRING_METHODS
from compiler.expressions.globals import GLOBALS, NAMES
from compiler.expressions.limits import Budget
from compiler.expressions.scope import Names, Scope
from compiler.expressions.tables import Table
from compiler.expressions.values import Function

# of sets, maps, patterns, `$input`, `$('Node')`, and dates as JavaScript has them
_OTHER = frozenset(
    {
        "has", "get", "keys", "values", "entries", "test", "exec", "all", "first", "last", "item", "itemMatching",
        "pairedItem", "params", "isExecuted", "toString", "valueOf", "toJSON",
    }
)  # fmt: skip
_DATE_PARTS = tuple(f"{prefix}{part}" for prefix in ("get", "getUTC") for part in js_dates.DATE_PARTS)


@cache
def _functions() -> frozenset[str]:
    """Return the names of all methods and functions of objects."""
    methods: set[str] = set()
    for table in (
        STRING_METHODS, ARRAY_METHODS, OBJECT_METHODS, BOOLEAN_METHODS, NULLISH_METHODS, NUMBER_METHODS, dates.METHODS,
        durations.METHODS, intervals.METHODS, js_dates.DATE_METHODS, urls.METHODS,
    ):  # fmt: skip
        methods.update(table)
    scope = Scope(Names(), Budget())
    for name in ("Date", "DateTime", "Duration", "Interval", "JSON", "Object", "Array", "String"):
        methods.update(_entries(NAMES[name](scope)))
    for value in GLOBALS.values():
        methods.update(_entries(value))
    return frozenset(methods | _OTHER | set(_DATE_PARTS))


def _entries(value: Any) -> set[str]:
    if isinstance(value, Table):
        return set(value.entries)
    return set(value.members) if isinstance(value, Function) else set()


def doubts_in(tree: Any) -> Iterator[tuple[str, str]]:
    """Yield (code, message) of what is doubtful in a tree, each once."""
    found = list(syntax.parts_in(tree))
    bound = {part.name for part in found if isinstance(part, (syntax.Pattern, syntax.Assign, syntax.Arrow))}
    own = {
        entry[0].value
        for part in found
        if isinstance(part, syntax.ObjectOf)
        for entry in part.entries
        if isinstance(entry, tuple) and isinstance(entry[0], syntax.Constant)
    }
    tested = {id(part.operand) for part in found if isinstance(part, syntax.Unary) and part.operator == "typeof"}
    told: dict[tuple[str, str], None] = {}
    for part in found:
        if isinstance(part, syntax.Name) and id(part) not in tested and not _is_known(part.name, bound):
            told["unknown_name", f"There is nothing called {part.name[:60]!r}: it is undefined"] = None
        elif isinstance(part, syntax.Chain):
            for name in _called(part):
                if name not in _functions() and name not in own:
                    told["unknown_function", f"There is no function {name[:60]}(): what it gives is undefined"] = None
        elif isinstance(part, syntax.Binary) and any(_is_by_nothing(*step) for step in part.rest):
            told["division_by_zero", "Something is divided by 0: the result is no number, and becomes null"] = None
    yield from told


def _is_known(name: str, bound: set[str]) -> bool:
    return name == "$json" or name in NAMES or name in GLOBALS or name in bound


def _called(chain: syntax.Chain) -> Iterator[str]:
    for link, after in zip(chain.links, chain.links[1:], strict=False):
        if isinstance(after, syntax.Call) and isinstance(link, syntax.Member):
            yield link.key


def _is_by_nothing(operator: str, operand: Any) -> bool:
    return (
        operator in ("/", "%")
        and isinstance(operand, syntax.Constant)
        and type(operand.value) is int
        and not operand.value
    )
