"""The Date & Time node: now, arithmetic, formats, parts and differences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from core.values import moments
from core.values.paths import set_path
from core.values.times import parse_time, wire_time, zone
from nodes.base import Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.items import Item

Unit = Literal["years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds"]
MONTHS = frozenset({"years", "quarters", "months"})


class DateTimeParams(NodeParams):
    operation: Literal[
        "get_current_date",
        "add_to_date",
        "subtract_from_date",
        "format_date",
        "round_date",
        "extract_date",
        "get_time_between_dates",
    ] = Field(default="get_current_date", title="Operation")
    date: Any = Field(default=None, title="Date", description="ISO 8601 text, or seconds or milliseconds since 1970")
    end_date: Any = Field(default=None, title="End date")
    duration: float = Field(default=0, ge=-1e9, le=1e9, title="Amount")
    time_unit: Unit = Field(default="days", title="Unit")
    format: str = Field(
        default="", max_length=200, title="Format", description="strftime, such as %Y-%m-%d; empty: ISO 8601"
    )
    from_format: str = Field(
        default="", max_length=200, title="Format of the date", description="strptime; empty: ISO 8601"
    )
    rounding: Literal["down", "up"] = Field(default="down", title="Round")
    part: Literal["year", "month", "week", "day", "hour", "minute", "second", "weekday"] = Field(
        default="month", title="Part"
    )
    timezone: str = Field(default="", title="Time zone", description="IANA name; empty: the workflow's")
    include_time: bool = Field(default=True, title="Include the time")
    output_field_name: str = Field(default="date", min_length=1, title="Put it into")
    include_input_fields: bool = Field(default=True, title="Keep other fields")


class DateAndTime(NodeType[DateTimeParams]):
    """Work with a moment. Raises: NodeFailed "invalid_date"."""

    kind = "date_time"
    Params = DateTimeParams
    look = Look(
        label="Date & Time",
        description="Now, arithmetic, formats, parts and differences of dates.",
        category="transform",
        icon="calendar",
        color="#0891b2",
        summary="{{ operation }}",
        aliases=("date", "time", "format", "now"),
        docs="Moments are written as ISO 8601 unless a format says otherwise. Months and years keep the day "
        "where they can. Hours and less are time that passes, days and longer go by the local clock, also "
        "between dates: there is a fraction of the last unit.",
    )

    async def run(self, params: DateTimeParams, item: Item, ctx: NodeContext) -> NodeResult:
        name = params.timezone or ctx.timezone
        try:
            value = result_of(params, ctx.now.astimezone(zone(name)))
        except (ValueError, OverflowError, OSError) as exc:
            raise NodeFailed("invalid_date", f"This cannot be done with the date: {exc}") from exc
        made: dict[str, Any] = item["json"] if params.include_input_fields else {}
        result: Item = {"json": set_path(made, params.output_field_name, value)}
        if "binary" in item and params.include_input_fields:
            result["binary"] = item["binary"]
        return NodeResult({"main": [result]})


def result_of(params: DateTimeParams, now: datetime) -> Any:
    """Return what the operation gives. Raises: ValueError, OverflowError, OSError."""
    if params.operation == "get_current_date":
        moment = now if params.include_time else moments.start_of(now, "days")
        return written(moment, params.format)
    moment = read(params.date, params.from_format, now)
    if params.operation in ("add_to_date", "subtract_from_date"):
        sign = 1 if params.operation == "add_to_date" else -1
        return written(shifted(moment, params.duration * sign, params.time_unit), params.format)
    if params.operation == "format_date":
        return written(moment, params.format)
    if params.operation == "extract_date":
        return part_of(moment, params.part)
    if params.operation == "round_date":
        return written(rounded(moment, params.time_unit, up=params.rounding == "up"), params.format)
    return between(moment, read(params.end_date, params.from_format, now), params.time_unit)


def read(value: Any, pattern: str, now: datetime) -> datetime:
    where = now.tzinfo or UTC
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) > 1e11 else value
        return datetime.fromtimestamp(seconds, where)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("there is no date")
    if pattern:
        moment = datetime.strptime(value, pattern)  # noqa: DTZ007 (the zone follows in the next line)
        return moment.astimezone(where) if moment.tzinfo else moments.at_clock(moment, where)
    found = parse_time(value, where)
    if found is None:
        raise ValueError(f"{value[:60]!r} is not a date")
    return found.astimezone(UTC).astimezone(where)  # a time that the clock leaves out moves on


def written(moment: datetime, pattern: str) -> str:
    if pattern:
        return moment.strftime(pattern)
    return wire_time(moment) if moment.utcoffset() == timedelta() else moment.isoformat(timespec="milliseconds")


def shifted(moment: datetime, amount: float, unit: Unit) -> datetime:
    if unit in MONTHS and not float(amount).is_integer():
        raise ValueError(f"{unit} can be added only as whole ones")
    return moments.shifted(moment, {unit: amount})


def rounded(moment: datetime, unit: Unit, *, up: bool) -> datetime:
    begin = moment if unit == "milliseconds" else moments.start_of(moment, unit)
    return shifted(begin, 1, unit) if up and moments.elapsed(moment, begin) else begin


def part_of(moment: datetime, part: str) -> int:
    if part == "week":
        return moment.isocalendar().week
    return moment.isoweekday() if part == "weekday" else int(getattr(moment, part))


def between(start: datetime, end: datetime, unit: Unit) -> int | float:
    """Return the time between two moments; months and longer by the calendar, with a fraction of the last one."""
    amount = moments.difference(end, start, [unit])[unit]
    return int(amount) if float(amount).is_integer() else amount
