"""Wire forms of data tables and their rows."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.access import reach
from core.access.roles import Role
from core.datastore.columns import TYPES
from core.datastore.models import DataTable
from core.web.fields import LineField
from core.web.json_input import JsonInput
from core.web.shapes import by_name, moment, shape, text, whole

MOST_AT_ONCE = 1000
TableColumn = shape(
    "DataTableColumn", "A column. In the one that is the key, each value stands once.",
    name=text(), type=serializers.ChoiceField(choices=list(TYPES)), is_key=serializers.BooleanField(),
)  # fmt: skip
RowOutput = shape(
    "DataTableRow", "A row: its values by the names of columns, empty ones as null.",
    id=serializers.UUIDField(), values=by_name(), created_at=moment(), updated_at=moment(),
)  # fmt: skip
RowsChanged = shape("DataTableRowsChanged", "How many rows were changed.", count=whole())
BulkOutput = shape(
    "DataTableBulkOutput", "How many rows were changed, and what they are now.", count=whole(),
    rows=RowOutput(many=True),
)  # fmt: skip
ImportedRows = shape("DataTableImported", "How many rows a file held, and which of its columns the table has not.",
                     count=whole(), ignored=serializers.ListField(child=serializers.CharField()))  # fmt: skip


class DataTableColumnInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    type = serializers.ChoiceField(choices=list(TYPES))


class DataTableInput(serializers.Serializer[Any]):
    name = LineField(max_length=120)
    columns = DataTableColumnInput(many=True)
    key = serializers.CharField(
        max_length=60, required=False, allow_null=True, help_text="The column whose values are unique"
    )
    workflow_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Whose own it is; without one all your workflows share it"
    )


class DataTableUpdate(serializers.Serializer[Any]):
    """Columns are renamed first, then removed, then added."""

    name = LineField(max_length=120, required=False)
    rename_columns = serializers.DictField(child=serializers.CharField(max_length=60), required=False)
    remove_columns = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=100)
    add_columns = DataTableColumnInput(many=True, required=False)


class DataTableOutput(serializers.ModelSerializer[DataTable]):
    columns = serializers.SerializerMethodField()
    key = serializers.SerializerMethodField()
    my_role = serializers.SerializerMethodField()

    class Meta:
        model = DataTable
        fields = [
            "id", "name", "workflow_id", "my_role", "columns", "key", "row_count", "size_bytes", "created_at",
            "updated_at",
        ]  # fmt: skip

    @extend_schema_field(TableColumn(many=True))
    def get_columns(self, table: DataTable) -> list[dict[str, Any]]:
        return [
            {"name": one["name"], "type": one["type"], "is_key": one["id"] == table.key_column}
            for one in table.columns
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=[role.value for role in Role]))
    def get_my_role(self, table: DataTable) -> str:
        return reach.role_shown(table, self.context.get("roles"), workflow="workflow_id")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_key(self, table: DataTable) -> str | None:
        return next((one["name"] for one in table.columns if one["id"] == table.key_column), None)


class DataTableRowInput(serializers.Serializer[Any]):
    values = serializers.DictField(child=JsonInput(allow_null=True))


class DataTableBulk(serializers.Serializer[Any]):
    """`rows` are inserted or upserted, all or none; the rows of `ids` are deleted."""

    operation = serializers.ChoiceField(choices=["insert", "upsert", "delete"])
    rows = serializers.ListField(
        child=serializers.DictField(child=JsonInput(allow_null=True)), required=False, max_length=MOST_AT_ONCE
    )
    ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST_AT_ONCE)
