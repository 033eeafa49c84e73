"""The rounds of an agent: the model is asked, what it asks for is done, and so on until it answers.

`m<round>` are the steps in which the model is asked, `t<round>-<place>` those of the tools, `a<round>-<place>` the
approvals. A run that goes on elsewhere finds all of them by these names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from nodes.base import NodeContext, NodeFailed
from nodes.handlers.ai import structured
from nodes.handlers.ai.agents.toolbox import Toolbox
from nodes.handlers.ai.asked_model import AskedModel
from nodes.language_models import Completion, Message, ToolCall, ToolResult

MOST_ROUNDS = 500  # whatever the limits say
KEPT_WHOLE = 4  # messages at the end that are not shortened
SHORT_CHARACTERS = 500
# Who takes a schema for the answer and tools in one question; to the others it is told in words.
SCHEMA_BESIDE_TOOLS = frozenset({"openai", "openrouter", "openai_compatible"})
LAST_WORD = "No further tool can be used. Answer now, as well as what is known allows."


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an agent goes. `max_steps` are calls of tools; `max_tokens` are those of all its calls of the model."""

    max_steps: int
    max_tokens: int | None
    on_limit: Literal["fail", "answer"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What an answer has to look like, and how often it is asked for again; else the node ends with `code`.

    `check` tells what is wrong with one that fits the schema.
    """

    schema: Mapping[str, Any]
    retries: int
    check: Callable[[Any], list[str]] | None = None
    code: str = "invalid_model_output"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended. `said` is all that followed the question: from the model, from tools, about what does not fit."""

    text: str
    json: Any
    finish: str
    said: Sequence[Message]


@dataclass(slots=True)
class Rounds:
    """One conversation of a model with its tools. `used` are all answers of the model, for what they cost."""

    ctx: NodeContext
    model: AskedModel
    toolbox: Toolbox
    limits: Limits
    shape: Shape | None = None
    prefix: str = ""
    used: list[Completion] = field(default_factory=list[Completion])
    said: list[Message] = field(default_factory=list[Message])  # after the opening
    _messages: list[Message] = field(default_factory=list[Message])  # what the model is told, it may be shorter

    async def run(self, opening: Sequence[Message]) -> Outcome:
        """Go on until there is an answer. Raises: NodeFailed."""
        self._messages = list(opening)
        retries = 0
        for number in range(MOST_ROUNDS):
            if self._tokens_are_over:
                return await self._last_word(number, self._token_limit())
            made = await self._asked(number)
            if made.tool_calls:
                if self.toolbox.calls.number + len(made.tool_calls) > self.limits.max_steps:
                    return await self._last_word(number + 1, self._step_limit(), made.tool_calls)
                self._say(*await self.toolbox.call(number, made.tool_calls))
                continue
            value, faults = await self._fitted(made)
            if not faults:
                return Outcome(made.text, value, made.finish, self.said)
            retries += 1
            self._check_retries(retries, faults, made)
            self._say(Message("user", structured.again(faults)))
        raise self._over("step_limit", f"The model was asked {MOST_ROUNDS} times and did not come to an end")

    def _say(self, *messages: Message) -> None:
        self._messages.extend(messages)
        self.said.extend(messages)

    async def _asked(self, number: int, *, with_tools: bool = True) -> Completion:
        """Return the model's answer to what was said so far."""
        tools = self.toolbox.told if with_tools else []
        schema = self.shape.schema if self.shape is not None and self._tells_schema(bool(tools)) else None
        request = self.model.question(list(self._messages), tools=tools, schema=schema)
        made, is_shorter = await self.model.answer(self.ctx, request, step=f"{self.prefix}m{number}", shorter=shorter)
        if is_shorter:
            self._messages = list(shorter(self._messages) or self._messages)
        self.used.append(made)
        self._say(made.as_message())
        return made

    def _tells_schema(self, has_tools: bool) -> bool:
        return not has_tools or self.model.chosen.provider in SCHEMA_BESIDE_TOOLS

    # -- the end -----------------------------------------------------------------------------------------------------
    async def _last_word(self, number: int, over: NodeFailed, calls: Sequence[ToolCall] = ()) -> Outcome:
        """Ask once more without tools, where that is wanted. Raises: NodeFailed, what is over."""
        if self.limits.on_limit == "fail":
            raise over
        for call in calls:
            refusal = ToolResult(call.id, call.name, f"error {over.node_code}: it was not called", is_error=True)
            self._say(Message("tool", result=refusal))
        self._say(Message("user", LAST_WORD))
        made = await self._asked(number, with_tools=False)
        value, faults = await self._fitted(made)
        if faults:
            self._check_retries(MOST_ROUNDS, faults, made)
        return Outcome(made.text, value, made.finish, self.said)

    async def _fitted(self, made: Completion) -> tuple[Any, list[str]]:
        if self.shape is None:
            return None, []
        value, faults = await structured.fitted(self.ctx, made.text, self.shape.schema)
        return value, faults or (self.shape.check(value) if self.shape.check else [])

    def _check_retries(self, retries: int, faults: list[str], made: Completion) -> None:
        if self.shape is not None and retries > self.shape.retries:
            said = f"What {self.model.chosen.model} answers does not fit: {faults[0]}"
            raise NodeFailed(self.shape.code, said[:500], errors=faults, text=made.text[:20_000])

    @property
    def _tokens(self) -> int:
        return sum(made.usage.input_tokens + made.usage.output_tokens for made in self.used)

    @property
    def _tokens_are_over(self) -> bool:
        return self.limits.max_tokens is not None and self._tokens >= self.limits.max_tokens

    def _token_limit(self) -> NodeFailed:
        said = f"{self._tokens} tokens were used, and {self.limits.max_tokens} are allowed"
        return self._over("token_limit", said, limit=self.limits.max_tokens, tokens=self._tokens)

    def _step_limit(self) -> NodeFailed:
        most = self.limits.max_steps
        return self._over("step_limit", f"The model wants to use more tools, and {most} calls are allowed", limit=most)

    def _over(self, code: str, said: str, **details: Any) -> NodeFailed:
        steps = [{"tool": made.tool, "error": made.error and made.error["code"]} for made in self.toolbox.made]
        return NodeFailed(code, said, steps=steps[-100:], **details)


def shorter(messages: Sequence[Message]) -> Sequence[Message] | None:
    """Return a conversation that takes less room: what tools gave earlier cut, older turns left out.

    None where there is nothing to be left out.
    """
    head = [message for message in messages if message.role == "system"]
    rest = [message for message in messages if message.role != "system"]
    asked = [at for at, message in enumerate(rest) if message.role == "user"]
    if len(asked) > 1:
        rest = rest[asked[len(asked) // 2] :]  # it begins with a question, so no result stands without its call
    cut = [_cut(message) if at < len(rest) - KEPT_WHOLE else message for at, message in enumerate(rest)]
    cut = [_cut(message) for message in cut] if cut == rest and len(asked) < 2 else cut
    made = [*head, *cut]
    return None if made == list(messages) else made


def _cut(message: Message) -> Message:
    result = message.result
    if result is None or len(result.content) <= SHORT_CHARACTERS:
        return message
    content = f"{result.content[:SHORT_CHARACTERS]}\n… left out"
    return replace(message, result=replace(result, content=content))
