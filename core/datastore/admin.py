"""What outlives runs, in the administration site: how much there is and whose, and no value of it."""

from __future__ import annotations

from django.contrib import admin

from core.administration.lists import MadeWithin
from core.administration.rows import ByDigest, Rows
from core.datastore.models import Applied, Conversation, ConversationTurn, DataRow, DataTable, NodeState, OwnTableName


@admin.register(DataTable)
class DataTableAdmin(Rows):
    list_display = ("name", "owner_id", "workflow_id", "row_count", "size_bytes", "is_deleted", "updated_at")
    list_filter = ("is_deleted",)
    date_hierarchy = "created_at"
    ids = ("pk", "owner_id", "workflow_id")
    texts = ("name",)
    see_also = (("rows", "datastore_datarow", "table"),)


@admin.register(DataRow)
class DataRowAdmin(Rows):
    list_display = ("id", "table", "size_bytes", "created_at", "updated_at")
    list_filter = (MadeWithin,)
    list_select_related = ("table",)
    ids = ("pk", "table_id")
    is_large = True


@admin.register(OwnTableName)
class OwnTableNameAdmin(Rows):
    list_display = ("id", "workflow_id", "name")
    ids = ("workflow_id",)
    texts = ("name",)


@admin.register(NodeState)
class NodeStateAdmin(Rows):
    list_display = ("id", "workflow_id", "node_id", "execution_id", "revision", "updated_at")
    list_filter = (MadeWithin,)
    ids = ("pk", "workflow_id", "execution_id")
    is_large = True


@admin.register(Conversation)
class ConversationAdmin(Rows):
    list_display = ("id", "owner_id", "workflow_id", "message_count", "is_deleted", "updated_at")
    list_filter = ("is_deleted",)
    ids = ("pk", "owner_id", "workflow_id")
    see_also = (("turns", "datastore_conversationturn", "conversation"),)


@admin.register(ConversationTurn)
class ConversationTurnAdmin(Rows):
    list_display = ("id", "conversation_id", "number", "message_count", "execution_id", "created_at")
    list_filter = (MadeWithin,)
    ids = ("pk", "conversation_id", "execution_id")
    is_large = True


@admin.register(Applied)
class AppliedAdmin(ByDigest):
    list_display = ("at", "execution_id")
    list_display_links = ("at",)
    ids = ("execution_id",)
