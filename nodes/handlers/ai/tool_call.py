"""The Tool call node: tools used without a model, those that are called together side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from core.json import NotStorable, loads
from core.values.kinds import is_object
from nodes.base import Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.budget import Budget
from nodes.helpers import Helper, Slot
from nodes.items import Item
from nodes.tool_results import failed_with, given_by

MOST_CALLS = 100  # of one item
AT_ONCE = 10
NOTHING: Mapping[str, Any] = {}


class ToolCallParams(NodeParams):
    tool: str = Field(default="", max_length=64, title="Tool", description="Its name; empty: the calls below")
    arguments: dict[str, Any] = Field(default={}, title="Arguments")
    calls: list[dict[str, Any]] = Field(
        default=[],
        max_length=MOST_CALLS,
        title="Calls",
        description='What a model asked for: [{"id", "tool", "arguments"}]',
    )


@dataclass(frozen=True, slots=True)
class Call:
    id: str
    tool: str
    arguments: Mapping[str, Any]


class ToolCall(NodeType[ToolCallParams]):
    """Call tools, and hand on what each of them gave; a tool that fails is a result.

    Outputs: {"results": [{"id", "tool", "result", "error"}]} by "main", in the order of the calls.
    Raises: NodeFailed "invalid_calls" where a call cannot be read.
    """

    kind = "tool_call"
    effect: ClassVar[Effect] = "write"
    Params = ToolCallParams
    slots = (Slot("tools", "tool", many=True, required=True, label="Tools"),)
    default_timeout_s = 600
    look = Look(
        label="Tool call",
        description="Calls tools by name, without a model.",
        category="ai",
        icon="wrench",
        color="#9333ea",
        summary="{{ tool }}",
        aliases=("function call", "tools", "use tool"),
        docs="Tools stand below the node, in its slot. `tool` and `arguments` name one call, or `calls` are those "
        "that an earlier step asks for; up to ten run at a time. Arguments are held against the tool's schema first: "
        "`invalid_arguments` says what does not fit. A tool that fails is a result with an `error`, and the node goes "
        "on. What has been called is stored, and is not called again when the run goes on elsewhere.",
        output_fields=(("results", "json"),),
    )

    async def run(self, params: ToolCallParams, item: Item, ctx: NodeContext) -> NodeResult:
        calls = _calls(params)
        tools = {tool.tool_name: tool for tool in await ctx.tools("tools", item)}
        made: list[dict[str, Any]] = []
        counting = Budget()
        for begin in range(0, len(calls), AT_ONCE):
            part = calls[begin : begin + AT_ONCE]
            works = [partial(_step, ctx, item, tools, begin + at, call) for at, call in enumerate(part)]
            made += [counting.take({"json": one})["json"] for one in await ctx.side_by_side(works)]
        results = [
            {"id": call.id, "tool": call.tool, "result": one["result"], "error": one["error"]}
            for call, one in zip(calls, made, strict=True)
        ]
        files = _files(calls, made)
        return NodeResult.items([{"json": {"results": results}, **({"binary": files} if files else {})}])


async def _step(ctx: NodeContext, item: Item, tools: Mapping[str, Helper], number: int, call: Call) -> dict[str, Any]:
    async def work(_key: str) -> dict[str, Any]:
        tool = tools.get(call.tool)
        if tool is None:
            return failed_with(NodeFailed("unknown_tool", f"There is no tool {call.tool!r}", tools=sorted(tools)))
        try:
            return given_by(await ctx.call_helper(tool, item, call.arguments))
        except NodeFailed as exc:
            return failed_with(exc)

    tool = tools.get(call.tool)
    given = {"tool": call.tool, "arguments": dict(call.arguments)}
    effect: Effect = "write" if tool is None or tool.is_write else "read"
    return await ctx.step(f"t{number}", work, kind="tool", effect=effect, given=given)


def _files(calls: list[Call], made: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the files of all results, by names that are used once."""
    found: dict[str, Any] = {}
    for call, one in zip(calls, made, strict=True):
        for name, reference in one["files"].items():
            found[name if name not in found else f"{call.tool}_{name}_{len(found)}"] = reference
    return found


def _calls(params: ToolCallParams) -> list[Call]:
    """Return what is to be called. Raises: NodeFailed "invalid_calls"."""
    if params.tool:
        return [Call("call_1", params.tool, params.arguments)]
    return [_call(at, call) for at, call in enumerate(params.calls)]


def _call(at: int, call: Mapping[str, Any]) -> Call:
    """Read one call as this node, or a provider of models, writes it: `function` with arguments as text too."""
    function = call.get("function")
    said: Mapping[str, Any] = function if is_object(function) else call
    name = said.get("tool") or said.get("name")
    arguments: Any = said.get("arguments", said.get("args"))
    if isinstance(arguments, str):
        arguments = _read(at, arguments)
    arguments = NOTHING if arguments is None else arguments
    if not isinstance(name, str) or not name or not is_object(arguments):
        raise NodeFailed("invalid_calls", f"Call {at + 1} names no tool, or its arguments are no object")
    return Call(str(call.get("id") or f"call_{at + 1}"), name, arguments)


def _read(at: int, text: str) -> Any:
    try:
        return loads(text) if text.strip() else NOTHING
    except (ValueError, NotStorable) as exc:
        raise NodeFailed("invalid_calls", f"The arguments of call {at + 1} are no JSON: {exc}"[:500]) from exc
