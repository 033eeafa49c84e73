"""The tools of an agent: what a model is told of them, and each call as a step that is never made twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from core.json import canonical, dumps_text
from core.text.for_models import enclosed
from nodes.base import Effect, NodeContext, NodeFailed
from nodes.handlers.ai.agents.approving import Approvals
from nodes.handlers.ai.vetting import found_in, rules
from nodes.helpers import Helper
from nodes.items import Item
from nodes.language_models import Message, Tool, ToolCall, ToolResult
from nodes.tool_results import failed_with, given_by

AT_ONCE = 10
SAME_FAILURES = 3  # of one call with the same arguments: then it goes nowhere
MOST_TOLD_BYTES = 16 * 1024  # of what a tool gives, for the model; all of it stands in the step
MOST_ERROR_BYTES = 4 * 1024


@dataclass(frozen=True, slots=True)
class Made:
    """A call that is over, as its step keeps it. `told` is what the model gets."""

    tool: str
    arguments: Any
    result: Any
    error: Mapping[str, Any] | None
    told: str
    ms: int
    files: Mapping[str, Any]
    warnings: Sequence[Sequence[str]] = ()

    def as_step(self) -> dict[str, Any]:
        """Return it as it stands in the `steps` of an output."""
        return {
            "tool": self.tool, "arguments": self.arguments, "result": self.result,
            "error": None if self.error is None else dict(self.error), "ms": self.ms,
        }  # fmt: skip


@dataclass(slots=True)
class Calls:
    """How many calls were asked for: what several toolboxes that share it may do together."""

    number: int = 0


@dataclass(slots=True)
class Toolbox:
    """Calls tools for the model of one agent. `prefix` stands before the names of its steps."""

    ctx: NodeContext
    item: Item
    tools: Mapping[str, Helper]
    approvals: Approvals
    prefix: str = ""
    calls: Calls = field(default_factory=Calls)
    made: list[Made] = field(default_factory=list[Made])
    _failed: Counter[bytes] = field(default_factory=Counter[bytes])

    @property
    def told(self) -> list[Tool]:
        """What the model is told of the tools."""
        return [Tool(tool.tool_name, tool.tool_description, dict(tool.input_schema)) for tool in self.tools.values()]

    async def call(self, number: int, calls: Sequence[ToolCall]) -> list[Message]:
        """Make the calls of a round together; returns what the model is told of each.

        Raises: NodeFailed "tool_loop", "content_blocked".
        """
        self.calls.number += len(calls)
        made: list[Made] = []
        for begin in range(0, len(calls), AT_ONCE):
            part = calls[begin : begin + AT_ONCE]
            works = [partial(self._one, f"{number}-{begin + at}", call) for at, call in enumerate(part)]
            made += await self.ctx.side_by_side(works)
        self.made += made
        for one in made:
            self._check_progress(one)
        return [
            Message("tool", result=ToolResult(call.id, call.name, one.told, is_error=one.error is not None))
            for call, one in zip(calls, made, strict=True)
        ]

    def _check_progress(self, made: Made) -> None:
        if made.error is None:
            return
        known = canonical([made.tool, made.arguments])
        self._failed[known] += 1
        if self._failed[known] >= SAME_FAILURES:
            said = f"{made.tool} was called {SAME_FAILURES} times with the same arguments, and failed each time"
            raise NodeFailed("tool_loop", said, tool=made.tool, arguments=made.arguments, error=dict(made.error))

    # -- one call ----------------------------------------------------------------------------------------------------
    async def _one(self, place: str, call: ToolCall) -> Made:
        tool = self.tools.get(call.name)
        arguments: Mapping[str, Any] | None = call.arguments
        refused = None
        if tool is not None and arguments is not None and self.approvals.asks_for(call.name):
            given = await self.approvals.ask(f"{self.prefix}a{place}", tool, arguments)
            arguments, refused = given.arguments, given.refused

        async def work(_key: str) -> dict[str, Any]:
            begun = time.monotonic()
            made = await self._given(tool, call, arguments, refused)
            made["ms"] = round((time.monotonic() - begun) * 1000)
            return {**made, **await self._to_tell(call.name, made)}

        effect: Effect = "write" if tool is not None and tool.is_write and refused is None else "read"
        shown = {"tool": call.name, "arguments": call.raw if arguments is None else arguments}
        kept = await self.ctx.step(f"{self.prefix}t{place}", work, kind="tool", effect=effect, given=shown)
        return Made(
            call.name, shown["arguments"], kept["result"], kept["error"], kept["told"], kept["ms"], kept["files"],
            kept["warnings"],
        )  # fmt: skip

    async def _given(
        self, tool: Helper | None, call: ToolCall, arguments: Mapping[str, Any] | None, refused: str | None
    ) -> dict[str, Any]:
        try:
            if tool is None:
                raise NodeFailed("unknown_tool", f"There is no tool {call.name!r}"[:300], tools=sorted(self.tools))
            if arguments is None:
                raise NodeFailed("invalid_arguments", f"The arguments are no JSON object: {call.raw}"[:500])
            if refused is not None:
                raise NodeFailed("rejected", f"rejected: {refused}")
            return given_by(await self.ctx.call_helper(tool, self.item, arguments))
        except NodeFailed as exc:
            return failed_with(exc)

    async def _to_tell(self, name: str, made: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the model is told, and what was found in it. Raises: NodeFailed "content_blocked"."""
        error = made["error"]
        if error is not None:
            text, most = _error_text(error), MOST_ERROR_BYTES
        else:
            result = made["result"]
            text, most = result if isinstance(result, str) else dumps_text(result), MOST_TOLD_BYTES
        text = cut(text, most)
        found = await found_in(self.ctx, text, await rules(self.ctx))
        blocked = [one for one in found if one.action == "block"]
        if blocked:
            raise NodeFailed(
                "content_blocked", f"What {name} gave is not handed to the model: {blocked[0].kind}",
                reason=blocked[0].kind, findings=[one.as_dict() for one in blocked],
            )  # fmt: skip
        warnings = [["prompt_injection", f"What {name} gave may hold instructions: {one.kind}"] for one in found[:1]]
        is_ours = error is not None and error["code"] == "rejected"
        return {"told": text if is_ours else enclosed([(f"tool {name}", text)]), "warnings": warnings}


def _error_text(error: Mapping[str, Any]) -> str:
    if error["code"] == "rejected":
        return str(error["message"])
    text = f"error {error['code']}: {error['message']}"
    return f"{text}\n{dumps_text(error['details'])}" if error["details"] else text


def cut(text: str, most_bytes: int) -> str:
    """Return a text of at most so many bytes, and say where it is not all."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= most_bytes:
        return text
    note = f"\n… cut: {len(raw)} bytes in all"
    return raw[: most_bytes - len(note.encode())].decode("utf-8", "ignore") + note


def described(tools: Sequence[Helper]) -> list[dict[str, Any]]:
    """Return tools as a step keeps them: a run that goes on elsewhere tells its model of the same ones."""
    return [
        {"node_id": tool.node_id, "member": tool.member, "name": tool.tool_name, "effect": tool.effect,
         "description": tool.tool_description, "schema": dict(tool.input_schema)}
        for tool in tools
    ]  # fmt: skip


def restored(kept: Sequence[Mapping[str, Any]], helpers: Sequence[Helper]) -> dict[str, Helper]:
    """Return kept tools by name, each with the helper that it is a tool of."""
    known = {helper.node_id: helper for helper in helpers}
    return {
        tool["name"]: replace(
            known[tool["node_id"]], tool_name=tool["name"], tool_description=tool["description"],
            input_schema=tool["schema"], effect=tool["effect"], member=tool["member"], is_set=False,
        )
        for tool in kept
        if tool["node_id"] in known
    }  # fmt: skip
