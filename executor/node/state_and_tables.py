"""What a node may keep beyond its run: its own state, and rows of data tables, each change once for its turn.

The key of a change is that of the turn and item with a name, so it is the same in each attempt and after a lost worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from core import jitter
from core.datastore import operations, state
from core.datastore.errors import StateConflict, TableBusy
from core.datastore.filters import Filter
from core.datastore.guarding import Once
from core.errors import WorkflowError
from executor.node.engine_work import ours
from executor.node.providing import Caller, InDatabase, Provider, Services
from nodes.abilities import StateFound, TableCall
from nodes.base import NodeFailed

R = TypeVar("R")
TRIES = 5
FIRST_PAUSE_S = 0.05
CHANGES = 30  # tries at one state, which ten items of a node may change at once


def _pause_s(tries: int) -> float:
    return FIRST_PAUSE_S * float(2**tries) * jitter.between(0.2, 0.6)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whose turn it is, for what it keeps."""

    owner_id: UUID
    workflow_id: UUID | None
    execution_id: UUID
    node_id: str
    key: str  # of the turn, and of the item in it
    is_kept: bool  # what it writes into its state is for other runs too
    in_database: InDatabase
    before_effect: Callable[[], None]

    def once(self, name: str) -> Once:
        return Once(self.execution_id, f"{self.key}|{name}")

    async def unless_busy(self, work: Callable[[], Awaitable[R]]) -> R:
        """Do work, again while others hold its rows. Raises: NodeFailed."""
        for left in reversed(range(TRIES)):
            try:
                return await ours(work())
            except TableBusy as exc:
                if not left:
                    raise NodeFailed(exc.code, exc.message, retryable=True) from exc
            except WorkflowError as exc:
                if isinstance(exc, NodeFailed):
                    raise
                details: dict[str, Any] = {name: one for name, one in exc.details.items() if name != "errors"}
                raise NodeFailed(exc.code, exc.message, **details) from exc
            await ours(asyncio.sleep(_pause_s(TRIES - left)))
        raise AssertionError  # the last try returns or raises


def keeping(services: Services, caller: Caller) -> Keeping:
    """Return for whom something is kept. Raises: NodeFailed where there is no run."""
    if caller.execution_id is None:
        raise NodeFailed("ability_missing", "Outside of a run nothing is kept")
    return Keeping(
        caller.owner_id, caller.workflow_id, UUID(caller.execution_id), caller.node_id, caller.key, caller.keeps_state,
        services.in_database, caller.before_effect,
    )  # fmt: skip


def state_provider(services: Services) -> Provider:
    """Return what gives nodes their own state."""
    return Provider(lambda caller: NodeState(keeping(services, caller)))


def tables_provider(services: Services) -> Provider:
    """Return what gives nodes the data tables that their run may use."""
    return Provider(lambda caller: NodeTables(keeping(services, caller)))


@dataclass(frozen=True, slots=True)
class NodeTables:
    keeping: Keeping

    async def call(self, call: TableCall) -> Mapping[str, Any]:
        at = self.keeping
        if call.operation not in operations.READS:
            at.before_effect()
        asked = operations.Call(
            call.operation, call.table, call.key, call.values,
            [Filter(one.column, one.operator, one.value) for one in call.filters], call.any_of, call.order_by,
            call.limit, call.column, call.by,
        )  # fmt: skip
        once = at.once(f"table:{call.name}")
        made: Mapping[str, Any] = await at.unless_busy(
            lambda: at.in_database(operations.run, asked, owner_id=at.owner_id, workflow_id=at.workflow_id, once=once)
        )
        return made


@dataclass(frozen=True, slots=True)
class NodeState:
    keeping: Keeping

    @property
    def _place(self) -> state.Place:
        at = self.keeping
        return state.Place(
            at.workflow_id or at.execution_id, at.node_id,
            None if at.is_kept and at.workflow_id is not None else at.execution_id,
        )  # fmt: skip

    async def read(self, name: str = "state") -> StateFound:
        at = self.keeping
        found: state.Found = await ours(at.in_database(state.read, self._place, at.once(f"state:{name}")))
        return StateFound(found.value, found.revision, found.is_written, found)

    async def write(self, found: StateFound, value: Any, name: str = "state") -> None:
        at = self.keeping
        at.before_effect()

        async def written() -> None:
            try:
                await at.in_database(state.write, self._place, found.handle, value, at.once(f"state:{name}"))
            except StateConflict as exc:
                raise NodeFailed(exc.code, exc.message, retryable=True) from exc

        await at.unless_busy(written)

    async def change(self, change: Callable[[Any], Any], name: str = "state") -> Any:
        for left in reversed(range(CHANGES)):
            found = await self.read(name)
            value = change(found.value)
            try:
                await self.write(found, value, name)
            except NodeFailed as exc:
                if exc.node_code != "state_conflict" or not left:
                    raise
            else:
                return value
            await ours(asyncio.sleep(_pause_s(1)))
        raise AssertionError  # the last try returns or raises
