"""What earlier workers put into the journal, taken over by the one that goes on with a run.

Rows inside rounds that are over are passed by, and their outputs are not even read: the round's own row says what came
back. Values that were stored as files are put back where the row says that they were, up to as many bytes as a worker
may hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from core.database.compression import unpack, unpacked_size
from core.storage import blobs
from executor.compute import pieces
from executor.compute.pool import Compute
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import Place
from executor.domain.step_names import home_of, is_step
from executor.models import Execution, NodeRun
from executor.node.providing import InDatabase

MOST_RETRIES = 100
REFERENCE = {"id", "size_bytes", "url"}
FETCHED_BYTES = 4 * 2**20
Row = dict[str, Any]
FetchOutputs = Callable[[dict[str, Any]], Awaitable[list[Row]]]


class TooMuchToRestore(Exception):
    """What a run has put into the journal is more than this worker may hold."""


async def restorable(
    rows: Sequence[Row], fetch: FetchOutputs, owner_id: UUID, in_database: InDatabase, computing: Compute,
    most_bytes: int,
) -> list[Row]:  # fmt: skip
    """Return the rows a run goes on from, with their outputs. Raises: TooMuchToRestore, BlobMissing."""
    kept = needed(rows)
    left = most_bytes
    if sum(row["stored_bytes"] or 0 for row in kept) > most_bytes:
        raise TooMuchToRestore
    for some in _a_few(kept):
        left -= await _fetched(some, fetch)
        if left < 0:
            raise TooMuchToRestore
    for row in kept:
        if row["outputs"] is None:
            continue
        stored = bytes(row["outputs"])
        is_large = unpacked_size(stored) > pieces.READ_HERE
        row["stored"] = raw = await asyncio.to_thread(unpack, stored) if is_large else unpack(stored)
        row["outputs"] = outputs = await pieces.read(stored, computing, owner_id)
        row["size"] = len(raw)
        places = row["aside"]
        if places is None:  # of an older release, which did not note them
            places = await in_database(legacy_places, outputs, owner_id, row["execution_id"])
        row["aside"] = [(str(handle), int(at), str(name)) for handle, at, name in places]
        for place in row["aside"]:
            size = size_at(outputs, place)
            left, row["size"] = left - size, row["size"] + size
            if left < 0:
                raise TooMuchToRestore
            await in_database(blobs.put_back, owner_id=owner_id, outputs=outputs, place=place)
        await asyncio.sleep(0)  # others are at work on this loop
    return kept


async def _fetched(rows: Sequence[Row], fetch: FetchOutputs) -> int:
    """Put stored outputs into rows; returns how many bytes they are, unpacked."""
    having = [row for row in rows if row["stored_bytes"]]
    asked = {"nodes": [row["node_id"] for row in having], "paths": [row["path"] for row in having]}
    found = {(one["node_id"], one["path"]): one["outputs"] for one in await fetch(asked)} if having else {}
    for row in rows:
        row["outputs"] = found.get((row["node_id"], row["path"]))
    return sum(unpacked_size(row["outputs"]) for row in rows)


def _a_few(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield rows in groups that one answer may bring: others ask on the same connection."""
    group: list[Row] = []
    size = 0
    for row in rows:
        group.append(row)
        size += row["stored_bytes"] or 0
        if size > FETCHED_BYTES:
            yield group
            group, size = [], 0
    yield group


def needed(rows: Sequence[Row]) -> list[Row]:
    """Leave out what lies in rounds that are over; of each loop the last round stays, whose nodes can be named."""
    over = {
        row["path"]
        for row in rows
        if row["path"]
        and row["node_id"] == _loop_of(row["path"])
        and row["status"] not in (NodeStatus.RUNNING, NodeStatus.WAITING)
    }
    last: dict[str, int] = {}
    for path in over:
        loop, _, number = path.rpartition(":")
        last[loop] = max(last.get(loop, 0), int(number))
    hidden = {path for path in over if int(path.rpartition(":")[2]) != last[path.rpartition(":")[0]]}
    kept = [row for row in rows if not _lies_in(row, hidden)] if hidden else list(rows)
    return _without_steps_of_ended_nodes(kept)


def _without_steps_of_ended_nodes(rows: list[Row]) -> list[Row]:
    """Leave out steps whose node is over: its own row says what came of them."""
    over = {
        (row["node_id"], row["path"])
        for row in rows
        if row["status"] not in (NodeStatus.RUNNING, NodeStatus.WAITING) and not is_step(row["kind"])
    }
    return [
        row
        for row in rows
        if not is_step(row["kind"]) or (row["node_id"], home_of(row["path"], row["node_id"])) not in over
    ]


def _lies_in(row: Row, hidden: set[str]) -> bool:
    path: str = row["path"]
    if path and row["node_id"] == _loop_of(path):
        path = path.rpartition("/")[0]  # the row of a round lies in what its loop lies in
    return any(around in hidden for around in _around(path))


def _around(path: str) -> Iterable[str]:
    steps = path.split("/") if path else []
    return ("/".join(steps[: count + 1]) for count in range(len(steps)))


def _loop_of(path: str) -> str:
    return path.rpartition("/")[2].rpartition(":")[0]


def size_at(outputs: Mapping[str, Any], place: Place) -> int:
    """Return the size of the file that stands for a value."""
    handle, at, name = place
    return int(outputs[handle][at]["json"][name]["$blob"]["size_bytes"])


def whole_outputs(row: NodeRun, owner_id: UUID) -> dict[str, Any]:
    """Return the outputs of a stored row with the values put back that were stored as files. Raises: BlobMissing."""
    outputs: dict[str, Any] = row.outputs or {}
    places = legacy_places(outputs, owner_id, row.execution_id) if row.aside is None else row.aside
    return blobs.resolved(owner_id=owner_id, outputs=outputs, places=places) if places else outputs


def whole_items(items: list[Any], owner_id: UUID, execution_id: UUID) -> list[Any]:
    """Return the output of a run with the values put back that it stored as files. Raises: BlobMissing."""
    outputs = {"main": items}
    places = legacy_places(outputs, owner_id, execution_id)
    return list(blobs.resolved(owner_id=owner_id, outputs=outputs, places=places)["main"]) if places else items


def legacy_places(outputs: Mapping[str, Any], owner_id: UUID, execution_id: UUID) -> list[Place]:
    """Return where an older release put files in place of values: its own files alone, not what looks like one."""
    looks = {
        (handle, at, name): str(value["$blob"]["id"])
        for handle, items in outputs.items()
        for at, item in enumerate(items)
        for name, value in item.get("json", {}).items()
        if _looks_like_one(value)
    }
    if not looks:
        return []
    known = blobs.of_executions(owner_id=owner_id, ids=set(looks.values()), execution_ids=_retried(execution_id))
    return [place for place, blob_id in looks.items() if blob_id in known]


def _looks_like_one(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"$blob"}
        and isinstance(value["$blob"], dict)
        and value["$blob"].keys() == REFERENCE
        and isinstance(value["$blob"]["size_bytes"], int)
    )


def _retried(execution_id: UUID) -> list[UUID]:
    """Return a run and those it goes back to by being their retry."""
    chain: list[UUID] = [execution_id]
    while len(chain) < MOST_RETRIES:
        source = Execution.objects.filter(pk=chain[-1]).values_list("retry_of_id", flat=True).first()
        if source is None or source in chain:
            break
        chain.append(source)
    return chain
