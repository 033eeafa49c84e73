"""The date and time tool: now, arithmetic, formats and differences, in a time zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from nodes.base import Look, NodeContext, NodeParams, NodeResult
from nodes.handlers.transform.date_time import DateAndTime, DateTimeParams
from nodes.helper_types import ToolType
from nodes.items import Item

OPERATIONS = {
    "now": "get_current_date", "add": "add_to_date", "subtract": "subtract_from_date", "format": "format_date",
    "difference": "get_time_between_dates",
}  # fmt: skip
LONGEST = 200  # characters of a text
UNITS = ["years", "months", "weeks", "days", "hours", "minutes", "seconds"]


class DateTimeToolParams(NodeParams):
    timezone: str = Field(default="", title="Time zone", description="IANA name; empty: the workflow's")


class DateTimeTool(ToolType[DateTimeToolParams]):
    """Work with a moment. Raises: NodeFailed "invalid_date"."""

    kind = "date_time_tool"
    Params = DateTimeToolParams
    look = Look(
        label="Date & time tool",
        description="Tells a model the time, and counts with dates.",
        category="ai_helpers",
        icon="calendar",
        color="#0891b2",
        aliases=("now", "clock", "today"),
        docs="It works as the Date & Time node does, in the time zone that you say.",
        output_fields=(("date", "string"),),
    )

    def arguments(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            "type": "object",
            "properties": {
                "operation": {"enum": list(OPERATIONS), "description": "What to do"},
                "date": {"type": "string", "maxLength": LONGEST, "description": "ISO 8601; needed for all but now"},
                "end_date": {"type": "string", "maxLength": LONGEST, "description": "ISO 8601, for difference"},
                "amount": {
                    "type": "number", "minimum": -1e9, "maximum": 1e9, "description": "For add and subtract",
                },
                "unit": {"enum": UNITS, "description": "Of the amount, or of the difference"},
                "format": {
                    "type": "string", "maxLength": LONGEST, "description": "strftime, for format, such as %d.%m.%Y",
                },
            },
            "required": ["operation"],
        }  # fmt: skip

    async def use(
        self, params: DateTimeToolParams, arguments: Mapping[str, Any], item: Item, ctx: NodeContext
    ) -> NodeResult:
        given = DateTimeParams.model_validate(
            {
                "operation": OPERATIONS[arguments["operation"]], "date": arguments.get("date"),
                "end_date": arguments.get("end_date"), "duration": arguments.get("amount", 0),
                "time_unit": arguments.get("unit", "days"), "format": arguments.get("format", ""),
                "timezone": params.timezone, "include_input_fields": False,
            }
        )  # fmt: skip
        return await _DATES.run(given, {"json": {}}, ctx)


_DATES = DateAndTime()
