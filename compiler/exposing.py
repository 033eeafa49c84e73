"""What a workflow's settings say of it as a tool of the MCP server at /mcp/, and whether it can be one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from compiler.diagnostics import Diagnostic
from core.values.kinds import is_object
from core.values.misfits import message_of
from nodes.base import NodeType
from nodes.calling import AsTool

MOST_TOLD = 20  # unknown keys


class McpToolSettings(BaseModel):
    """Whether the deployed workflow is a tool at /mcp/, and how it is shown there."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    enabled: bool = False
    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,64}$")] = ""
    description: str = Field(default="", max_length=4000)
    wait_s: float = Field(default=30, ge=0, le=300)


def mcp_problems(raw: Any, types: Iterable[NodeType[Any] | None]) -> Iterator[Diagnostic]:
    """Yield what is wrong with `settings.mcp`, and whether a workflow of these node types cannot be called by it."""
    if raw is None:
        return
    if not is_object(raw):
        yield Diagnostic("invalid_config", "An object is needed here", None, "settings.mcp")
        return
    for key in sorted(raw.keys() - McpToolSettings.model_fields.keys())[:MOST_TOLD]:
        path = f"settings.mcp.{key}"[:200]
        yield Diagnostic("unknown_setting", f"There is no setting {key[:100]!r}", None, path, severity="warning")
    try:
        read = McpToolSettings.model_validate({key: value for key, value in raw.items() if value is not None})
    except ValidationError as exc:
        for error in exc.errors(include_url=False):
            path = ".".join(("settings", "mcp", *map(str, error["loc"])))
            yield Diagnostic("invalid_config", message_of(error), None, path)
        return
    if read.enabled and not any(isinstance(one, AsTool) for one in types):
        text = "It is to be a tool at /mcp/, but has no trigger that a call can enter by: manual, form or webhook"
        yield Diagnostic("mcp_without_trigger", text, None, "settings.mcp.enabled", severity="warning")
