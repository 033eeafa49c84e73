"""An agent at work on one item: what it begins with is kept, so that it goes on with the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nodes.base import NodeContext
from nodes.handlers.ai.agents import remembering, toolbox
from nodes.handlers.ai.agents.approving import Approvals
from nodes.handlers.ai.agents.remembering import Memory
from nodes.handlers.ai.agents.rounds import Shape
from nodes.handlers.ai.agents.toolbox import Toolbox
from nodes.handlers.ai.asked_model import AskedModel
from nodes.handlers.ai.choosing_model import model_of
from nodes.handlers.ai.model_params import ModelParams
from nodes.handlers.ai.vetting import vetted
from nodes.items import Item
from nodes.language_models import ChosenModel, ModelChoice

BEGINNING = "p"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What was kept: the texts, the tools, and which models are asked, by slot."""

    kept: Mapping[str, Any]

    def text(self, name: str) -> str:
        return str(self.kept["texts"][name])

    @property
    def warnings(self) -> list[tuple[str, str, str]]:
        """What was found in the texts that are of others."""
        return [(code, field, said) for code, field, said in self.kept.get("warnings", ())]

    @property
    def memory(self) -> Memory | None:
        return remembering.restored(self.kept["memory"])


async def begun(
    ctx: NodeContext, item: Item, texts: Mapping[str, str], params: ModelParams, choices: Mapping[str, ModelChoice]
) -> Beginning:
    """Keep what an agent begins with: params are evaluated anew each time that its run goes on. Raises: NodeFailed."""

    async def work(_key: str) -> dict[str, Any]:
        warnings = [list(one) for one in await vetted(ctx, texts)]
        models: dict[str, Any] = {}
        for slot, own in choices.items():
            models[slot] = asdict((await model_of(ctx, item, params, own, slot)).chosen)
        tools = toolbox.described(await ctx.tools("tools", item))
        memory = remembering.as_record(await remembering.memory_of(ctx, item))
        return {"texts": dict(texts), "models": models, "tools": tools, "memory": memory, "warnings": warnings}

    return Beginning(await ctx.step(BEGINNING, work, kind="custom", effect="pure"))


async def model(
    ctx: NodeContext, item: Item, beginning: Beginning, params: ModelParams, own: ModelChoice, slot: str = "model"
) -> AskedModel:
    """Return the model of a slot, as it was chosen in the beginning. Raises: NodeFailed."""
    found = await model_of(ctx, item, params, own, slot)
    return found.asked(ChosenModel(**beginning.kept["models"][slot]), is_patient=True)


def tools(ctx: NodeContext, item: Item, beginning: Beginning, approve: list[str]) -> Toolbox:
    """Return the tools of an agent, as they were told in the beginning."""
    found = toolbox.restored(beginning.kept["tools"], ctx.helpers("tools"))
    return Toolbox(ctx, item, found, Approvals(ctx, frozenset(approve)))


async def shape(ctx: NodeContext, item: Item, schema: Mapping[str, Any] | None) -> Shape | None:
    """Return what the answer has to look like: as the slot `parser` says, else a schema of the node's own."""
    for helper in ctx.helpers("parser"):
        told: Any = await ctx.helper_params(helper, item)
        return Shape(told.form, told.retries)
    return Shape(schema, 2) if schema else None
