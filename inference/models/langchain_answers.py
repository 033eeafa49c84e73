"""Answers as LangChain gives them: whole messages, or pieces of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk

from core.json import dumps_lossy
from inference.models import failures
from inference.models.endpoint import Endpoint
from inference.models.openai_answers import MOST_CALLS, count
from nodes.language_models import Completion, Finish, OnDelta, ToolCall
from nodes.usage import Usage

_FINISH: Mapping[str, Finish] = {
    "stop": "stop", "end_turn": "stop", "stop_sequence": "stop", "pause_turn": "stop", "unload": "stop",
    "length": "length", "max_tokens": "length", "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
}  # fmt: skip
_REFUSED = frozenset({
    "refusal", "safety", "recitation", "blocklist", "prohibited_content", "spii", "image_safety", "language",
})  # fmt: skip
_FINISH_NAMES = ("stop_reason", "finish_reason", "done_reason")  # Anthropic, Gemini, Ollama


@dataclass(slots=True)
class Gathering:
    """An answer as it comes: `add` for each piece, then `done`."""

    endpoint: Endpoint
    on_delta: OnDelta | None
    whole: AIMessage | None = None
    finish: str = ""
    blocked: str = ""
    thinking: list[str] = field(default_factory=list[str])

    def add(self, message: AIMessage, info: Mapping[str, Any] | None) -> None:
        """Take a piece, or a whole answer; what LangChain knows of it beside is in `info`."""
        told = {**(info or {}), **message.response_metadata}
        for name in _FINISH_NAMES:
            self.finish = str(told.get(name) or self.finish)
        feedback = told.get("prompt_feedback")
        if isinstance(feedback, Mapping) and feedback.get("block_reason"):
            self.blocked = str(feedback["block_reason"])
        thought, text = _thought(message), str(message.text)
        if thought:
            self.thinking.append(thought)
        if self.on_delta is not None:
            if thought:
                self.on_delta(thought, "thinking")
            if text:
                self.on_delta(text, "text")
        if isinstance(self.whole, AIMessageChunk) and isinstance(message, AIMessageChunk):
            joined = self.whole + message
            self.whole = joined if isinstance(joined, AIMessageChunk) else self.whole
        else:
            self.whole = message

    def done(self) -> Completion:
        """Return the answer. Raises: NodeFailed "model_cut_off", "model_refused"."""
        provider, finish, whole = self.endpoint.provider, self.finish.lower().rpartition(".")[2], self.whole
        if self.blocked:
            raise failures.refused(provider, f"the question was blocked: {self.blocked}")
        if finish in _REFUSED:
            raise failures.refused(provider, finish)
        if whole is None:
            raise failures.of_exception(provider, ValueError("nothing came that is one"))
        if not finish or finish == "finish_reason_unspecified":
            raise failures.cut_off(provider)
        if finish in ("malformed_function_call", "unexpected_tool_call", "other"):
            raise failures.of_error_object(provider, f"the answer ended with {finish}")
        calls = _calls(whole)
        usage, written = _used(whole)
        return Completion(
            str(whole.text), "tool_calls" if calls else _FINISH.get(finish, "stop"), usage, provider,
            self.endpoint.model, "".join(self.thinking), calls, written, raw_parts=self._raw(whole, calls),
        )  # fmt: skip

    def _raw(self, whole: AIMessage, calls: tuple[ToolCall, ...]) -> dict[str, Any]:
        """Return what goes back to the provider as it came: thoughts with their signatures, above all."""
        kept: dict[str, Any] = {
            "content": whole.content,
            "additional_kwargs": whole.additional_kwargs,
            "response_metadata": {"model_provider": whole.response_metadata.get("model_provider")},
            "tool_calls": [
                {"id": call.id, "name": call.name, "args": call.arguments or {}, "type": "tool_call"} for call in calls
            ],
        }
        return {"wire": f"langchain.{self.endpoint.provider}", "message": kept}


def _thought(message: AIMessage) -> str:
    """Return the thoughts that a provider shows in a piece."""
    said = message.additional_kwargs.get("reasoning_content")
    if isinstance(said, str):
        return said
    if not isinstance(message.content, list):
        return ""
    blocks = (block for block in message.content if isinstance(block, Mapping) and block.get("type") == "thinking")
    return "".join(str(block.get("thinking") or "") for block in blocks)


def _calls(message: AIMessage) -> tuple[ToolCall, ...]:
    """Return the calls that are asked for; those with arguments that are no JSON have `raw` alone."""
    found = [
        ToolCall(str(call["id"] or f"call_{at}"), call["name"], dict(call["args"]), dumps_lossy(call["args"]).decode())
        for at, call in enumerate(message.tool_calls)
    ]
    found += [
        ToolCall(str(bad["id"] or f"call_bad_{at}"), str(bad["name"] or ""), None, str(bad["args"] or ""))
        for at, bad in enumerate(message.invalid_tool_calls)
    ]
    return tuple(found[:MOST_CALLS])


def _used(message: AIMessage) -> tuple[Usage, int]:
    """Return the tokens, and those of the input that were written into the provider's cache."""
    told: Mapping[str, Any] = message.usage_metadata or {}
    given, made = told.get("input_token_details") or {}, told.get("output_token_details") or {}
    usage = Usage(
        count(told.get("input_tokens")), count(told.get("output_tokens")), count(given.get("cache_read")),
        count(made.get("reasoning")),
    )  # fmt: skip
    written = sum(
        count(amount) for name, amount in given.items() if name == "cache_creation" or name.startswith("ephemeral_")
    )
    return usage, written
