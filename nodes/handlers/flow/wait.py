"""The Wait node: for a time, until a moment, or for a signal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from core.values.times import in_utc
from nodes.base import Answer, BatchNodeType, Look, NodeContext, NodeParams, NodeResult, WaitFor
from nodes.items import Items

LONGEST_S = 365 * 24 * 3600.0


class WaitParams(NodeParams):
    mode: Literal["duration", "until", "signal"] = Field(default="duration", title="Wait")
    seconds: float = Field(
        default=60,
        ge=0,
        le=LONGEST_S,
        title="Seconds",
        json_schema_extra={"show_if": {"field": "mode", "in": ["duration"]}},
    )
    until: datetime | None = Field(
        default=None, title="Until", description="A moment; without a zone, in the workflow's",
        json_schema_extra={"show_if": {"field": "mode", "in": ["until"]}},
    )  # fmt: skip
    signal: str = Field(
        default="resume", min_length=1, max_length=200, title="Signal",
        json_schema_extra={"show_if": {"field": "mode", "in": ["signal"]}},
    )  # fmt: skip
    timeout_s: float | None = Field(
        default=None, gt=0, le=LONGEST_S, title="Longest wait",
        description="In seconds; then it goes on without a signal",
        json_schema_extra={"show_if": {"field": "mode", "in": ["signal"]}},
    )  # fmt: skip

    @model_validator(mode="after")
    def _moment_is_there(self) -> WaitParams:
        if self.mode == "until" and self.until is None:
            raise ValueError("a moment is needed to wait until")
        return self


class Wait(BatchNodeType[WaitParams]):
    """Hold the items until it is time or a signal came.

    Outputs: the items by "main"; after a signal each with `signal`, its payload (null and `timed_out` without one).
    """

    kind = "wait"
    waits = True
    obeys = frozenset()  # it has a time of its own, and nothing to try again
    Params = WaitParams
    look = Look(
        label="Wait",
        description="Waits for a time, until a moment, or for a signal.",
        category="flow",
        icon="clock",
        color="#7c3aed",
        summary="{{ mode }}",
        aliases=("delay", "sleep", "pause", "timer", "callback"),
        docs="A waiting run holds no worker. A signal comes by `POST …/executions/{id}/signals/{name}/`, or without a "
        "login by `POST /api/webhooks/resume/{token}`, where the token is `$execution.resume_token`.",
    )

    async def run_all(self, params: WaitParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = [{**item, "pairedItem": {"item": at}} for at, item in enumerate(inputs.get("main") or [])]
        if params.mode == "duration":
            await ctx.wait(WaitFor("timer", ctx.now + timedelta(seconds=params.seconds)))
        elif params.mode == "until":
            await ctx.wait(WaitFor("timer", _moment(params, ctx)))
        else:
            until = ctx.now + timedelta(seconds=params.timeout_s) if params.timeout_s else None
            answer = await ctx.wait(WaitFor("signal", until, params.signal))
            items = [{**item, "json": {**item["json"], **_brought(answer)}} for item in items]
        return NodeResult({"main": items})


def _moment(params: WaitParams, ctx: NodeContext) -> datetime:
    assert params.until is not None  # noqa: S101 (the params were checked)
    return in_utc(params.until if params.until.tzinfo else params.until.replace(tzinfo=ZoneInfo(ctx.timezone)))


def _brought(answer: Answer) -> dict[str, Any]:
    if answer.get("by") == "time":
        return {"signal": None, "timed_out": True}
    return {"signal": answer.get("payload")}
