"""Rows of data tables over HTTP. Work on them has times of its own: what is slow is refused, and holds up nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.asgi.sizes import FORM_OVERHEAD_BYTES
from core.datastore import rows, tables
from core.datastore.columns import Columns
from core.datastore.errors import InvalidFilter, TableBusy
from core.datastore.filters import OPERATORS, Filter, filtered, ordered, searched
from core.datastore.guarding import guarded
from core.datastore.models import DataRow, DataTable
from core.errors import Invalid, Missing, TooLarge
from core.web.views import ActorView
from orchestrator.tables import csv_files, serializers
from orchestrator.tables.views import note

FILTERS = [
    OpenApiParameter(
        "filter", str, many=True,
        description=f"`column:operator:value`, as often as you like; operators: {', '.join(OPERATORS)}",
    ),
    OpenApiParameter("match", str, enum=["all", "any"], description="Whether all filters hold, or any of them"),
    OpenApiParameter("search", str, description="A text that stands in a column of text"),
]  # fmt: skip
ORDERING = OpenApiParameter("ordering", str, description="Columns, `created_at`, `updated_at`; `-` turns one round")


class OfTable(ActorView):
    """A view of the rows of one table."""

    def opened(self, needs: Role = Role.EDITOR) -> tuple[DataTable, Columns]:
        """Return the table of the route and its columns. Raises: Missing, RoleRequired."""
        table = tables.find(self.actor, self.kwargs["table_id"], needs=needs)
        return table, tables.columns_of(table)

    def chosen(self, table: DataTable, columns: Columns) -> QuerySet[DataRow]:
        """Return the rows that the query's filters and search name."""
        given = self.request.query_params
        found = filtered(
            table, columns, [_filter(text) for text in given.getlist("filter")], any_of=given.get("match") == "any"
        )
        text = given.get("search", "").strip()
        return searched(found, columns, text) if text else found

    def done(self, work: Callable[[], Any]) -> Any:
        """Do work on rows; where others hold them, once more."""
        try:
            return guarded(work)
        except TableBusy:
            return guarded(work)


def _filter(text: str) -> Filter:
    column, _, rest = text.partition(":")
    operator, has_value, value = rest.partition(":")
    if not operator:
        raise InvalidFilter("It is written as column:operator:value", field="filter")
    return Filter(column, operator, value if has_value else None)


class RowsView(OfTable):
    queryset = DataRow.objects.none()
    filter_backends = []  # a table's columns are its own

    @extend_schema(parameters=[*FILTERS, ORDERING], responses=serializers.RowOutput(many=True))
    def get(self, request: Request, table_id: UUID) -> Response:
        """List rows, the oldest first unless said otherwise."""
        table, columns = self.opened(Role.VIEWER)
        order = [name for name in request.query_params.get("ordering", "").split(",") if name]
        found = ordered(self.chosen(table, columns), columns, order)
        page = self.done(lambda: rows.of_models(columns, self.paginate_queryset(found)))
        return self.get_paginated_response(page)

    @extend_schema(request=serializers.DataTableRowInput, responses={201: serializers.RowOutput})
    def post(self, request: Request, table_id: UUID) -> Response:
        """Add a row. A key that is taken is `row_exists`."""
        table, columns = self.opened()
        values = self.body(serializers.DataTableRowInput)["values"]
        made = self.done(lambda: rows.insert(table, columns, [values]))
        return Response(made[0], status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="data_tables_rows_clear",
        parameters=[*FILTERS, OpenApiParameter("all", bool, description="All rows, where there is no filter")],
        responses=serializers.RowsChanged,
    )
    def delete(self, request: Request, table_id: UUID) -> Response:
        """Delete the rows that the filters name, up to 10,000; all of them with `all=true`."""
        table, columns = self.opened()
        if request.query_params.get("filter") or request.query_params.get("search"):
            count = self.done(lambda: rows.delete(table, self.chosen(table, columns)))
        elif request.query_params.get("all") == "true":
            count = self.done(lambda: rows.clear(table))
        else:
            raise InvalidFilter("Say which rows: by filter, or all=true", field="filter", reason="required")
        note(self.actor, table, "delete_rows", {"rows": [count, 0]})
        return Response({"count": count})


class RowView(OfTable):
    @extend_schema(responses=serializers.RowOutput)
    def get(self, request: Request, table_id: UUID, row_id: UUID) -> Response:
        table, columns = self.opened(Role.VIEWER)
        found = rows.read(columns, DataRow.objects.filter(table_id=table.pk, pk=row_id))
        if not found:
            raise Missing("There is no such row")
        return Response(found[0])

    @extend_schema(request=serializers.DataTableRowInput, responses=serializers.RowOutput)
    def patch(self, request: Request, table_id: UUID, row_id: UUID) -> Response:
        """Change the named values; null empties one."""
        table, columns = self.opened()
        values = self.body(serializers.DataTableRowInput)["values"]
        return Response(self.done(lambda: rows.update_one(table, columns, row_id, values)))

    @extend_schema(responses={204: OpenApiResponse(description="Deleted")})
    def delete(self, request: Request, table_id: UUID, row_id: UUID) -> Response:
        table, _ = self.opened()
        if not self.done(lambda: rows.delete(table, DataRow.objects.filter(table_id=table.pk, pk=row_id))):
            raise Missing("There is no such row")
        return Response(status=status.HTTP_204_NO_CONTENT)


class UpsertView(OfTable):
    @extend_schema(request=serializers.DataTableRowInput, responses=serializers.RowOutput)
    def post(self, request: Request, table_id: UUID) -> Response:
        """Add a row, or change the one with the same key: values that are left out stay."""
        table, columns = self.opened()
        values = self.body(serializers.DataTableRowInput)["values"]
        return Response(self.done(lambda: rows.upsert(table, columns, [values]))[0])


class BulkView(OfTable):
    @extend_schema(request=serializers.DataTableBulk, responses=serializers.BulkOutput)
    def post(self, request: Request, table_id: UUID) -> Response:
        """Insert, upsert or delete up to 1,000 rows, all or none."""
        table, columns = self.opened()
        body = self.body(serializers.DataTableBulk)
        if body["operation"] == "delete":
            found = DataRow.objects.filter(table_id=table.pk, pk__in=body.get("ids", []))
            return Response({"count": self.done(lambda: rows.delete(table, found)), "rows": []})
        change = rows.upsert if body["operation"] == "upsert" else rows.insert
        made = self.done(lambda: change(table, columns, body.get("rows", [])))
        return Response({"count": len(made), "rows": made})


class ExportView(OfTable):
    @extend_schema(parameters=FILTERS, responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, table_id: UUID) -> HttpResponse:
        """Give the rows that the filters name as CSV, UTF-8, the first line with the names of columns."""
        table, columns = self.opened(Role.VIEWER)
        text = self.done(lambda: csv_files.written(columns, self.chosen(table, columns)))
        response = HttpResponse(text, content_type="text/csv; charset=utf-8")
        names = csv_files.file_name(table.name)
        response["Content-Disposition"] = (
            f"attachment; filename=\"{names['plain']}.csv\"; filename*=UTF-8''{quote(names['full'])}.csv"
        )
        return response


class ImportView(OfTable):
    parser_classes = [MultiPartParser]
    max_body_bytes = csv_files.MOST_BYTES + FORM_OVERHEAD_BYTES

    @extend_schema(
        parameters=[OpenApiParameter("mode", str, enum=["insert", "upsert"], description="What a taken key means")],
        request={
            "multipart/form-data": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
        },
        responses=serializers.ImportedRows,
    )
    def post(self, request: Request, table_id: UUID) -> Response:
        """Take the rows of a CSV file, up to 20,000, all or none. Columns that the table has not are left out."""
        table, columns = self.opened()
        upload = request.FILES.get("file")
        if upload is None:
            raise Invalid("A file is needed here.", field="file", reason="required")
        if (upload.size or 0) > csv_files.MOST_BYTES:
            raise TooLarge("The file is too large", limit_bytes=csv_files.MOST_BYTES)
        found, ignored = csv_files.parsed(columns, upload.read())
        change = rows.upsert if request.query_params.get("mode") == "upsert" else rows.insert
        made = self.done(lambda: change(table, columns, found))
        note(self.actor, table, "import", {"rows": [None, len(made)]})
        return Response({"count": len(made), "ignored": ignored})
