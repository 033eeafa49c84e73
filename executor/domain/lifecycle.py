"""The whole life of an execution.

pending ──▶ running ──▶ completed · failed · cancelled · timeout
   ▲  ▲       │  │
   │  └───────┘  ▼  its worker was lost, or handed it back
   │          waiting · paused
   └─────────────┘  an answer, a timer, a signal, a person
"""

from enum import StrEnum


class Status(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"


class NodeStatus(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


NEXT: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.RUNNING, Status.PAUSED, Status.CANCELLED, Status.FAILED, Status.TIMEOUT}),
    Status.RUNNING: frozenset(
        {
            Status.WAITING,
            Status.PAUSED,
            Status.COMPLETED,
            Status.FAILED,
            Status.CANCELLED,
            Status.TIMEOUT,
            Status.PENDING,
        }
    ),
    Status.WAITING: frozenset({Status.PENDING, Status.PAUSED, Status.FAILED, Status.CANCELLED}),
    Status.PAUSED: frozenset({Status.PENDING, Status.CANCELLED}),
}
FINAL = frozenset(Status).difference(NEXT)
STATUS_CHOICES = [(status.value, status.value) for status in Status]
NODE_STATUS_CHOICES = [(status.value, status.value) for status in NodeStatus]


# What a person may ask for, and where it is allowed. Source: the table of verbs in docs/durability.md.
VERBS_ALLOWED: dict[Status, tuple[str, ...]] = {
    Status.PENDING: ("pause", "stop", "signal"),
    Status.RUNNING: ("pause", "resume", "stop", "signal"),
    Status.WAITING: ("pause", "resume", "stop", "signal"),
    Status.PAUSED: ("resume", "stop", "signal"),
    Status.COMPLETED: ("retry", "delete"),
    Status.FAILED: ("retry", "delete"),
    Status.CANCELLED: ("retry", "delete"),
    Status.TIMEOUT: ("retry", "delete"),
}
