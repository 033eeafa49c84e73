"""Parents and children as a worker sees them: who tells whom that a run has started or ended."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from executor.database.statements import Control
from executor.sql import children_sql, verbs_sql
from nodes import budget


class Parents:
    """Reports the ends of child runs to their parents, those of one moment together."""

    def __init__(
        self,
        control: Control,
        woken: Callable[[Mapping[str, Any]], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._control = control
        self._woken = woken
        self._spawn = spawn
        self._ended: list[str] = []

    def child_ended(self, execution_id: str) -> None:
        """Tell the parent of a child's end, with all others that end in the same moment."""
        self._ended.append(execution_id)
        if len(self._ended) == 1:
            self._spawn(self._report())

    async def _report(self) -> None:
        while self._ended:
            ids, self._ended = self._ended[:], []
            for row in await self._control.query(verbs_sql.CHILDREN_DONE, {"ids": ids, "reason": "answer"}):
                self._woken(row)

    async def of_call(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the runs of one call of a node, and those that earlier ones finished of the same."""
        return await self._control.query(children_sql.OF_CALL, asked)

    async def results(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return how runs have ended, in the order of their ids. Raises: NodeFailed, for too much together."""
        most_bytes = budget.MOST_BYTES * 5 // 4  # the database writes JSON with spaces
        rows = await self._control.query(children_sql.RESULTS, {"ids": list(ids), "most_bytes": most_bytes})
        if any(row["is_left_out"] for row in rows):
            raise budget.too_large()
        return rows
