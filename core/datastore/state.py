"""What a node keeps from run to run: one JSON value, read, and written if nobody has written meanwhile.

A run that is no production run reads what production keeps, and writes what only it sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from core.database.compression import pack, unpack
from core.datastore.errors import InvalidState, StateConflict, StateTooLarge
from core.datastore.guarding import Once, guarded, known
from core.datastore.quotas import MOST_STATE_BYTES
from core.ids import new_id
from core.json import NotStorable, loads_own, storable

_READ = """
SELECT value, revision, execution_id FROM datastore_nodestate
WHERE workflow_id = %(workflow)s AND node_id = %(node)s AND (execution_id IS NULL OR execution_id = %(run)s)
ORDER BY execution_id IS NULL LIMIT 1
"""
_INSERT = """
INSERT INTO datastore_nodestate (id, workflow_id, node_id, execution_id, value, revision, updated_at)
VALUES (%(id)s, %(workflow)s, %(node)s, %(run)s, %(value)s, %(revision)s + 1, clock_timestamp()) ON CONFLICT DO NOTHING
"""
_UPDATE = """
UPDATE datastore_nodestate SET value = %(value)s, revision = revision + 1, updated_at = clock_timestamp()
WHERE workflow_id = %(workflow)s AND node_id = %(node)s AND execution_id IS NOT DISTINCT FROM %(run)s
    AND revision = %(revision)s
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose state it is; with a run's id it is what that run alone sees."""

    workflow_id: UUID
    node_id: str
    run_id: UUID | None

    def as_record(self) -> dict[str, Any]:
        return {"workflow": self.workflow_id, "node": self.node_id, "run": self.run_id}


@dataclass(frozen=True, slots=True)
class Found:
    """A state as it was read: None where there is none yet. `is_own`: this run's alone."""

    value: Any
    revision: int
    is_written: bool = False  # by an earlier attempt at the same change: this is what that one found
    is_own: bool = False


def read(place: Place, once: Once) -> Found:
    """Return a state; where this change was made already, as it was before."""
    made = known(once)
    if made is not None:
        return Found(made["before"], made["revision"], is_written=True)
    with connection.cursor() as cursor:
        cursor.execute(_READ, place.as_record())
        row = cursor.fetchone()
    if row is None:
        return Found(None, 0, is_own=place.run_id is not None)
    return Found(loads_own(unpack(row[0])), row[1], is_own=row[2] is not None)


def write(place: Place, found: Found, value: Any, once: Once) -> None:
    """Store a state in the place of the one that was found, once.

    Raises: StateConflict where it is another one by now, StateTooLarge, InvalidState.
    """
    if found.is_written:
        return
    raw = _raw(value)

    def work() -> dict[str, Any]:
        if not _stored(place, found, raw):
            raise StateConflict("Another run has changed the state meanwhile")
        return {"before": found.value, "revision": found.revision}

    guarded(work, once)


def _stored(place: Place, found: Found, raw: bytes) -> bool:
    asked = {**place.as_record(), "id": new_id(), "value": pack(raw), "revision": found.revision}
    is_new = found.revision == 0 or (place.run_id is not None and not found.is_own)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT if is_new else _UPDATE, asked)
        return bool(cursor.rowcount)


def _raw(value: Any) -> bytes:
    try:
        raw = storable(value)[1]
    except (NotStorable, RecursionError) as exc:
        raise InvalidState(f"The state cannot be stored: {exc}"[:500], field="state") from exc
    if len(raw) > MOST_STATE_BYTES:
        raise StateTooLarge(f"A state holds at most {MOST_STATE_BYTES // 1024} KiB", limit_bytes=MOST_STATE_BYTES)
    return raw
