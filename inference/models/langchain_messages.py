"""Questions as LangChain takes them. Imported with its packages only."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from inference.models.openai_messages import data_url
from nodes.language_models import CompletionRequest, Message


def message_of(provider: str, message: Message) -> BaseMessage:
    """Return a turn of the conversation. Pictures are in it: by URL, a library would fetch them past the guard."""
    raw = message.raw_parts
    if raw is not None and raw.get("wire") == f"langchain.{provider}":
        return AIMessage(**raw["message"])
    if message.result is not None:
        return ToolMessage(
            message.result.content, tool_call_id=message.result.call_id, name=message.result.name,
            status="error" if message.result.is_error else "success",
        )  # fmt: skip
    if message.role == "system":
        return SystemMessage(message.text)
    if message.role == "assistant":
        calls = [
            {"id": call.id, "name": call.name, "args": call.arguments or {}, "type": "tool_call"}
            for call in message.tool_calls
        ]
        return AIMessage(message.text, tool_calls=calls)
    if not message.images:
        return HumanMessage(message.text)
    pictures: list[str | dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": data_url(image)}} for image in message.images
    ]
    return HumanMessage([{"type": "text", "text": message.text}, *pictures])


def tools_of(provider: str, model: Any, request: CompletionRequest) -> dict[str, Any]:
    """Return what binds tools to a model."""
    tools = [
        {"type": "function",
         "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.schema)}}
        for tool in request.tools
    ]  # fmt: skip
    choice: Any = {"auto": None, "required": "any", "none": "none"}[request.tool_choice]
    if choice == "none" and provider == "anthropic":
        choice = {"type": "none"}
    if provider == "ollama":
        if request.tool_choice == "none":
            return {}
        choice = None  # it knows no such choice
    bound = model.bind_tools(tools, **({} if choice is None else {"tool_choice": choice}))
    options: dict[str, Any] = bound.kwargs
    return options
