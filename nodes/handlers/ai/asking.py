"""What is shown of a question to a model, as the input of its step."""

from __future__ import annotations

from typing import Any

from nodes.language_models import ChosenModel, CompletionRequest, Message


def shown(chosen: ChosenModel, request: CompletionRequest) -> dict[str, Any]:
    """Return a question as its step shows it."""
    given: dict[str, Any] = {
        "provider": chosen.provider, "model": chosen.model,
        "messages": [_shown(message) for message in request.messages],
    }  # fmt: skip
    if request.tools:
        given["tools"] = [tool.name for tool in request.tools]
    if request.schema is not None:
        given["schema"] = dict(request.schema)
    return given


def _shown(message: Message) -> dict[str, Any]:
    made: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.images:
        made["images"] = [{"mime_type": one.mime_type, "size_bytes": len(one.content)} for one in message.images]
    if message.tool_calls:
        made["tool_calls"] = [{"name": call.name, "arguments": call.arguments} for call in message.tool_calls]
    if message.result is not None:
        result = message.result
        made |= {"content": result.content, "tool": result.name, "is_error": result.is_error}
    return made
