"""Triggers that look for what is new: what a poll gets to use, and what it gives back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from nodes.base import Armed, NodeFailed, NodeParams, Reach
from nodes.trigger_types import TriggerType

P = TypeVar("P", bound=NodeParams)
R = TypeVar("R")
Cursor = Mapping[str, Any]
MOST_AT_ONCE = 100


class PollContext(Reach, Protocol):
    """All that a poll may reach."""

    @property
    def folders(self) -> Sequence[Path]:
        """The folders of this machine that workflows may watch."""
        ...

    def left_s(self) -> float:
        """Return the seconds that are left of this poll."""
        ...

    async def in_thread(self, work: Callable[[], R]) -> R:
        """Let a thread do what waits for the world: a mailbox, a folder. It computes nothing."""
        ...

    async def address_of(self, host: str, port: int) -> str:
        """Return the address a host may be reached at. Raises: NodeFailed "ssrf_blocked", "unreachable"."""
        ...


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll found: `items` start a run, if there are any; the next poll goes on at `cursor`.

    An item may hold files in `$binary`. `has_more`: there is more than could be taken at once. `warning`: what could
    not be done beside, shown as the trigger's error until the next poll. `failure`: why there may be more that could
    not be looked at, shown as well; while nothing is found each one doubles the pause, as one raised does, but the
    cursor moves.
    """

    items: Sequence[dict[str, Any]]
    cursor: Cursor
    has_more: bool = False
    warning: str = ""
    failure: NodeFailed | None = None


class PollType(TriggerType[P]):
    """A trigger that is asked again and again. Its params have `every_s`."""

    armed: ClassVar[Armed | None] = "poll"

    @abstractmethod
    async def poll(self, params: P, cursor: Cursor | None, ctx: PollContext) -> Polled:
        """Look for what is new. Without a cursor, what is there already counts as known. Raises: NodeFailed."""

    @abstractmethod
    async def sample(self, params: P, ctx: PollContext) -> Sequence[dict[str, Any]]:
        """Return a few of what is there already, the newest first, to try a workflow with. Raises: NodeFailed."""

    def identity(self, params: P) -> Mapping[str, Any]:
        """Return what of the params says where is looked: with another one, known things are forgotten."""
        return params.model_dump(mode="json", exclude={"every_s"})
