"""Which model a step asks: that of the helper in its slot `model`, else what its own params say."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from nodes.abilities import PROMPT_RULES
from nodes.base import NodeContext, NodeFailed
from nodes.handlers.ai.asked_model import AskedModel
from nodes.handlers.ai.model_helpers import HELPERS, ModelHelperParams
from nodes.handlers.ai.model_params import ModelParams
from nodes.helpers import Slot
from nodes.items import Item
from nodes.language_models import MODELS, ChosenModel, ModelChoice, Models

MODEL_SLOT = Slot("model", "model", label="Model")


@dataclass(frozen=True, slots=True)
class FoundModel:
    """The model of a step, what asks it, and how: `params` are those of the helper, where there is one."""

    models: Models
    chosen: ChosenModel
    params: ModelParams
    own: ModelParams  # those of the step

    def asked(self, chosen: ChosenModel | None = None, *, is_patient: bool = False) -> AskedModel:
        """Return what asks it, or the model that was chosen before; the smaller one of both limits of money counts."""
        told = self.params
        limits = [usd for usd in (told.most_usd, self.own.most_usd) if usd is not None]
        return AskedModel(
            self.models, chosen or self.chosen, told.sampling, told.timeout_s, told.stream,
            min(limits) if limits else None, is_patient, self.own.send_secrets,
        )  # fmt: skip


async def model_of(
    ctx: NodeContext, item: Item, params: ModelParams, choice: ModelChoice, slot: str = MODEL_SLOT.name
) -> FoundModel:
    """Return the model that a step asks for an item. Raises: NodeFailed "llm_not_configured"."""
    for helper in ctx.helpers(slot):
        kind = HELPERS.get(helper.kind)
        given = await ctx.helper_params(helper, item)
        if kind is None or not isinstance(given, ModelHelperParams):
            raise NodeFailed("invalid_params", f"{helper.label} is no model")
        models = await ctx.helper_reach(helper).ability(MODELS)  # it has the credential of the helper
        return FoundModel(models, await models.choose(kind.choice(given)), given, params)
    models = await ctx.ability(MODELS)
    return FoundModel(models, await models.choose(choice), params, params)


async def dependence(ctx: NodeContext, item: Item, params: ModelParams, choice: ModelChoice) -> Any:
    """Return what an answer depends on beside the question; None where the model draws it by chance.

    Raises: NodeFailed.
    """
    found = await model_of(ctx, item, params, choice)
    if found.params.temperature != 0:
        return None
    rules = await (await ctx.ability(PROMPT_RULES)).policy()
    return {"model": asdict(found.chosen), "sampling": asdict(found.params.sampling), "rules": asdict(rules)}
