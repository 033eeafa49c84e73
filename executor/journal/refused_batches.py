"""A batch that PostgreSQL refuses, taken apart: each row of it by itself, then the rest.

So the rows before and behind the one that cannot be stored are kept, and the failure names the right node.
"""

from __future__ import annotations

from collections.abc import Iterator

from executor.domain.events import of_refused
from executor.domain.records import Batch, Buffer, EventRecord, NodeRunRow
from executor.domain.run_error import RunError


def steps_of(batch: Batch) -> Iterator[Batch]:
    """Yield the batches that a refused one is tried as, without its ending: the run gets another one."""
    events = batch.events if batch.ending is None else batch.events[:-1]
    left = list(events)
    for row in batch.rows:
        own = [event for event in left if event.row is row]
        left = [event for event in left if event.row is not row]
        yield _step(batch, [row], own)
    for event in left:
        yield _step(batch, [], [event])
    if batch.waits:
        step = _step(batch, [], [])
        step.waits = batch.waits
        yield step
    if batch.taken.spent:
        step = _step(batch, [], [])
        step.taken.spent = batch.taken.spent
        yield step
    if batch.response is not None:
        step = _step(batch, [], [])
        step.response = batch.response
        yield step


def refused_step(step: Batch, error: RunError) -> None:
    """Put a failure in the place of what a step with one row wanted to store."""
    row = step.rows[0].refused(error)
    step.rows = [row]
    step.events = [of_refused(event, row) for event in step.events]


def _step(batch: Batch, rows: list[NodeRunRow], events: list[EventRecord]) -> Batch:
    return Batch(batch.execution_id, batch.epoch, 0, rows, events, None, wakes=batch.wakes, taken=Buffer())
