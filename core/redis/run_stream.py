"""Names in Redis around a run: its stream of events, and the channels that wake who waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ENDED = "heddle:ended"
RESPONDED = "heddle:responded"
COMMANDS = "heddle:commands"
TASKS = "heddle:tasks"
WORK = "heddle:work"
LOOK_AT_ROWS = b"[]"  # in a run's stream: there are events that only the rows hold
KEEP_S = 3600
KEEP_ENTRIES = 5000
ENTRY_BYTES = 16 * 1024  # of one entry, without its last event: whoever reads holds a few


def key_of(execution_id: object) -> str:
    return f"heddle:run:{execution_id}"


def add_live(pipeline: Any, execution_id: object, event: bytes) -> None:
    """Append an event without a number to a run's stream: it is read by who listens now, and by nobody later."""
    key = key_of(execution_id)
    pipeline.xadd(key, {"live": event}, maxlen=KEEP_ENTRIES, approximate=True)
    pipeline.expire(key, KEEP_S)


def add(pipeline: Any, execution_id: object, events: bytes) -> None:
    """Append a commit's events (a JSON list) to a run's stream."""
    key = key_of(execution_id)
    pipeline.xadd(key, {"events": events}, maxlen=KEEP_ENTRIES, approximate=True)
    pipeline.expire(key, KEEP_S)


def add_each(pipeline: Any, execution_id: object, events: Sequence[bytes]) -> None:
    """Append a commit's events, each as JSON, in as many entries as they need."""
    together: list[bytes] = []
    size = 0
    for event in events:
        together.append(event)
        size += len(event)
        if size >= ENTRY_BYTES:
            add(pipeline, execution_id, b"[%b]" % b",".join(together))
            together, size = [], 0
    if together:
        add(pipeline, execution_id, b"[%b]" % b",".join(together))
