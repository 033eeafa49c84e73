"""Triggers that come by the clock: what of their params says when, and what follows from being late."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from nodes.base import Armed, NodeParams
from nodes.trigger_types import TriggerType

P = TypeVar("P", bound=NodeParams)


@dataclass(frozen=True, slots=True)
class Timing:
    """When a trigger is due: by `cron` or every `interval_s`. Without a time zone it is the workflow's."""

    cron: str | None
    interval_s: int | None
    timezone: str | None
    input: dict[str, Any]
    missed: str = "run_once"
    overlap: str = "allow"


class ScheduleType(TriggerType[P]):
    """A trigger that is due again and again, by the clock."""

    armed: ClassVar[Armed | None] = "schedule"
    starts_as: ClassVar[str] = "schedule"

    @abstractmethod
    def timing(self, params: P) -> Timing:
        """Return when it is due."""
