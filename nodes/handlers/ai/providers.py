"""A node for each provider: the same question, asked of models of this one."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from nodes.base import CredentialSlot, Look
from nodes.handlers.ai.prompting import OUTPUT_FIELDS, PromptNode, PromptParams
from nodes.language_models import ModelChoice

DOCS = (
    "Asks once for each item. Pictures are files of the item, or addresses that are fetched by the guarded client. "
    "With a schema, an answer that does not fit goes back with what is wrong, and is asked for again. Every call is a "
    "step: once it has ended it is not made again, whatever becomes of the run. Without a credential, the key of your "
    "default model or of the installation is used."
)


class ProviderParams(PromptParams):
    model: str = Field(
        min_length=1, max_length=200, title="Model", description="As the provider names it",
        json_schema_extra={"placeholder": "Name of a model"},
    )  # fmt: skip


class ProviderNode(PromptNode[ProviderParams]):
    """Ask a model of one provider."""

    Params = ProviderParams

    def choice(self, params: ProviderParams) -> ModelChoice:
        return ModelChoice(self.kind, params.model)


def _look(label: str, what: str, color: str, *aliases: str) -> Look:
    return Look(
        label=label, description=what, category="ai", icon="sparkles", color=color, summary="{{ model }}",
        aliases=("llm", "model", "prompt", *aliases), docs=DOCS, output_fields=OUTPUT_FIELDS,
    )  # fmt: skip


class OpenAi(ProviderNode):
    """Ask a model of OpenAI."""

    kind = "openai"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("openai",)),)
    look = _look("OpenAI", "Asks a model of OpenAI.", "#0f766e", "gpt", "chatgpt")


class Anthropic(ProviderNode):
    """Ask a model of Anthropic."""

    kind = "anthropic"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("anthropic",)),)
    look = _look("Anthropic", "Asks a Claude model of Anthropic.", "#b45309", "claude")


class Gemini(ProviderNode):
    """Ask a model of Google."""

    kind = "gemini"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("gemini",)),)
    look = _look("Google Gemini", "Asks a Gemini model of Google.", "#1d4ed8", "google")


class Ollama(ProviderNode):
    """Ask a model that Ollama serves."""

    kind = "ollama"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("ollama",)),)
    look = _look("Ollama", "Asks a model of your own server.", "#334155", "local", "llama")


class OpenRouter(ProviderNode):
    """Ask a model through OpenRouter."""

    kind = "openrouter"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("openrouter",)),)
    look = _look("OpenRouter", "Asks a model of any maker through OpenRouter.", "#6d28d9", "router")


class Perplexity(ProviderNode):
    """Ask a model of Perplexity, which looks things up."""

    kind = "perplexity"
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", ("perplexity",)),)
    look = _look("Perplexity", "Asks a model that searches the web.", "#0e7490", "search", "sonar")
