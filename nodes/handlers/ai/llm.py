"""The LLM node: a question to whichever model is configured."""

from __future__ import annotations

from pydantic import Field

from nodes.base import CredentialSlot, Look
from nodes.handlers.ai.choosing_model import MODEL_SLOT
from nodes.handlers.ai.model_params import ADVANCED, ProviderName
from nodes.handlers.ai.prompting import OUTPUT_FIELDS, PromptNode, PromptParams
from nodes.language_models import PROVIDERS, ModelChoice


class LlmParams(PromptParams):
    provider: ProviderName | None = Field(
        default=None, title="Provider", description="Left open: the default of the workflow, of you, or of this server",
        json_schema_extra=ADVANCED,
    )  # fmt: skip
    model: str | None = Field(default=None, max_length=200, title="Model", json_schema_extra=ADVANCED)


class Llm(PromptNode[LlmParams]):
    """Ask the model that the step, the workflow, the user or the installation names, in this order."""

    kind = "llm"
    Params = LlmParams
    credentials = (CredentialSlot("model", PROVIDERS),)
    slots = (MODEL_SLOT,)
    look = Look(
        label="Ask a model",
        description="Puts a question to a language model.",
        category="ai",
        icon="sparkles",
        color="#9333ea",
        summary="{{ prompt }}",
        aliases=("llm", "ai", "prompt", "chat", "gpt"),
        docs="Which model is asked: that in its slot, else the one that the node names, else the default of the "
        "workflow, else that of your account, else that of this server. With none of them the node fails with "
        "`llm_not_configured`. Every call is a step: once it has ended it is not made again, whatever becomes of the "
        "run.",
        output_fields=OUTPUT_FIELDS,
    )

    def choice(self, params: LlmParams) -> ModelChoice:
        return ModelChoice(params.provider, params.model or None)
