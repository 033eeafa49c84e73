"""Questions in the words of the OpenAI-compatible wire. Source: OpenAI, "Chat Completions" of the API reference."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from core.json import dumps_text
from inference.models.endpoint import Call
from nodes.language_models import Image, Message, Tool


def body_of(call: Call) -> dict[str, Any]:
    """Return what is posted for a question."""
    endpoint, request, drawn = call.endpoint, call.request, call.request.sampling
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": [_message(message) for message in request.messages],
        "temperature": drawn.temperature,
        "top_p": drawn.top_p,
        "stop": list(drawn.stop) or None,
        # Newer models of OpenAI refuse the old name; most of those that speak like it know the old one only.
        "max_completion_tokens" if endpoint.provider == "openai" else "max_tokens": drawn.max_tokens,
    }
    if request.stream:
        body["stream"] = True
        if endpoint.provider != "perplexity":  # it tells its use in each piece
            body["stream_options"] = {"include_usage": True}
    if endpoint.provider == "openrouter":
        body["usage"] = {"include": True}  # what the call cost, too
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        body["tool_choice"] = request.tool_choice
    if request.schema is not None:
        shape = {"name": "answer", "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": shape}
    elif request.is_json and endpoint.provider != "perplexity":
        body["response_format"] = {"type": "json_object"}
    return {name: value for name, value in body.items() if value is not None}


def _message(message: Message) -> dict[str, Any]:
    raw = message.raw_parts
    if raw is not None and raw.get("wire") == "openai":
        return dict(raw["message"])
    if message.result is not None:
        return {"role": "tool", "tool_call_id": message.result.call_id, "content": message.result.content}
    if message.role == "assistant":
        return _answered(message)
    if not message.images:
        return {"role": message.role, "content": message.text}
    pictures = [{"type": "image_url", "image_url": {"url": data_url(image)}} for image in message.images]
    return {"role": message.role, "content": [{"type": "text", "text": message.text}, *pictures]}


def _answered(message: Message) -> dict[str, Any]:
    calls = [
        {"id": call.id, "type": "function",
         "function": {"name": call.name, "arguments": call.raw or dumps_text(call.arguments or {})}}
        for call in message.tool_calls
    ]  # fmt: skip
    made: dict[str, Any] = {"role": "assistant", "content": message.text or (None if calls else "")}
    return {**made, "tool_calls": calls} if calls else made


def _tool(tool: Tool) -> Mapping[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.schema)}
    return {"type": "function", "function": function}


def data_url(image: Image) -> str:
    """Return a picture as a URL that holds it."""
    return f"data:{image.mime_type};base64,{base64.b64encode(image.content).decode()}"
