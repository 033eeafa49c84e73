"""Lanes: how many rows of one sort are at work at once, and with how many threads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lane:
    """Rows that wait for the same sort of thing share places; those of other lanes never wait for them."""

    name: str
    places: int
    threads: int


LANES = {
    lane.name: lane
    for lane in (
        Lane("calls", 40, 4),  # HTTP: waits on the loop, so that slow receivers hold no threads
        Lane("mails", 6, 6),
        Lane("work", 4, 4),  # in the database: schedules, starts, slices of jobs
        Lane("polls", 8, 8),
        Lane("documents", 2, 2),  # files read in a process of their own, and embedded in slices
        Lane("registrations", 4, 4),  # other services told what to call
    )
}
