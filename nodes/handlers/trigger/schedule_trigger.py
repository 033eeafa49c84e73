"""The schedule trigger: starts by the clock."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from core.values.cron import LONGEST_INTERVAL_S, CronInvalid, parse_cron
from core.values.times import zone
from nodes.base import LITERAL, Look, NodeParams
from nodes.scheduling import ScheduleType, Timing


class ScheduleParams(NodeParams):
    cron: str | None = Field(
        default=None, max_length=200, title="Cron", description="Minute, hour, day, month, weekday",
        json_schema_extra={**LITERAL, "placeholder": "0 9 * * 1-5"},
    )  # fmt: skip
    interval_s: int | None = Field(
        default=None, ge=10, le=LONGEST_INTERVAL_S, title="Every … seconds", json_schema_extra=LITERAL
    )
    timezone: str | None = Field(
        default=None, max_length=64, title="Time zone", description="Empty: the workflow's", json_schema_extra=LITERAL
    )
    input: dict[str, Any] = Field(default={}, title="Input", json_schema_extra=LITERAL)
    missed: Literal["skip", "run_once", "run_all"] = Field(
        default="run_once", title="Missed runs", description="What was due while nothing was running",
        json_schema_extra=LITERAL,
    )  # fmt: skip
    overlap: Literal["allow", "skip", "queue", "cancel"] = Field(
        default="allow", title="While the last run goes on", json_schema_extra=LITERAL
    )

    @field_validator("cron")
    @classmethod
    def _cron_can_be_read(cls, cron: str | None) -> str | None:
        if cron is not None:
            try:
                parse_cron(cron)
            except CronInvalid as exc:
                raise ValueError(str(exc)) from exc
        return cron

    @field_validator("timezone")
    @classmethod
    def _zone_is_known(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                zone(name)
            except ValueError as exc:
                raise ValueError(f"{name!r} is no time zone") from exc
        return name

    @model_validator(mode="after")
    def _one_of_both(self) -> ScheduleParams:
        if (self.cron is None) == (self.interval_s is None):
            raise ValueError("either cron or interval_s is needed")
        return self


class ScheduleTrigger(ScheduleType[ScheduleParams]):
    """Start at the times of a cron expression, or every so many seconds."""

    kind = "schedule_trigger"
    Params = ScheduleParams
    look = Look(
        label="Schedule",
        description="Starts by the clock: cron or an interval.",
        category="trigger",
        icon="calendar-clock",
        color="#16a34a",
        summary="{{ cron }}",
        aliases=("cron", "timer", "interval", "every"),
        docs="Works once the workflow is deployed. Each moment it is due starts one run, whatever is restarted "
        "meanwhile. `missed` says what follows when nothing was running, `overlap` what while the last run goes on.",
    )

    def timing(self, params: ScheduleParams) -> Timing:
        return Timing(params.cron, params.interval_s, params.timezone, params.input, params.missed, params.overlap)
