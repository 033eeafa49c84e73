"""What a run does to tables, each call once for its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from core.datastore import rows, tables
from core.datastore.columns import Columns
from core.datastore.errors import InvalidFilter, NoKey
from core.datastore.filters import Filter, filtered, ordered
from core.datastore.guarding import Once, guarded
from core.datastore.models import DataRow, DataTable

MOST_LISTED = 1000
READS = frozenset({"get", "list", "count"})


@dataclass(frozen=True, slots=True)
class Call:
    """One operation on a table, named by its id or name."""

    operation: str
    table: str
    key: Any = None
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    filters: Sequence[Filter] = ()
    any_of: bool = False
    order_by: Sequence[str] = ()
    limit: int = 50
    column: str = ""
    by: int | float = 1


@dataclass(frozen=True, slots=True)
class _Open:
    table: DataTable
    columns: Columns

    def chosen(self, call: Call, *, needed: bool = False) -> QuerySet[DataRow]:
        """Return the rows that a call's key and filters name. Raises: InvalidFilter where it names none."""
        found = filtered(self.table, self.columns, call.filters, any_of=call.any_of)
        if _is_given(call.key):
            return found.filter(Q(key=self.columns.key_for(call.key)))
        if needed and not call.filters:
            raise InvalidFilter("Say which rows: by key or filter", field="filters", reason="required")
        return found

    def with_key(self, call: Call) -> dict[str, Any]:
        """Return a call's values with its key among them."""
        if not _is_given(call.key):
            return dict(call.values)
        if self.columns.key is None:
            raise NoKey("The table has no unique column", field="key")
        return {**call.values, self.columns.key.name: call.key}


def _is_given(key: Any) -> bool:
    return key is not None and key != ""


def run(call: Call, *, owner_id: UUID, workflow_id: UUID | None, once: Once) -> dict[str, Any]:
    """Do one call of a run. Returns {"rows": […]} or {"count": n}.

    Raises: WorkflowError: what `core.datastore.errors` names.
    """

    def work() -> dict[str, Any]:
        table = tables.of_run(owner_id, workflow_id, call.table)
        return _OPERATIONS[call.operation](_Open(table, tables.columns_of(table)), call)

    made: dict[str, Any] = guarded(work, None if call.operation in READS else once)
    return made


def _get(at: _Open, call: Call) -> dict[str, Any]:
    found = ordered(at.chosen(call, needed=True), at.columns, call.order_by)
    return {"rows": rows.read(at.columns, found[:1])}


def _list(at: _Open, call: Call) -> dict[str, Any]:
    found = ordered(at.chosen(call), at.columns, call.order_by)
    return {"rows": rows.read(at.columns, found[: min(call.limit, MOST_LISTED)])}


def _count(at: _Open, call: Call) -> dict[str, Any]:
    return {"count": at.chosen(call).count()}


def _insert(at: _Open, call: Call) -> dict[str, Any]:
    return {"rows": rows.insert(at.table, at.columns, [at.with_key(call)])}


def _upsert(at: _Open, call: Call) -> dict[str, Any]:
    return {"rows": rows.upsert(at.table, at.columns, [at.with_key(call)])}


def _update(at: _Open, call: Call) -> dict[str, Any]:
    return {"count": len(rows.update(at.table, at.columns, at.chosen(call, needed=True), call.values))}


def _delete(at: _Open, call: Call) -> dict[str, Any]:
    return {"count": rows.delete(at.table, at.chosen(call, needed=True))}


def _increment(at: _Open, call: Call) -> dict[str, Any]:
    row = rows.increment(
        at.table, at.columns, key=call.key, column=call.column, by=call.by, values=call.values
    )  # fmt: skip
    return {"rows": [row]}


def _clear(at: _Open, call: Call) -> dict[str, Any]:
    return {"count": rows.clear(at.table)}


_OPERATIONS: Mapping[str, Callable[[_Open, Call], dict[str, Any]]] = {
    "get": _get, "list": _list, "count": _count, "insert": _insert, "upsert": _upsert, "update": _update,
    "delete": _delete, "increment": _increment, "clear": _clear,
}  # fmt: skip
