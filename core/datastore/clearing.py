"""Rows and cells of what was taken away, removed a slice a turn of a row of the outbox."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from core.clock import database_now
from core.datastore.conversations import CLEAR_CONVERSATIONS
from core.datastore.models import Conversation, ConversationTurn, DataTable
from core.datastore.tables import CLEAR
from core.outbox.kinds import Kind, Later, Outcome, Row, in_thread

AT_ONCE = 5000
_ROWS = """
DELETE FROM datastore_datarow WHERE id IN (
    SELECT id FROM datastore_datarow WHERE table_id = %(table)s ORDER BY id LIMIT %(most)s
)
"""
_CELLS = """
WITH slice AS (
    SELECT id, size_bytes FROM datastore_datarow WHERE table_id = %(table)s AND id > %(after)s
    ORDER BY id LIMIT %(most)s FOR UPDATE
), changed AS (
    UPDATE datastore_datarow r
    SET cells = r.cells - %(cells)s::text[], size_bytes = octet_length((r.cells - %(cells)s::text[])::text)
    FROM slice s WHERE r.id = s.id AND r.cells ?| %(cells)s::text[] RETURNING s.size_bytes - r.size_bytes AS freed
)
SELECT count(*), max(id::text), (SELECT coalesce(sum(freed), 0)::bigint FROM changed) FROM slice
"""


def clear_row(row: Row) -> Outcome:
    """Remove one slice; the row comes back while there is more."""
    asked: dict[str, Any] = {"table": row.payload["table_id"], "most": AT_ONCE}
    if row.payload["cells"] is not None:
        return _clear_cells(row, {**asked, "cells": row.payload["cells"]})
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, asked)
        gone = cursor.rowcount
    if gone == AT_ONCE:
        return Later(database_now(), dict(row.payload))
    DataTable.objects.filter(pk=asked["table"], is_deleted=True).delete()
    return None


@transaction.atomic
def _clear_cells(row: Row, asked: dict[str, Any]) -> Outcome:
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, {**asked, "after": row.payload.get("after") or UUID(int=0)})
        seen, last, freed = cursor.fetchone()
    DataTable.objects.filter(pk=row.payload["table_id"]).update(size_bytes=F("size_bytes") - freed)
    return Later(database_now(), {**row.payload, "after": last}) if seen == AT_ONCE else None


def clear_conversations(row: Row) -> Outcome:
    """Remove a slice of an account's conversations that were taken away; the row comes back while there is more."""
    empty = Conversation.objects.filter(owner_id=UUID(row.payload["owner_id"]), is_deleted=True)
    gone = ConversationTurn.objects.filter(conversation__in=empty)
    ids = list(gone.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    if ids:
        ConversationTurn.objects.filter(pk__in=ids).delete()
        return Later(database_now(), dict(row.payload))
    ids = list(empty.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    Conversation.objects.filter(pk__in=ids).delete()
    return Later(database_now(), dict(row.payload)) if len(ids) == AT_ONCE else None


KINDS = (
    Kind(CLEAR, "work", in_thread(clear_row), limit_s=300, gives_up=False),
    Kind(CLEAR_CONVERSATIONS, "work", in_thread(clear_conversations), limit_s=300, gives_up=False),
)
