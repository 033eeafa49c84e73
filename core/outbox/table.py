"""The outbox's rows as a worker sees them: claimed, kept, and ended. Synchronous, for one thread of the worker."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from core.json import dumps, loads
from core.json.key_order import as_written, noted
from core.outbox import sql
from core.outbox.kinds import NOBODY, Later, Row, kinds
from core.outbox.shares import shares

logger = logging.getLogger(__name__)
LEASE_S = 15.0
MOST_OWNERS = 100
MOST_LOSSES = sql.ALONE_AFTER + 1  # the last of them while it was tried alone


def _run(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def _row(found: tuple[Any, ...]) -> Row:
    payload = loads(found[3]) if isinstance(found[3], str) else found[3]
    return Row(found[0], found[1], found[2], as_written(payload), *found[4:])


class Table:
    """The rows that one worker holds, and where it goes on looking for others."""

    def __init__(self, worker_id: UUID) -> None:
        self.worker_id = worker_id
        self._kinds = {lane: [kind.name for kind in kinds().values() if kind.lane == lane] for lane in _lanes()}
        self._first: dict[str, UUID] = {}
        self.has_more = False  # owners behind those the last claim looked at

    def look(self) -> tuple[list[str], float | None]:
        """Return the lanes in which something is ready, and in how many seconds the next row will be, if soon."""
        _run(sql.PROMOTE, {})
        ((ready, next_s),) = _run(sql.OUTLOOK, {"lanes": list(self._kinds)})
        return list(ready), next_s

    def expire(self) -> None:
        """Take rows from workers that fell silent."""
        _run(sql.EXPIRE, {})

    def claim(self, lane: str, free: int, at_work: dict[UUID, int]) -> list[Row]:
        """Take up to `free` rows of a lane, fairly."""
        names = self._kinds[lane]
        asked = {"lane": lane, "kinds": names, "most": free, "owners": MOST_OWNERS}
        found = _run(sql.WAITING, {**asked, "first": self._first.get(lane, NOBODY)})
        self.has_more = len(found) == MOST_OWNERS
        self._first[lane] = found[-1][0] if self.has_more else NOBODY
        wanted = shares(dict(found), at_work, free)
        if not wanted:
            return []
        asked |= {
            "owners": list(wanted), "counts": list(wanted.values()), "worker": self.worker_id, "lease_s": LEASE_S,
        }  # fmt: skip
        return [_row(one) for one in _run(sql.CLAIM, asked)]

    def claim_alone(self) -> Row | None:
        """Take one row with which processes were lost, of any lane."""
        names = [name for kinds_of_lane in self._kinds.values() for name in kinds_of_lane]
        found = _run(sql.CLAIM_ALONE, {"kinds": names, "worker": self.worker_id, "lease_s": LEASE_S})
        return _row(found[0]) if found else None

    def renew(self, ids: Sequence[UUID]) -> None:
        """Keep what is at work."""
        _run(sql.RENEW, {"ids": list(ids), "worker": self.worker_id, "lease_s": LEASE_S})

    def done(self, rows: Sequence[Row]) -> set[UUID]:
        """Remove rows that were done; returns those that have to be ended later, being asked for just now."""
        ids = [row.id for row in rows]
        ended = _run(sql.DONE, {"ids": ids, "wishes": [row.wishes for row in rows], "worker": self.worker_id})
        return self._still_held(ids) if len(ended) < len(ids) else set()

    def later(self, row: Row, again: Later) -> bool:
        """Let a row be due again; returns False where that has to be said later, as it is being asked for just now."""
        payload = None if again.payload is None else dumps(noted(dict(again.payload))).decode()
        return self._end(sql.LATER, row, at=again.at, payload=payload)

    def failed(self, row: Row, problem: str, *, is_final: bool = False) -> bool:
        """Note a failed try; the last one makes a dead letter. Returns False as `later` does."""
        pause_s = None if is_final else kinds()[row.kind].pause_s(row.attempts)
        if pause_s is not None:
            return self._end(sql.FAILED, row, error=_storable(problem), pause_s=pause_s)
        with transaction.atomic():
            ended = _run(sql.DONE, {"ids": [row.id], "wishes": [row.wishes], "worker": self.worker_id})
            if ended:
                import_string(settings.DEAD_LETTER_SINK)(row=row, problem=_storable(problem))
        return bool(ended) or not self._still_held([row.id])

    def _end(self, statement: str, row: Row, **more: Any) -> bool:
        ended = _run(statement, {"id": row.id, "worker": self.worker_id, "wishes": row.wishes, **more})
        return bool(ended) or not self._still_held([row.id])

    def _still_held(self, ids: Sequence[UUID]) -> set[UUID]:
        return {found for (found,) in _run(sql.STILL_HELD, {"ids": list(ids), "worker": self.worker_id})}

    def take_over(self, row_id: UUID, holder: UUID) -> Row | None:
        """Take a row that another process holds and gave to this one to try alone."""
        asked = {"id": row_id, "holder": holder, "worker": self.worker_id, "lease_s": LEASE_S}
        found = _run(sql.TAKE_ALONE, asked)
        return _row(found[0]) if found else None

    def hand_back(self) -> None:
        """Give back all that is held."""
        _run(sql.HAND_BACK, {"worker": self.worker_id})


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode(errors="replace").decode()[:500]


def _lanes() -> list[str]:
    return sorted({kind.lane for kind in kinds().values()})
