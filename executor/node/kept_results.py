"""Results of nodes that are used again (`settings.cache_ttl_s`): found by what went in, for the same workflow.

A key is made of the node's kind and version, its evaluated params, its items, its credentials, and of what its type
says that it depends on besides. Branches side by side that miss both make the result; the later one counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.crypto import salted_hmac

from compiler.graph import Node
from core.access.reach import of_account
from core.clock import CLOCK
from core.database.compression import pack
from core.ids import new_id
from core.json import dumps_lossy
from core.text.scrubbing import Secrets
from core.values.size import is_small, json_size
from executor.models import CachedResult
from executor.node.providing import InDatabase
from executor.sql import results_sql
from nodes.base import NodeContext, NodeParams, NodeResult
from nodes.items import Item, Items
from nodes.warnings import warning

SALT = "heddle.kept_result"
MOST_GIVEN_BYTES = 8 * 2**20  # of the items of a turn
MOST_BYTES = 2**20  # of one result
MOST_OWNER_BYTES = 64 * 2**20
MOST_OWNER_ROWS = 10_000
ROOM_EVERY = 16  # results it is looked whether there is room: an owner may have a few more meanwhile
AT_ONCE = 5_000  # expired rows that are removed in one statement
NOT_KEPT = "result_not_kept"
Whose = tuple[UUID, UUID | None]  # owner and workflow of the run that a turn is of


@dataclass(frozen=True, slots=True)
class KeptResults:
    """Results for one turn of a node."""

    node: Node
    inputs: Mapping[str, Items]
    owner_id: UUID
    workflow_id: UUID | None
    secrets: Secrets
    in_database: InDatabase
    ttl_s: float

    async def result(
        self, params: NodeParams, at: int | None, ctx: NodeContext, make: Callable[[], Awaitable[NodeResult]]
    ) -> NodeResult:
        """Return the result that is kept, else make it, and keep it. Raises: NodeFailed."""
        key = await self._key(params, at, ctx)
        if isinstance(key, str):
            return _with_warning(await make(), key)
        found = await self.in_database(find, self.owner_id, key, CLOCK.now())
        if found is not None:
            return _restored(found)
        made = await make()
        if made.failures:
            return made
        record = await self._record(made)
        if isinstance(record, str):
            return _with_warning(made, record)
        await self.in_database(keep, self.owner_id, key, record, CLOCK.now(), self.ttl_s)
        return made

    async def _key(self, params: NodeParams, at: int | None, ctx: NodeContext) -> bytes | str:
        """Return the key of a turn, or why it has none."""
        node_type = self.node.known_type
        first = next(iter(self.inputs.values()), [])
        item: Item = first[at or 0] if first else {"json": {}}
        depends = await node_type.depends_on(params, item, ctx)
        if depends is None:
            return "it may be another one the next time: the model draws it by chance, or remembers or does something"
        given: Mapping[str, Items] = {"main": [item]} if at is not None else self.inputs
        if await _size_of(given, MOST_GIVEN_BYTES) > MOST_GIVEN_BYTES:
            return f"the items are larger than {MOST_GIVEN_BYTES // 2**20} MiB"
        parts = [
            str(self.owner_id), str(self.workflow_id), self.node.kind, self.node.version,
            params.model_dump(mode="json", by_alias=True),
            dict(self.node.credentials), ctx.timezone, depends,
            [dict(ctx.variables), ctx.trigger_input] if node_type.in_jail else None,
        ]  # fmt: skip
        is_light = is_small(given) and is_small(parts)
        return _digest(parts, given) if is_light else await asyncio.to_thread(_digest, parts, given)

    async def _record(self, made: NodeResult) -> bytes | str:
        """Return a result as JSON without the run's secrets, or why it is not kept."""
        if await _size_of(made.outputs, MOST_BYTES) > MOST_BYTES:
            return f"it is larger than {MOST_BYTES // 2**20} MiB"
        if any(item.get("binary") for items in made.outputs.values() for item in items):
            return "it holds files, which go with their run"
        return await asyncio.to_thread(_record_of, made, self.node.known_type.per_item, self.secrets)


def of_turn(
    node: Node, inputs: Mapping[str, Items], whose: Whose, secrets: Secrets, in_database: InDatabase
) -> KeptResults | None:
    """Return the results for a turn, where its author wants them and its type allows it.

    Those of one workflow are no other's: names in params mean things of a workflow, which others may not read.
    """
    ttl_s = node.settings.cache_ttl_s
    if ttl_s is None or not node.known_type.keeps_results(node.params):
        return None
    return KeptResults(node, inputs, *whose, secrets, in_database, ttl_s)


async def _size_of(value: Any, most: int) -> int:
    return json_size(value, most) if is_small(value) else await asyncio.to_thread(json_size, value, most)


def _digest(parts: list[Any], given: Mapping[str, Items]) -> bytes:
    """Return the key of what goes in, which tells nobody what that is."""
    written = dumps_lossy([*parts, {name: _plain(items) for name, items in given.items()}])
    return salted_hmac(SALT, written, algorithm="sha256").digest()


def _record_of(made: NodeResult, is_per_item: bool, secrets: Secrets) -> bytes:
    """Return a result as JSON without secrets; which item an item of a batch was made of is part of it."""
    outputs = {handle: _plain(items) if is_per_item else list(items) for handle, items in made.outputs.items()}
    warnings = [list(one) for one in made.warnings]
    return dumps_lossy(secrets.masked({"outputs": outputs, "warnings": warnings, "logs": list(made.logs)}))


def _plain(items: Items) -> Items:
    """Return items without what they were made of: that is each turn's own."""
    return [{name: value for name, value in item.items() if name != "pairedItem"} for item in items]


def _restored(found: Mapping[str, Any]) -> NodeResult:
    warnings = tuple((code, field, message) for code, field, message in found["warnings"])
    return NodeResult(found["outputs"], tuple(found["logs"]), warnings=warnings, is_cached=True)


def _with_warning(made: NodeResult, why: str) -> NodeResult:
    told = warning(NOT_KEPT, "settings.cache_ttl_s", f"The result is not kept: {why}")
    return replace(made, warnings=(*made.warnings, told))


def find(owner_id: UUID, key: bytes, now: datetime) -> dict[str, Any] | None:
    """Return what is kept of an owner under a key, and has not expired."""
    row = CachedResult.objects.filter(of_account(owner_id), key=key, expires_at__gt=now).first()
    return None if row is None else row.result


def keep(owner_id: UUID, key: bytes, record: bytes, now: datetime, ttl_s: float) -> None:
    """Keep a result in the place of one that is there, and every now and then make room among those of its owner."""
    asked: dict[str, Any] = {
        "id": new_id(), "owner_id": owner_id, "key": key, "result": pack(record), "size_bytes": len(record), "now": now,
        "expires_at": now + timedelta(seconds=ttl_s), "most_bytes": MOST_OWNER_BYTES, "most_rows": MOST_OWNER_ROWS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(results_sql.KEEP, asked)
        if key[0] % ROOM_EVERY == 0:
            cursor.execute(results_sql.MAKE_ROOM, asked)


def sweep(now: datetime) -> int:
    """Remove what has expired; returns how many there were."""
    removed = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(results_sql.SWEEP, {"now": now, "at_once": AT_ONCE})
            count: int = cursor.rowcount
            removed += count
            if count < AT_ONCE:
                return removed
