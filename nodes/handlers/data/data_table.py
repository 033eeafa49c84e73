"""The Data table node: rows that outlive a run, read and changed one operation for each item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nodes.abilities import TableCall, TableFilter
from nodes.base import LITERAL, Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.items import Item

READS = frozenset({"get", "list", "count"})
Operation = Literal["get", "list", "count", "insert", "upsert", "update", "delete", "increment", "clear"]


def _for(*operations: str) -> dict[str, Any]:
    """Return what shows a param with these operations only."""
    return {"show_if": {"field": "operation", "in": list(operations)}}


class RowFilter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    column: str = Field(min_length=1, max_length=60)
    operator: Literal[
        "equals", "not_equals", "gt", "gte", "lt", "lte", "contains", "not_contains", "starts_with", "ends_with", "in",
        "empty", "not_empty",
    ] = Field(default="equals", json_schema_extra={"option_labels": {
        "equals": "Equals", "not_equals": "Does not equal", "gt": "Is greater than", "gte": "Is at least",
        "lt": "Is less than", "lte": "Is at most", "contains": "Contains", "not_contains": "Does not contain",
        "starts_with": "Starts with", "ends_with": "Ends with", "in": "Is one of", "empty": "Is empty",
        "not_empty": "Is not empty",
    }})  # fmt: skip
    value: Any = None


class RowOrder(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    column: str = Field(min_length=1, max_length=60)
    order: Literal["ascending", "descending"] = "ascending"


class DataTableParams(NodeParams):
    operation: Operation = Field(default="get", title="Operation", json_schema_extra=LITERAL)
    table: str = Field(
        min_length=1, max_length=120, title="Table", description="One of this workflow, or a shared one",
        json_schema_extra={"control": "data_table"},
    )  # fmt: skip
    key: Any = Field(
        default=None, title="Key", description="The value in the table's unique column",
        json_schema_extra=_for("get", "insert", "upsert", "update", "delete", "increment"),
    )  # fmt: skip
    column: str = Field(
        default="", max_length=60, title="Column", description="The number that is counted up",
        json_schema_extra=_for("increment"),
    )  # fmt: skip
    by: int | float = Field(default=1, title="By", json_schema_extra=_for("increment"))
    values: dict[str, Any] = Field(
        default={}, title="Values", description="By the names of columns; those left out stay as they are",
        json_schema_extra=_for("insert", "upsert", "update", "increment"),
    )  # fmt: skip
    filters: list[RowFilter] = Field(
        default=[], max_length=20, title="Filter", description="Which rows",
        json_schema_extra=_for("get", "list", "count", "update", "delete"),
    )  # fmt: skip
    match: Literal["all", "any"] = Field(
        default="all", title="Rows match", description="All conditions, or any of them",
        json_schema_extra={**_for("get", "list", "count", "update", "delete"), "group": "advanced"},
    )  # fmt: skip
    sort: list[RowOrder] = Field(
        default=[], max_length=5, title="Order", json_schema_extra={**_for("get", "list"), "group": "advanced"}
    )
    limit: int = Field(default=50, ge=1, le=1000, title="Most rows", json_schema_extra=_for("list"))
    if_missing: Literal["empty", "nothing", "fail"] = Field(
        default="empty", title="No such row", description="Go on with an empty item, with none, or fail",
        json_schema_extra={**_for("get"), "group": "advanced"},
    )  # fmt: skip


class DataTable(NodeType[DataTableParams]):
    """Do one operation on a data table for each item.

    Outputs: a row as {"id", columns…, "created_at", "updated_at"}; of `list` one item for each; of `count`, `update`,
    `delete` and `clear` {"count": int}.
    Raises: NodeFailed: "table_missing", "row_missing", "row_exists", "unknown_column", "invalid_cell",
    "invalid_filter", "no_unique_key", "rows_limit", "row_too_large", "tables_bytes_limit", "rows_too_large",
    "table_too_slow", "table_busy" (retryable).
    """

    kind = "data_table"
    effect = "write"
    Params = DataTableParams
    look = Look(
        label="Data table",
        description="Reads and changes rows that stay from run to run.",
        category="data",
        icon="table",
        color="#d97706",
        summary="{{ operation }} {{ table }}",
        aliases=("database", "rows", "store", "state", "counter", "deduplicate", "spreadsheet"),
        docs="Tables are made under *Data tables*, with typed columns and, if you like, one whose values are unique. "
        "`upsert` adds the row of a key or changes it; `increment` adds to a number in it, exactly once for each item, "
        "however often the node is tried and whatever happens to its worker. `insert` fails with `row_exists` where "
        "the key is taken, so it tells whether something was seen before. A row goes on as its columns with `id`, "
        "`created_at` and `updated_at`. Manual and test runs change the same rows as production does.",
        output_fields=(("id", "string"), ("created_at", "string"), ("updated_at", "string")),
    )

    def effect_of(self, params: Mapping[str, Any]) -> Effect:
        return "read" if params.get("operation", "get") in READS else "write"

    async def run(self, params: DataTableParams, item: Item, ctx: NodeContext) -> NodeResult:
        found = await ctx.tables.call(_call_of(params))
        if "count" in found:
            return NodeResult.of({"count": found["count"]})
        rows = [{"json": _flat(row)} for row in found["rows"]]
        if params.operation == "get" and not rows:
            if params.if_missing == "fail":
                raise NodeFailed("row_missing", "There is no such row")
            return NodeResult.items([{"json": {}}] if params.if_missing == "empty" else [])
        return NodeResult.items(rows)


def _call_of(params: DataTableParams) -> TableCall:
    reads_by_key = params.operation in ("get", "insert", "upsert", "update", "delete", "increment")
    return TableCall(
        params.operation, params.table, params.key if reads_by_key else None, params.values,
        [TableFilter(one.column, one.operator, one.value) for one in params.filters], params.match == "any",
        [f"{'-' if one.order == 'descending' else ''}{one.column}" for one in params.sort], params.limit,
        params.column, params.by,
    )  # fmt: skip


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], **row["values"], "created_at": row["created_at"], "updated_at": row["updated_at"]}
