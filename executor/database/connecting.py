"""Connections of the engine: raw, asynchronous, autocommit; a server that says nothing any more is noticed."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

from core.json import loads_own

LOCK_S = 2  # nobody of us waits longer for somebody else's row
STATEMENT_S = 60
SILENT_S = 10  # a server that acknowledges nothing so long is gone


# What the planner knows of a queue is how long it was a while ago, mostly empty: told of few rows, it reads all of them
# and sorts for each step along an index. Without sorts where an index has the order, a step costs one row.
NO_SORTS = "enable_sort=off"
ALONG_INDEXES = f"-c {NO_SORTS}"


async def connect(database_url: str, *, plans: str = "") -> psycopg.AsyncConnection[dict[str, Any]]:
    """Return a new connection. Raises: psycopg.OperationalError."""
    connection = await psycopg.AsyncConnection.connect(
        database_url,
        autocommit=True,
        row_factory=dict_row,
        prepare_threshold=0,
        connect_timeout=5,
        keepalives_idle=SILENT_S,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=SILENT_S * 1000,
        application_name="heddle-engine",
        options=f"-c plan_cache_mode=force_generic_plan -c jit=off -c timezone=UTC -c lock_timeout={LOCK_S}s"
        f" -c statement_timeout={STATEMENT_S}s {plans}",
    )
    set_json_loads(loads_own, connection)
    return connection
