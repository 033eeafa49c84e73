"""What an agent remembers: the turns of a conversation before this one, and a summary of those before them.

What tools gave is remembered too, cut: a model that forgets it makes ids up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.json import dumps_lossy
from nodes.abilities import CONVERSATIONS, SummedUp
from nodes.base import NodeContext, NodeFailed
from nodes.handlers.ai.agents.toolbox import cut
from nodes.handlers.ai.asked_model import AskedModel
from nodes.items import Item
from nodes.language_models import Completion, Message, ToolCall, ToolResult

STEP = "memory"
SUMMARY_STEP = "summary"
MOST_RESULT_BYTES = 2048
MOST_TEXT_BYTES = 64 * 1024
MOST_KEPT_BYTES = 2 * 2**20  # of all turns that are read again
SUM_UP = (
    "Sum up this conversation for yourself, so that you can go on with it without having read it: facts, names, ids, "
    "decisions and open questions. Write nothing else."
)


@dataclass(frozen=True, slots=True)
class Memory:
    """A conversation as its helper wants it.

    `kept` is what was read in the beginning: {"turns": [[number, messages]], "summary", "unsummed"}.
    """

    key: str
    window: int
    summarize_after: int | None
    kept: Mapping[str, Any]

    @property
    def before(self) -> list[Message]:
        """What the model is told of what was said before: the last turns that fit into the window."""
        told = [message for _, messages in self._in_view for message in map(message_of, messages)]
        if self.kept["summary"]:
            told.insert(0, Message("user", f"What was said before, in short:\n{self.kept['summary']}"))
            told.insert(1, Message("assistant", "I remember."))
        return told

    @property
    def _in_view(self) -> list[tuple[int, list[Any]]]:
        """The last turns with as many messages as the window has room for; at least the last one."""
        chosen: list[tuple[int, list[Any]]] = []
        count = 0
        for number, messages in reversed(self.kept["turns"]):
            count += len(messages)
            if count > self.window and chosen:
                break
            chosen.append((number, messages))
        return chosen[::-1]

    async def keep(self, ctx: NodeContext, prompt: str, said: Sequence[Message], model: AskedModel) -> list[Completion]:
        """Keep a turn, once; returns what summing up has used. Raises: NodeFailed."""
        turn = [record_of(message) for message in (Message("user", prompt), *said)]
        used, summed_up = await self._summed_up(ctx, len(turn), model)

        async def work(_key: str) -> None:
            conversations = await ctx.ability(CONVERSATIONS)
            await conversations.add(self.key, turn, summed_up)

        await ctx.step(STEP, work, given={"key": self.key, "messages": len(turn)})
        return used

    async def _summed_up(
        self, ctx: NodeContext, more: int, model: AskedModel
    ) -> tuple[list[Completion], SummedUp | None]:
        """Sum up what stands before the turns in view, where so much was said."""
        seen = {number for number, _ in self._in_view}
        older = [(number, messages) for number, messages in self.kept["turns"] if number not in seen]
        if self.summarize_after is None or not older or self.kept["unsummed"] + more <= self.summarize_after:
            return [], None
        before = f"What was said before, in short:\n{self.kept['summary']}\n\n" if self.kept["summary"] else ""
        lines = "\n".join(_line(message) for _, messages in older for message in messages)
        question = model.question([Message("user", f"{before}{lines}\n\n{SUM_UP}")])
        made, _ = await model.answer(ctx, question, step=SUMMARY_STEP)
        return [made], SummedUp(cut(made.text, MOST_TEXT_BYTES), older[-1][0])


async def memory_of(ctx: NodeContext, item: Item) -> Memory | None:
    """Return the conversation that the slot `memory` names, as it is now; None where nothing is remembered.

    Raises: NodeFailed.
    """
    for helper in ctx.helpers("memory"):
        told: Any = await ctx.helper_params(helper, item)
        if not str(told.key).strip():
            raise NodeFailed("invalid_params", f"{helper.label}: the conversation has no key", field="key")
        found = await (await ctx.ability(CONVERSATIONS)).read(told.key)
        kept = {"turns": _bounded(found.turns), "summary": found.summary, "unsummed": found.unsummed}
        return Memory(told.key, told.window, told.summarize_after, kept)
    return None


def as_record(memory: Memory | None) -> dict[str, Any] | None:
    """Return a memory as a step keeps it: a run that goes on elsewhere remembers the same."""
    if memory is None:
        return None
    return {
        "key": memory.key, "window": memory.window, "summarize_after": memory.summarize_after, "kept": dict(memory.kept)
    }  # fmt: skip


def restored(record: Mapping[str, Any] | None) -> Memory | None:
    return None if record is None else Memory(**record)


def _bounded(turns: Sequence[tuple[int, Sequence[Any]]]) -> list[list[Any]]:
    """Return the last turns, as many as a step may keep."""
    chosen: list[list[Any]] = []
    size = 0
    for number, messages in reversed(turns):
        size += len(dumps_lossy(list(messages)))
        if size > MOST_KEPT_BYTES and chosen:
            break
        chosen.append([number, list(messages)])
    return chosen[::-1]


def record_of(message: Message) -> dict[str, Any]:
    """Return a message as it is kept."""
    made: dict[str, Any] = {"role": message.role, "content": cut(message.text, MOST_TEXT_BYTES)}
    if message.tool_calls:
        made["tool_calls"] = [
            {"id": call.id, "tool": call.name, "arguments": call.arguments or {}} for call in message.tool_calls
        ]
    if message.result is not None:
        result = message.result
        made |= {
            "content": _cut_result(result.content), "tool": result.name, "call_id": result.call_id,
            "is_error": result.is_error,
        }  # fmt: skip
    return made


def _cut_result(text: str) -> str:
    """Return what a tool gave, cut; the mark that ends it as data stays."""
    at = text.rfind("\n<<<end ")
    return cut(text, MOST_RESULT_BYTES) if at < 0 else cut(text[:at], MOST_RESULT_BYTES) + text[at:]


def message_of(record: Mapping[str, Any]) -> Message:
    """Return what was kept of a message as a model is told it."""
    role: Any = record["role"]
    if role == "tool":
        result = ToolResult(record["call_id"], record["tool"], record["content"], record["is_error"])
        return Message("tool", result=result)
    calls = [ToolCall(call["id"], call["tool"], call["arguments"]) for call in record.get("tool_calls", ())]
    return replace(Message(role, record["content"]), tool_calls=calls)


def _line(record: Mapping[str, Any]) -> str:
    called = "".join(f" [{call['tool']} {call['arguments']}]" for call in record.get("tool_calls", ()))
    return f"{record['role']}: {cut(record['content'], MOST_RESULT_BYTES)}{called}"
