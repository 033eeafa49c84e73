"""Models as helpers: each stands beside a step and says which model it asks, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from nodes.base import CredentialSlot, Effect, Look, Port
from nodes.handlers.ai.model_params import ModelParams
from nodes.helper_types import HelperType
from nodes.helpers import Gives
from nodes.language_models import ModelChoice

DOCS = (
    "It is no step: connect its output to the slot `model` of one that asks a model. What it says of the model goes "
    "before what the step says itself. Its expressions are evaluated for the item of that step."
)


class ModelHelperParams(ModelParams):
    model: str = Field(
        min_length=1, max_length=200, title="Model", description="As the provider names it",
        json_schema_extra={"placeholder": "Name of a model"},
    )  # fmt: skip


class ModelHelper(HelperType[ModelHelperParams]):
    """A model of one provider."""

    gives: ClassVar[Gives | None] = "model"
    effect: ClassVar[Effect] = "read"
    outputs: ClassVar[tuple[Port, ...]] = (Port("model", "Model", kind="model"),)
    Params = ModelHelperParams
    provider: ClassVar[str]

    @classmethod
    def choice(cls, params: ModelHelperParams) -> ModelChoice:
        """Return which model it is."""
        return ModelChoice(cls.provider, params.model)


def _look(label: str, color: str) -> Look:
    return Look(
        label=f"{label} model", description=f"A model of {label} for the step that it stands beside.", category="ai",
        icon="brain", color=color, summary="{{ model }}", aliases=("llm", "model"), docs=DOCS,
    )  # fmt: skip


class OpenAiModel(ModelHelper):
    kind = "openai_model"
    provider = "openai"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("openai",)),)
    look = _look("OpenAI", "#0f766e")


class AnthropicModel(ModelHelper):
    kind = "anthropic_model"
    provider = "anthropic"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("anthropic",)),)
    look = _look("Anthropic", "#b45309")


class GeminiModel(ModelHelper):
    kind = "gemini_model"
    provider = "gemini"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("gemini",)),)
    look = _look("Google Gemini", "#1d4ed8")


class OllamaModel(ModelHelper):
    kind = "ollama_model"
    provider = "ollama"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("ollama",)),)
    look = _look("Ollama", "#334155")


class OpenRouterModel(ModelHelper):
    kind = "openrouter_model"
    provider = "openrouter"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("openrouter",)),)
    look = _look("OpenRouter", "#6d28d9")


class PerplexityModel(ModelHelper):
    kind = "perplexity_model"
    provider = "perplexity"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("perplexity",)),)
    look = _look("Perplexity", "#0e7490")


class OpenAiCompatibleModel(ModelHelper):
    kind = "openai_compatible_model"
    provider = "openai_compatible"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("openai_compatible",)),)
    look = _look("OpenAI-compatible", "#475569")


HELPERS: Mapping[str, type[ModelHelper]] = {
    helper.kind: helper
    for helper in (
        OpenAiModel, AnthropicModel, GeminiModel, OllamaModel, OpenRouterModel, PerplexityModel, OpenAiCompatibleModel,
    )
}  # fmt: skip
