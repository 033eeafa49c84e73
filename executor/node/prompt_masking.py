"""Questions to models without the secrets that their run has opened."""

from __future__ import annotations

from dataclasses import replace

from core.text.scrubbing import Secrets
from nodes.language_models import CompletionRequest, Message, Tool, ToolCall


def without_secrets(request: CompletionRequest, secrets: Secrets) -> CompletionRequest:
    """Return a question in which no text holds a secret; the very same one where none does.

    What the provider sent for an answer of his goes back to him verbatim, but for secrets: they were opened later.
    """
    if not secrets:
        return request
    made = replace(
        request,
        messages=[_message(one, secrets) for one in request.messages],
        tools=[_tool(one, secrets) for one in request.tools],
        schema=secrets.masked(request.schema),
    )
    same = (
        all(one is other for one, other in zip(made.messages, request.messages, strict=True))
        and all(one is other for one, other in zip(made.tools, request.tools, strict=True))
        and made.schema is request.schema
    )
    return request if same else made


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
