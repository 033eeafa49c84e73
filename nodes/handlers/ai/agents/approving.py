"""People approve what a model wants to do: a human task for each call, in which its arguments can be changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.forms.forms import form_problem
from core.json import dumps_text
from core.values.kinds import is_object
from nodes.base import Answer, NodeContext, WaitFor
from nodes.helpers import Helper

ALL = "*"
TIME_TO_ANSWER_S = 3 * 24 * 3600.0
MOST_SHOWN = 1000  # characters of the arguments in the message


@dataclass(frozen=True, slots=True)
class Approved:
    """What a call is made with. `refused`: it is not made, for this reason."""

    arguments: Mapping[str, Any]
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Approvals:
    """Which tools of an agent are used only when people agree; `names` may hold "*" for all."""

    ctx: NodeContext
    names: Collection[str]

    def asks_for(self, tool: str) -> bool:
        return ALL in self.names or tool in self.names

    async def ask(self, step: str, tool: Helper, arguments: Mapping[str, Any]) -> Approved:
        """Ask people about a call; the run gives its worker back meanwhile, and nobody's silence approves."""
        until = self.ctx.now + timedelta(seconds=TIME_TO_ANSWER_S)
        answer = await self.ctx.ask(step, WaitFor("human_task", until, None, self._task(step, tool, arguments)))
        return _decided(answer, arguments)

    def _task(self, step: str, tool: Helper, arguments: Mapping[str, Any]) -> dict[str, Any]:
        shown = dumps_text(dict(arguments))
        return {
            "type": "approval",
            "title": f"{self.ctx.label} wants to use {tool.tool_name}",
            "message": shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}…",
            "context": {"tool": tool.tool_name, "arguments": dict(arguments), "agent": self.ctx.label, "step": step},
            "form": form_of(tool.input_schema, arguments),
            "timeout_s": TIME_TO_ANSWER_S,
            "on_timeout": "reject",
        }


def form_of(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the form in which arguments can be changed: those of the call stand in it. Nothing needs to be sent.

    None where no form can be made of a tool's schema: some come from servers that others wrote.
    """
    given = schema.get("properties")
    properties: dict[str, Any] = {}
    for name, about in given.items() if is_object(given) else ():
        own = dict(about) if is_object(about) else {}
        properties[str(name)] = {**own, "default": arguments[name]} if name in arguments else own
    for name in arguments.keys() - properties.keys():
        properties[name] = {"default": arguments[name]}
    shared = {name: schema[name] for name in ("$defs", "definitions") if name in schema}
    form = {**shared, "properties": properties, "allOf": [{"type": ["object", "null"]}]}
    return None if form_problem(form) else form


def _decided(answer: Answer, arguments: Mapping[str, Any]) -> Approved:
    if answer.get("by") == "time":
        return Approved(arguments, "nobody answered in time")
    if answer.get("action") != "approve":
        return Approved(arguments, str(answer.get("comment") or "no reason was given"))
    data = answer.get("data")
    return Approved({**arguments, **data} if is_object(data) else arguments)
