"""Kinds of rows: who does them, how often they are tried, in which lane. Higher floors name theirs in the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from core import jitter
from core.outbox.tools import Tools

NOBODY = UUID(int=0)  # the owner of what belongs to the installation
SOON_S = (5.0, 30.0, 120.0, 600.0)
MOST_PAUSE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was claimed."""

    id: UUID
    kind: str
    owner_id: UUID
    payload: Mapping[str, Any]
    key: str | None
    attempts: int
    losses: int
    wishes: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Later:
    """The row is to be done again, at a moment; that is no failure."""

    at: datetime
    payload: Mapping[str, Any] | None = None


class GiveUp(Exception):
    """Trying again is of no use: the row becomes a dead letter at once."""


Outcome = Later | None


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of row is: `run` does one, raises where that failed, and returns when it is to be done again.

    It runs at least once: a row whose process was lost is run again, with the same id. `pauses_s` lie between the
    tries; one that never gives up goes on with the last of them.
    """

    name: str
    lane: str
    run: Callable[[Row, Tools], Awaitable[Outcome]]
    pauses_s: tuple[float, ...] = SOON_S
    gives_up: bool = True
    limit_s: float = 60

    def pause_s(self, attempts: int) -> float | None:
        """Return how long to wait after so many failed tries; None: it was the last one."""
        if attempts > len(self.pauses_s) and self.gives_up:
            return None
        pause = self.pauses_s[min(attempts, len(self.pauses_s)) - 1]
        return pause * jitter.between(0.9, 1.2)


def in_thread(work: Callable[[Row], Outcome]) -> Callable[[Row, Tools], Awaitable[Outcome]]:
    """Return what runs synchronous work in a thread of the row's lane."""

    async def run(row: Row, tools: Tools) -> Outcome:
        return await tools.call(work, row)

    return run


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the kinds of this installation by name; `settings.OUTBOX_KINDS` says where they stand."""
    return {kind.name: kind for place in settings.OUTBOX_KINDS for kind in import_string(place)}
