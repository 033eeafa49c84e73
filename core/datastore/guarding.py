"""Work on users' rows within times of its own, and once for each key.

A statement that reads too much is broken off, one that waits too long for somebody else's rows too: no table of one
owner holds a thread or a connection for long.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import DatabaseError, DataError, connection, transaction
from psycopg import errors as pg_errors

from core.database.compression import pack, unpack
from core.datastore.errors import InvalidCell, TableBusy, TableTooSlow
from core.json import dumps, loads_own

STATEMENT_MS = 5000
LOCK_MS = 500
_LIMITS = "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)"
_CLAIM = """
INSERT INTO datastore_applied (digest, execution_id, at) VALUES (%s, %s, clock_timestamp()) ON CONFLICT DO NOTHING
"""
_KNOWN = "SELECT result FROM datastore_applied WHERE digest = %s"
_KEEP = "UPDATE datastore_applied SET result = %s WHERE digest = %s"


@dataclass(frozen=True, slots=True)
class Once:
    """The key of a change that a run makes: the same in each attempt, and after its worker was lost."""

    execution_id: UUID
    key: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.key.encode()).digest()


def known(once: Once) -> Any:
    """Return what came of a change that was made already, None where it was not."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [once.digest])
        found = cursor.fetchone()
    return None if found is None else loads_own(unpack(found[0]))


def guarded(work: Callable[[], Any], once: Once | None = None) -> Any:
    """Do work in a transaction within its times; with a key it is done once, and then known.

    Raises: TableBusy, TableTooSlow, and what the work raises.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_LIMITS, [str(STATEMENT_MS), str(LOCK_MS)])
            return work() if once is None else _done(work, once)
    except DatabaseError as exc:
        cause = exc.__cause__
        if isinstance(cause, pg_errors.QueryCanceled):
            raise TableTooSlow(f"It would take longer than {STATEMENT_MS // 1000} s") from exc
        if isinstance(cause, (pg_errors.LockNotAvailable, pg_errors.DeadlockDetected)):
            raise TableBusy("Others are changing the same rows") from exc
        if isinstance(exc, DataError):
            raise InvalidCell("The database does not take these values") from exc
        raise


def _done(work: Callable[[], Any], once: Once) -> Any:
    digest = once.digest
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [digest, once.execution_id])
        if not cursor.rowcount:
            cursor.execute(_KNOWN, [digest])
            return loads_own(unpack(cursor.fetchone()[0]))
        made = work()
        cursor.execute(_KEEP, [pack(dumps(made)), digest])
    return made
