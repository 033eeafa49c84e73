"""The LLM node: a question to whichever model is configured."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import Any

from pydantic import Field

from nodes.base import CredentialSlot, Look, NodeContext
from nodes.handlers.ai.agents.remembering import as_record, memory_of, restored
from nodes.handlers.ai.agents.working import BEGINNING
from nodes.handlers.ai.agents.working import shape as shape_of
from nodes.handlers.ai.choosing_model import MODEL_SLOT
from nodes.handlers.ai.model_params import ADVANCED, ProviderName
from nodes.handlers.ai.prompting import OUTPUT_FIELDS, PromptNode, PromptParams, Setting
from nodes.handlers.ai.questions import Wanted
from nodes.helpers import Slot
from nodes.items import Item
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
    slots = (MODEL_SLOT, Slot("memory", "memory", label="Memory"), Slot("parser", "parser", label="Parser"))
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
        "`llm_not_configured`. A memory in its slot tells the model what was said before, and keeps question and "
        "answer; where that is more than the model takes, the older half is left out once. A parser in its slot says "
        "what the answer has to look like. Every call is a step: once it has ended it is not made again, whatever "
        "becomes of the run.",
        output_fields=OUTPUT_FIELDS,
    )

    def choice(self, params: LlmParams) -> ModelChoice:
        return ModelChoice(params.provider, params.model or None)

    async def depends_on(self, params: LlmParams, item: Item, ctx: NodeContext) -> Any:
        if ctx.helpers("memory"):
            return None
        shape, made = await shape_of(ctx, item, None), await super().depends_on(params, item, ctx)
        return made if made is None or shape is None else {**made, "shape": asdict(shape)}

    async def setting(self, params: LlmParams, item: Item, ctx: NodeContext) -> Setting:
        shape = await shape_of(ctx, item, None)
        if shape is None:
            setting = await super().setting(params, item, ctx)
        else:
            setting = Setting(params.prompt, params.system, Wanted("schema", shape.schema, shape.retries))
        if not ctx.helpers("memory"):
            return setting
        kept = await ctx.step(BEGINNING, partial(_kept, params, item, ctx), kind="custom", effect="pure")
        return replace(setting, prompt=kept["prompt"], system=kept["system"], memory=restored(kept["memory"]))


async def _kept(params: LlmParams, item: Item, ctx: NodeContext, _key: str) -> dict[str, Any]:
    """Return what a conversation begins with: a run that goes on elsewhere goes on with the same."""
    memory = as_record(await memory_of(ctx, item))
    return {"prompt": params.prompt, "system": params.system, "memory": memory}
