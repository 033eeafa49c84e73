"""Rows in: call these in the transaction of what they follow from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from core.ids import new_id
from core.json import dumps
from core.json.key_order import noted
from core.models import OutboxRow
from core.outbox import sql
from core.outbox.kinds import kinds


def add(
    kind: str,
    *,
    owner_id: UUID,
    payload: Mapping[str, Any],
    key: str | None = None,
    due_at: datetime | None = None,
    awaits: UUID | None = None,
    only_if_new: bool = False,
    soonest: bool = False,
) -> bool:
    """Ask for something to be done at `due_at`, with the end of the run `awaits`, or at once where neither is given.

    An open row of the same key takes the new payload and moment, and is done again where somebody is at it;
    `soonest` never puts off what waits already; `only_if_new` leaves the row as it is; returns False then.
    """
    asked: dict[str, Any] = {
        "id": new_id(), "kind": kind, "lane": kinds()[kind].lane, "owner_id": owner_id, "key": key,
        "payload": dumps(noted(dict(payload))).decode(), "due_at": due_at, "awaits_id": awaits,
        "state": "held" if due_at is None and awaits is not None else "later" if due_at is not None else "ready",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql.ADD_IF_NEW if only_if_new else sql.ADD_SOONEST if soonest else sql.ADD, asked)
        return bool(cursor.rowcount)


def drop(key: str) -> None:
    """Take back what was asked for under a key."""
    OutboxRow.objects.filter(key=key).delete()


def drop_awaiting(execution_ids: list[UUID]) -> None:
    """Take back what follows from the ends of runs that are removed."""
    OutboxRow.objects.filter(awaits_id__in=execution_ids).delete()
