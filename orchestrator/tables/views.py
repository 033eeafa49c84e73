"""Data tables over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import reach
from core.access.roles import Role
from core.datastore import tables
from core.datastore.models import DataTable
from core.models import AuditEntry, User
from core.web.filters import IdFilter
from core.web.views import ActorView
from orchestrator import selectors
from orchestrator.tables import serializers


def note(actor: User, table: DataTable, action: str, changes: Mapping[str, Any]) -> None:
    """Write into the audit log what somebody did to a table."""
    AuditEntry.objects.create(
        at=timezone.now(), user_id=actor.pk, owner_id=table.owner_id, action=f"data_table.{action}",
        object_type="data_table", object_id=str(table.pk), changes=dict(changes),
    )  # fmt: skip


class TableFilters(filters.FilterSet):
    workflow_id = IdFilter(help_text="A workflow's own tables")
    shared = filters.BooleanFilter("workflow_id", "isnull", help_text="Those that belong to no workflow")

    class Meta:
        model = DataTable
        fields = ["workflow_id"]


class TablesView(ActorView):
    """Data tables, rows that workflows keep between runs: one's own, and those of workflows one has a role on."""

    serializer_class = serializers.DataTableOutput
    filterset_class = TableFilters
    queryset = DataTable.objects.none()
    search_fields = ("name",)
    ordering_fields = {
        "created_at": "created_at", "name": "name", "updated_at": "updated_at", "row_count": "row_count",
        "size_bytes": "size_bytes",
    }  # fmt: skip

    @extend_schema(responses=serializers.DataTableOutput(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(tables.visible_to(self.actor)))
        context = {"roles": reach.roles_of(self.actor)}
        return self.get_paginated_response(serializers.DataTableOutput(page, many=True, context=context).data)

    @extend_schema(request=serializers.DataTableInput, responses={201: serializers.DataTableOutput})
    def post(self, request: Request) -> Response:
        """Make a table: of one workflow, in its account, or shared by all of yours. The unique column stays."""
        body = self.body(serializers.DataTableInput)
        owner_id = self.actor.pk
        if body.get("workflow_id"):
            owner_id = selectors.workflow_for(self.actor, body["workflow_id"], needs=Role.EDITOR).owner_id
        table = tables.find(self.actor, tables.create(owner_id=owner_id, **body).pk, needs=Role.EDITOR)
        note(self.actor, table, "create", {"name": [None, table.name]})
        return Response(serializers.DataTableOutput(table).data, status=status.HTTP_201_CREATED)


class TableView(ActorView):
    @extend_schema(responses=serializers.DataTableOutput)
    def get(self, request: Request, table_id: UUID) -> Response:
        return Response(serializers.DataTableOutput(tables.find(self.actor, table_id, needs=Role.VIEWER)).data)

    @extend_schema(request=serializers.DataTableUpdate, responses=serializers.DataTableOutput)
    def patch(self, request: Request, table_id: UUID) -> Response:
        """Rename a table; rename, remove and add columns. What stood in a removed column is gone."""
        before = tables.find(self.actor, table_id, needs=Role.EDITOR)
        body = self.body(serializers.DataTableUpdate, partial=True)
        table = before
        if {"rename_columns", "remove_columns", "add_columns"} & body.keys():
            table = tables.change_columns(
                actor=self.actor, table_id=table_id, add=body.get("add_columns", ()),
                rename=body.get("rename_columns"), remove=body.get("remove_columns", ()),
            )  # fmt: skip
        if "name" in body:
            table = tables.rename(actor=self.actor, table_id=table_id, name=body["name"])
        note(self.actor, table, "update", {
            "name": [before.name, table.name], "columns": [_names(before), _names(table)],
        })  # fmt: skip
        return Response(serializers.DataTableOutput(table).data)

    @extend_schema(responses={204: OpenApiResponse(description="Deleted, with all its rows")})
    def delete(self, request: Request, table_id: UUID) -> Response:
        table = tables.delete(actor=self.actor, table_id=table_id)
        note(self.actor, table, "delete", {"name": [table.name, None], "rows": [table.row_count, None]})
        return Response(status=status.HTTP_204_NO_CONTENT)


def _names(table: DataTable) -> list[str]:
    return [one["name"] for one in table.columns]
