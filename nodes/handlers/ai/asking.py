"""A call of a model as a step of its node: stored when it ends, and never paid twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from nodes.base import NodeContext
from nodes.language_models import Asked, Channel, ChosenModel, Completion, CompletionRequest, Message, Models


async def ask(
    ctx: NodeContext,
    models: Models,
    chosen: ChosenModel,
    request: CompletionRequest,
    *,
    step: str,
    max_cost_usd: Decimal | None = None,
) -> Completion:
    """Ask a model in a step of this name; one that has finished before is not asked again. Raises: NodeFailed."""

    def heard(text: str, channel: Channel) -> None:
        ctx.emit(text, channel=channel, step=step)

    async def work(key: str) -> dict[str, Any]:
        made = await models.complete(chosen, Asked(request, key, heard if request.stream else None, max_cost_usd))
        ctx.spend(made.usage)
        return made.as_record()

    return Completion.of(await ctx.step(step, work, kind="model", given=shown(chosen, request)))


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
