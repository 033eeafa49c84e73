"""Events that were read for a client and not handed on yet: so many bytes for each, and so many in the process.

What is read ahead may be forgotten at any time, as the rows have it: where a client makes another wait for room, the
one that took nothing for longest loses what was read for it, and it is read again when it takes the next event.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ONE_BYTES = 64 * 1024  # of one client, without its last event
ALL_BYTES = 32 * 1024 * 1024  # of all clients of this process


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """An event as it goes out: `seq` is None where it is kept nowhere."""

    seq: int | None
    type: str
    json: bytes


class Room:
    """The bytes that all clients of a process share."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[ReadAhead, int] = OrderedDict()  # who took something last is at the end
        self.bytes = 0

    def hold(self, ahead: ReadAhead, size: int) -> None:
        """Note what a client has now; others make room for it."""
        self.bytes += size - self._held.pop(ahead, 0)
        if size:
            self._held[ahead] = size
        while self.bytes > self._most and len(self._held) > 1:
            next(iter(self._held)).forget()


ROOM = Room(ALL_BYTES)


class ReadAhead:
    """What was read for one client."""

    def __init__(self, room: Room = ROOM) -> None:
        self._room = room
        self._events: deque[WrittenEvent] = deque()
        self._bytes = 0
        self.was_forgotten = False

    def __len__(self) -> int:
        return len(self._events)

    def fill(self, events: Sequence[WrittenEvent]) -> None:
        """Hold events until they are taken."""
        self._events.extend(events)
        self.was_forgotten = False
        self._holds(self._bytes + sum(len(event.json) for event in events))

    def taken(self) -> Iterator[WrittenEvent]:
        """Hand on one after the other; ends early where the rest was forgotten."""
        while self._events:
            event = self._events.popleft()
            self._holds(self._bytes - len(event.json))
            yield event

    def forget(self) -> None:
        self.was_forgotten = self.was_forgotten or bool(self._events)
        self._events.clear()
        self._holds(0)

    def _holds(self, size: int) -> None:
        self._bytes = size
        self._room.hold(self, size)


def fitting(events: Sequence[WrittenEvent]) -> list[WrittenEvent]:
    """Return as many events from the first one on as a client may have read ahead."""
    kept: list[WrittenEvent] = []
    size = 0
    for event in events:
        if size >= ONE_BYTES:
            break
        kept.append(event)
        size += len(event.json)
    return kept
