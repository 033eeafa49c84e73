"""What a node asks a language model for, and what it gets: the same for every provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

from nodes.abilities import Ability
from nodes.usage import Usage

Json = Mapping[str, Any]
Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["stop", "length", "tool_calls"]
Channel = Literal["text", "thinking"]
OnDelta = Callable[[str, Channel], None]
PROVIDERS = ("openai", "anthropic", "gemini", "ollama", "openrouter", "perplexity", "openai_compatible")
DEFAULT_TIMEOUT_S = 120.0
CHARS_PER_TOKEN = 3.5  # of most texts: how many tokens they have is guessed by their characters


@dataclass(frozen=True, slots=True)
class Image:
    content: bytes
    mime_type: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model asks for. `arguments` is None where they were no JSON object: `raw` holds what came."""

    id: str
    name: str
    arguments: dict[str, Any] | None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave, for the call of this id."""

    call_id: str
    name: str
    content: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    `raw_parts` is what the provider sent for an answer of his: it goes back to him verbatim. A message of the role
    "tool" has `result`.
    """

    role: Role
    text: str = ""
    images: Sequence[Image] = ()
    tool_calls: Sequence[ToolCall] = ()
    result: ToolResult | None = None
    raw_parts: Json | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that a model may call; `schema` is the JSON Schema of its arguments, an object."""

    name: str
    description: str
    schema: Json


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn; None: as the provider does by himself."""

    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    stop: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A question to a model. `schema`: the answer is JSON of this schema; `is_json`: it is any JSON object."""

    messages: Sequence[Message]
    tools: Sequence[Tool] = ()
    tool_choice: Literal["auto", "none", "required"] = "auto"
    schema: Json | None = None
    is_json: bool = False
    sampling: Sampling = Sampling()
    timeout_s: float = DEFAULT_TIMEOUT_S
    stream: bool = True


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer. `cost_usd` is None where nobody knows the price; `cache_write_tokens` are of the input."""

    text: str
    finish: Finish
    usage: Usage
    provider: str
    model: str
    thinking: str = ""
    tool_calls: Sequence[ToolCall] = ()
    cache_write_tokens: int = 0
    cost_usd: Decimal | None = None
    raw_parts: Json | None = None
    warnings: Sequence[tuple[str, str]] = ()  # code and message: what went on, but not as asked

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON, to be stored as what a step gave."""
        return {
            "text": self.text, "finish": self.finish, "thinking": self.thinking, "provider": self.provider,
            "model": self.model, "usage": self.usage.as_record(), "cache_write_tokens": self.cache_write_tokens,
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd), "raw_parts": self.raw_parts,
            "tool_calls": [
                {"id": call.id, "name": call.name, "arguments": call.arguments, "raw": call.raw}
                for call in self.tool_calls
            ],
            "warnings": [list(one) for one in self.warnings],
        }  # fmt: skip

    @staticmethod
    def of(record: Json) -> Completion:
        """Return what a stored record holds."""
        cost = record["cost_usd"]
        return Completion(
            record["text"], record["finish"], Usage.of(record["usage"]), record["provider"], record["model"],
            record["thinking"], tuple(ToolCall(**call) for call in record["tool_calls"]),
            record["cache_write_tokens"], None if cost is None else Decimal(cost), record["raw_parts"],
            tuple((code, message) for code, message in record["warnings"]),
        )  # fmt: skip

    def as_message(self) -> Message:
        """Return the answer as a turn of the conversation that goes on."""
        return Message("assistant", self.text, tool_calls=self.tool_calls, raw_parts=self.raw_parts)

    def usage_shown(self) -> dict[str, Any]:
        """Return the `usage` of an output item."""
        used = self.usage
        return {
            "input_tokens": used.input_tokens, "output_tokens": used.output_tokens,
            "cached_tokens": used.cached_tokens, "reasoning_tokens": used.reasoning_tokens,
            "cost_usd": None if self.cost_usd is None else float(self.cost_usd),
            "model": self.model, "provider": self.provider,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model a step names, None where it names none; `slot` is the credential slot that may hold the key."""

    provider: str | None = None
    model: str | None = None
    slot: str = "model"
    credential_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The model that is asked, and by which credential: None for the key of the installation."""

    provider: str
    model: str
    credential_id: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a model: with which key, who hears it while it comes, and what its node may cost at most."""

    request: CompletionRequest
    key: str
    on_delta: OnDelta | None = None
    max_cost_usd: Decimal | None = None
    sends_secrets: bool = False  # those of the run that stand in the question; they are masked otherwise


class Models(Protocol):
    """The language models that a run may ask."""

    async def choose(self, choice: ModelChoice) -> ChosenModel:
        """Return the model for a step: the one it names, else the default of its workflow, user or installation.

        Raises: NodeFailed "llm_not_configured".
        """
        ...

    async def complete(self, chosen: ChosenModel, asked: Asked) -> Completion:
        """Ask a model once. Raises: NodeFailed, with the codes of docs/models.md."""
        ...

    async def image(self, url: str) -> Image:
        """Fetch a picture by the guarded client. Raises: NodeFailed."""
        ...


MODELS: Ability[Models] = Ability("models")
