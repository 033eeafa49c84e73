"""Which model a step asks: that of the helper in its slot `model`, else what its own params say."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.base import NodeContext, NodeFailed
from nodes.handlers.ai.model_helpers import HELPERS, ModelHelperParams
from nodes.handlers.ai.model_params import ModelParams
from nodes.helpers import Slot
from nodes.items import Item
from nodes.language_models import MODELS, ChosenModel, ModelChoice, Models

MODEL_SLOT = Slot("model", "model", label="Model")


@dataclass(frozen=True, slots=True)
class AskedModel:
    """The model of a step, what asks it, and how: `params` are those of the helper, where there is one."""

    models: Models
    chosen: ChosenModel
    params: ModelParams


async def model_of(
    ctx: NodeContext, item: Item, params: ModelParams, choice: ModelChoice, slot: str = MODEL_SLOT.name
) -> AskedModel:
    """Return the model that a step asks for an item. Raises: NodeFailed "llm_not_configured"."""
    for helper in ctx.helpers(slot):
        kind = HELPERS.get(helper.kind)
        given = await ctx.helper_params(helper, item)
        if kind is None or not isinstance(given, ModelHelperParams):
            raise NodeFailed("invalid_params", f"{helper.label} is no model")
        models = await ctx.helper_reach(helper).ability(MODELS)  # it has the credential of the helper
        return AskedModel(models, await models.choose(kind.choice(given)), given)
    models = await ctx.ability(MODELS)
    return AskedModel(models, await models.choose(choice), params)
