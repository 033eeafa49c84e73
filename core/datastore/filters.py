"""Conditions on rows as SQL. Columns are named by ids of ours; values are always parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from django.db.models import BooleanField, F, Q, QuerySet, TextField
from django.db.models.expressions import OrderBy, RawSQL

from core.datastore.columns import Column, Columns, cell
from core.datastore.errors import InvalidCell, InvalidFilter
from core.datastore.models import DataRow, DataTable
from core.json import dumps

Operator = Literal[
    "equals", "not_equals", "gt", "gte", "lt", "lte", "contains", "not_contains", "starts_with", "ends_with", "in",
    "empty", "not_empty",
]  # fmt: skip
OPERATORS: tuple[str, ...] = get_args(Operator)
MOST_FILTERS = 20
MOST_VALUES = 200  # of `in`
MOST_PATTERN = 500  # characters
BESIDE = ("created_at", "updated_at")  # what rows can be put in order by, beside their columns
_ORDER = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_PATTERN = {"contains": "%{}%", "not_contains": "%{}%", "starts_with": "{}%", "ends_with": "%{}"}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: a column, an operator, and a value where it needs one."""

    column: str
    operator: str
    value: Any = None


def filtered(
    table: DataTable, columns: Columns, filters: Sequence[Filter], *, any_of: bool = False
) -> QuerySet[DataRow]:
    """Return the rows of a table that all conditions hold for, or with `any_of` one. Raises: InvalidFilter."""
    if len(filters) > MOST_FILTERS:
        raise InvalidFilter(f"At most {MOST_FILTERS} conditions", field="filters", reason="max_length")
    rows = DataRow.objects.filter(table_id=table.pk)
    found = Q()
    for one in filters:
        condition = _condition(columns, one)
        found = found | condition if any_of else found & condition
    return rows.filter(found)


def ordered(rows: QuerySet[DataRow], columns: Columns, order_by: Sequence[str]) -> QuerySet[DataRow]:
    """Put rows in order by columns, `-` before a name turns it round; empty cells come last."""
    order: list[Any] = []
    for text in order_by[:5]:
        name, down = text.removeprefix("-"), text.startswith("-")
        if name in BESIDE:
            order.append(OrderBy(F(name), descending=down))
        else:
            order.append(OrderBy(_cell(columns.find(name)), descending=down, nulls_last=True))
    return rows.order_by(*order, "id")


def searched(rows: QuerySet[DataRow], columns: Columns, text: str) -> QuerySet[DataRow]:
    """Return the rows that hold a text in one of their text columns."""
    found = Q(pk__in=[])
    for column in columns.all:
        if column.type == "text":
            found |= _raw("cells->>%s ILIKE %s", column.id, f"%{_escaped(text[:MOST_PATTERN])}%")
    return rows.filter(found)


def _cell(column: Column) -> RawSQL:
    return RawSQL("cells->%s", (column.id,), output_field=TextField())


def _raw(sql: str, *parameters: Any) -> Q:
    return Q(RawSQL(sql, parameters, output_field=BooleanField()))


def _condition(columns: Columns, one: Filter) -> Q:
    column = columns.find(one.column)
    if one.operator not in OPERATORS:
        raise InvalidFilter(f"One of: {', '.join(OPERATORS)}", field="filters", reason="invalid_choice")
    if one.operator in ("empty", "not_empty"):
        return _raw(f"cells->%s IS {'NOT ' if one.operator == 'not_empty' else ''}NULL", column.id)
    if one.operator in _PATTERN:
        return _pattern(column, one)
    if one.operator == "in":
        return _among(columns, column, one.value)
    if one.value is None and one.operator in ("equals", "not_equals"):
        return _raw(f"cells->%s IS {'NOT ' if one.operator == 'not_equals' else ''}NULL", column.id)
    wanted = _value(column, one.value)
    if one.operator == "equals":
        return _equal(columns, column, [wanted])
    if one.operator == "not_equals":
        return _raw("cells->%s IS DISTINCT FROM %s::jsonb", column.id, dumps(wanted).decode())
    if column.type in ("boolean", "json"):
        raise InvalidFilter(f"{column.name!r} has no order", field="filters")
    return _raw(f"cells->%s {_ORDER[one.operator]} %s::jsonb", column.id, dumps(wanted).decode())


def _pattern(column: Column, one: Filter) -> Q:
    if column.type not in ("text", "date") or not isinstance(one.value, str) or len(one.value) > MOST_PATTERN:
        message = f"{one.operator} looks for a text of up to {MOST_PATTERN} characters in a column of text"
        raise InvalidFilter(message, field="filters")
    if "\x00" in one.value or not _is_writable(one.value):
        raise InvalidFilter("The text cannot be stored, so no row holds it", field="filters")
    found = _raw("cells->>%s ILIKE %s", column.id, _PATTERN[one.operator].format(_escaped(one.value)))
    return ~found | _raw("cells->%s IS NULL", column.id) if one.operator == "not_contains" else found


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _among(columns: Columns, column: Column, value: Any) -> Q:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list) or len(given) > MOST_VALUES:
        raise InvalidFilter(f"A list of at most {MOST_VALUES} values is needed", field="filters")
    return _equal(columns, column, [_value(column, one) for one in given])


def _equal(columns: Columns, column: Column, wanted: Sequence[Any]) -> Q:
    """Compare with values; in the unique column their digests are looked up along the index."""
    if columns.key == column:
        return Q(key__in=[columns.key_for(one) for one in wanted])
    return _raw("cells->%s = ANY(%s::jsonb[])", column.id, [dumps(one).decode() for one in wanted])


def _value(column: Column, value: Any) -> Any:
    """Return what a column is compared with. Raises: InvalidFilter."""
    try:
        found = cell(column, value)
    except InvalidCell as exc:
        raise InvalidFilter(exc.message, field="filters") from exc
    if found is None:
        raise InvalidFilter(f"A value to compare {column.name!r} with is needed", field="filters", reason="required")
    return found
