"""The MCP Tool node: one call of a tool for each item, of a server that is chosen when it runs."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from nodes.abilities import MCP, MCP_SERVER, Mcp
from nodes.base import Effect, Look, NodeContext, NodeParams, NodeResult, NodeType
from nodes.handlers.ai.mcp_results import failed, with_files
from nodes.items import Item

ADVANCED: dict[str, Any] = {"group": "advanced"}


class McpToolParams(NodeParams):
    server_id: str = Field(
        min_length=1,
        max_length=64,
        title="Server",
        description="An MCP server of yours or of the system",
        json_schema_extra={"control": MCP_SERVER},
    )
    tool: str = Field(
        min_length=1,
        max_length=200,
        title="Tool",
        description="Its name, as the server lists it",
        json_schema_extra={"control": "mcp_tool", "of": "server_id"},
    )
    arguments: dict[str, Any] = Field(default={}, title="Arguments")
    fail_on_error: bool = Field(
        default=True,
        title="Fail where the tool fails",
        description="Off: the item goes on with is_error",
        json_schema_extra=ADVANCED,
    )


class McpToolNode(NodeType[McpToolParams]):
    """Call a tool of an MCP server for each item.

    Outputs: {"content": [part], "structured": JSON, "is_error": bool}; images, sound and files stand in the item's
    `binary`, and their part names them by `file`. Raises: NodeFailed: those of `Mcp`.
    """

    kind = "mcp_tool"
    effect: ClassVar[Effect] = "write"
    Params = McpToolParams
    default_timeout_s = 120
    look = Look(
        label="MCP Tool",
        description="Calls a tool of an MCP server for each item.",
        category="ai",
        icon="plug",
        color="#9333ea",
        summary="{{ tool }}",
        aliases=("mcp", "model context protocol", "tool"),
        docs="Servers are added in the settings; see [MCP servers](mcp.md). Server and tool may be expressions. A call "
        "that has ended is never made again: it is a step of the node. One that was cut off is made again only if the "
        "server calls the tool read-only. Images, sound and files become files of the item.",
        output_fields=(("content", "json"), ("structured", "json"), ("is_error", "boolean")),
    )

    async def run(self, params: McpToolParams, item: Item, ctx: NodeContext) -> NodeResult:
        mcp = await ctx.ability(MCP)
        effect = await _effect_of(mcp, params)

        async def called(_key: str) -> dict[str, Any]:
            outcome = await mcp.call(params.server_id, params.tool, params.arguments)
            if outcome.is_error and params.fail_on_error:
                raise failed(outcome, params.tool)
            content, binary = await with_files(outcome, ctx)
            return {
                "json": {"content": content, "structured": outcome.structured, "is_error": outcome.is_error},
                "binary": binary,
            }

        given = {"server_id": params.server_id, "tool": params.tool, "arguments": params.arguments}
        made = await ctx.step("call", called, kind="tool", effect=effect, given=given)
        result: Item = {"json": made["json"]}
        if made["binary"]:
            result["binary"] = made["binary"]
        return NodeResult.items([result])


async def _effect_of(mcp: Mcp, params: McpToolParams) -> Effect:
    """Return what the server says its tool does; of a tool that it does not list the worst is assumed."""
    listed = {tool.name: tool for tool in await mcp.tools(params.server_id)}
    return "read" if params.tool in listed and listed[params.tool].is_read_only else "write"
