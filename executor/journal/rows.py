"""From batches to what the commit statement takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.database.compression import pack
from core.json import dumps_lossy, written
from core.json.key_order import noted
from executor.domain.records import Batch


def parameters_of(batches: Sequence[Batch], *, with_waits: bool) -> dict[str, Any]:
    """Return the parameters of `COMMIT`, or of `COMMIT_WAITING`. Raises: TypeError for what JSON cannot hold."""
    runs: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    outputs: list[bytes] = []
    told: list[bytes] = []
    ends: list[dict[str, Any]] = []
    for batch in batches:
        runs.append(_run_of(batch))
        rows.extend(row.as_record(batch.execution_id) for row in batch.rows)
        outputs.extend(b"" if row.raw_outputs is None else pack(row.raw_outputs) for row in batch.rows)
        told.append(pack(dumps_lossy([event.as_record() for event in batch.events])))
        end = _end_of(batch)
        if end is not None:
            ends.append(end)
    parameters: dict[str, Any] = {"outputs": outputs, "told": told}
    parameters |= {"runs": _text(runs), "rows": _text(rows), "ends": _text(ends)}
    return parameters | (_waits_of(batches) if with_waits else {})


def _run_of(batch: Batch) -> dict[str, Any]:
    ending = batch.ending
    return {
        "execution_id": batch.execution_id,
        "epoch": batch.epoch,
        "commit_no": batch.commit_no,
        "events": len(batch.events),
        "status": str(ending.status) if ending else None,
        "running_ms": ending.running_ms if ending else None,
        "wakes": batch.wakes,
    }


def _end_of(batch: Batch) -> dict[str, Any] | None:
    ending = batch.ending
    spent = batch.taken.spent.as_record() if batch.taken.spent else {}
    if ending is not None and ending.end_reason is not None:
        return {**ending.as_record(batch.execution_id), **spent, "response": noted(batch.response)}
    if batch.response is not None or spent:
        return {"execution_id": batch.execution_id, **spent, "response": noted(batch.response)}
    return None


def _waits_of(batches: Sequence[Batch]) -> dict[str, str]:
    waits = [(batch, wait) for batch in batches for wait in batch.waits]
    return {
        "waits": _text([wait.as_record(batch.execution_id) for batch, wait in waits if not wait.is_detached]),
        "tasks": _text([wait.task.as_record() for _, wait in waits if wait.task is not None]),
        "children": _text([child for _, wait in waits for child in wait.children]),
    }


def _text(value: Any) -> str:
    return written(value).decode()  # what PostgreSQL cannot hold it refuses: a row is not changed in silence
