"""Answers of the OpenAI-compatible wire: whole ones, and those that come in pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from core.json import NotStorable, loads
from inference.models import failures
from inference.models.endpoint import Endpoint
from nodes.language_models import Completion, Finish, OnDelta, ToolCall
from nodes.usage import Usage

_FINISH: Mapping[str, Finish] = {
    "stop": "stop", "length": "length", "tool_calls": "tool_calls", "function_call": "tool_calls",
    "end_turn": "stop", "eos": "stop", "max_tokens": "length",
}  # fmt: skip
_THOUGHTS = ("reasoning_content", "reasoning")  # vLLM, DeepSeek; OpenRouter
MOST_CALLS = 128


@dataclass(slots=True)
class _Calling:
    """A tool call as its pieces come."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Gathering:
    """An answer as it comes, piece by piece: `add` for each, then `done`."""

    endpoint: Endpoint
    on_delta: OnDelta | None
    text: list[str] = field(default_factory=list[str])
    thinking: list[str] = field(default_factory=list[str])
    refusal: list[str] = field(default_factory=list[str])
    details: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])  # OpenRouter's: they go back verbatim
    calls: dict[int, _Calling] = field(default_factory=dict[int, _Calling])
    finish: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict[str, Any])
    model: str = ""

    def add(self, piece: Any) -> None:
        """Take a piece of a stream, or a whole answer. Raises: NodeFailed."""
        if not isinstance(piece, Mapping):
            raise _unreadable(self.endpoint)
        if piece.get("error"):
            raise failures.of_error_object(self.endpoint.provider, piece["error"])
        self.usage = _mapping(piece.get("usage")) or self.usage
        self.model = piece.get("model") or self.model
        choices = piece.get("choices")
        if not isinstance(choices, list):
            raise _unreadable(self.endpoint)
        for choice in choices[:1]:
            if _mapping(choice.get("error")):
                raise failures.of_error_object(self.endpoint.provider, choice["error"])
            self._say(_mapping(choice.get("delta")) or _mapping(choice.get("message")))
            self.finish = choice.get("finish_reason") or self.finish

    def _say(self, said: Mapping[str, Any]) -> None:
        thought = next((said[name] for name in _THOUGHTS if isinstance(said.get(name), str) and said[name]), "")
        if thought:
            self.thinking.append(thought)
            self._tell(thought, is_thinking=True)
        text = said.get("content")
        if isinstance(text, list):  # of parts, as a few servers send it
            text = "".join(_mapping(part).get("text") or "" for part in text)
        if isinstance(text, str) and text:
            self.text.append(text)
            self._tell(text, is_thinking=False)
        if isinstance(said.get("refusal"), str):
            self.refusal.append(said["refusal"])
        self.details += [dict(one) for one in said.get("reasoning_details") or () if isinstance(one, Mapping)]
        for at, call in enumerate(said.get("tool_calls") or ()):
            self._call(at, _mapping(call))

    def _call(self, at: int, piece: Mapping[str, Any]) -> None:
        number = piece.get("index")
        number = number if isinstance(number, int) else at
        if number not in self.calls and len(self.calls) >= MOST_CALLS:
            raise _unreadable(self.endpoint)
        calling, function = self.calls.setdefault(number, _Calling()), _mapping(piece.get("function"))
        calling.id = piece.get("id") or calling.id
        calling.name = calling.name or str(function.get("name") or "")
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            calling.arguments.append(arguments)

    def _tell(self, text: str, *, is_thinking: bool) -> None:
        if self.on_delta is not None:
            self.on_delta(text, "thinking" if is_thinking else "text")

    def done(self) -> Completion:
        """Return the answer. Raises: NodeFailed "model_cut_off", "model_refused"."""
        provider = self.endpoint.provider
        if self.refusal or self.finish == "content_filter":
            raise failures.refused(provider, "".join(self.refusal) or "a filter for contents stopped it")
        if self.finish is None:
            raise failures.cut_off(provider)
        if self.finish == "error":
            raise failures.of_error_object(provider, "the answer ended with an error")
        calls = tuple(
            _called(calling, number) for number, calling in sorted(self.calls.items()) if calling.name
        )  # fmt: skip
        usage, cost = _used(self.usage)
        return Completion(
            "".join(self.text), "tool_calls" if calls else _FINISH.get(self.finish, "stop"), usage, provider,
            self.endpoint.model, "".join(self.thinking), calls, cost_usd=cost, raw_parts=self._raw(calls),
        )  # fmt: skip

    def _raw(self, calls: tuple[ToolCall, ...]) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.text) or (None if calls else "")}
        if calls:
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.raw}}
                for call in calls
            ]
        if self.details:
            message["reasoning_details"] = self.details
        return {"wire": "openai", "message": message}


def _called(calling: _Calling, number: int) -> ToolCall:
    raw = "".join(calling.arguments).strip() or "{}"
    try:
        arguments = loads(raw)
    except NotStorable:
        arguments = None
    found = arguments if isinstance(arguments, dict) else None
    return ToolCall(calling.id or f"call_{number}", calling.name, found, raw)


def _used(usage: Mapping[str, Any]) -> tuple[Usage, Decimal | None]:
    """Return the tokens, and what the call cost where the provider says it."""
    given, made = _mapping(usage.get("prompt_tokens_details")), _mapping(usage.get("completion_tokens_details"))
    cost = usage.get("cost")
    if isinstance(cost, Mapping):  # Perplexity's, by what it is for
        cost = cost.get("total_cost")
    tokens = Usage(
        count(usage.get("prompt_tokens")), count(usage.get("completion_tokens")), count(given.get("cached_tokens")),
        count(made.get("reasoning_tokens")) or count(usage.get("reasoning_tokens")),
    )  # fmt: skip
    try:
        told = None if cost is None or isinstance(cost, bool) else Decimal(str(cost))
    except InvalidOperation:
        told = None
    return tokens, told if told is not None and told.is_finite() and told >= 0 else None


def count(value: Any) -> int:
    """Return a number of tokens as a provider tells it; what is none counts as 0."""
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 2**53 else 0


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _unreadable(endpoint: Endpoint) -> Exception:
    return failures.of_exception(endpoint.provider, ValueError("it is no answer of this kind"))
