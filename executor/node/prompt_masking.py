"""Questions to models without the secrets that their run has opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from core.text.scrubbing import Secrets
from nodes.language_models import CompletionRequest, Message, Tool, ToolCall

Part = TypeVar("Part", Message, Tool)


class PromptMask:
    """Masks the questions of one node: what it found clean is not looked through again while it knows no more secrets.

    An agent asks with all that was said so far, each time.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._clean: dict[int, Message | Tool] = {}  # held, so that nothing else gets their ids
        self._known = 0

    def masked(self, request: CompletionRequest) -> CompletionRequest:
        """Return a question in which no text holds a secret; the very same one where none does.

        What the provider sent for an answer of his goes back to him verbatim, but for secrets: they were opened later.
        """
        secrets = self._secrets
        if not secrets:
            return request
        if secrets.count != self._known:
            self._clean, self._known = {}, secrets.count
        messages = self._each(request.messages, _message)
        tools = self._each(request.tools, _tool)
        schema = secrets.masked(request.schema)
        if messages is request.messages and tools is request.tools and schema is request.schema:
            return request
        return replace(request, messages=messages, tools=tools, schema=schema)

    def _each(self, parts: Sequence[Part], mask: Callable[[Part, Secrets], Part]) -> Sequence[Part]:
        made = [part if id(part) in self._clean else mask(part, self._secrets) for part in parts]
        self._clean.update((id(one), one) for one, other in zip(made, parts, strict=True) if one is other)
        return parts if all(one is other for one, other in zip(made, parts, strict=True)) else made


def _message(message: Message, secrets: Secrets) -> Message:
    calls = [_call(one, secrets) for one in message.tool_calls]
    same_calls = all(one is other for one, other in zip(calls, message.tool_calls, strict=True))
    text, raw_parts = secrets.masked_text(message.text), secrets.masked(message.raw_parts)
    result = message.result
    if result is not None:
        content = secrets.masked_text(result.content)
        result = result if content == result.content else replace(result, content=content)
    if text == message.text and same_calls and raw_parts is message.raw_parts and result is message.result:
        return message
    return replace(message, text=text, tool_calls=calls, raw_parts=raw_parts, result=result)


def _call(call: ToolCall, secrets: Secrets) -> ToolCall:
    arguments, raw = secrets.masked(call.arguments), secrets.masked_text(call.raw)
    if arguments is call.arguments and raw == call.raw:
        return call
    return replace(call, arguments=arguments, raw=raw)


def _tool(tool: Tool, secrets: Secrets) -> Tool:
    description, schema = secrets.masked_text(tool.description), secrets.masked(tool.schema)
    if description == tool.description and schema is tool.schema:
        return tool
    return replace(tool, description=description, schema=schema)
