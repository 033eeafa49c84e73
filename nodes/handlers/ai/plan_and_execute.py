"""Plan and execute: a model plans, and its tasks are carried out with tools, those side by side that may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from nodes.base import CredentialSlot, Effect, Look, NodeContext, NodeResult, NodeType
from nodes.handlers.ai.agent import DATA_IS_DATA
from nodes.handlers.ai.agents import working
from nodes.handlers.ai.agents.carrying_out import CarryingOut
from nodes.handlers.ai.choosing_model import MODEL_SLOT
from nodes.handlers.ai.model_params import ADVANCED, ModelParams, ProviderName
from nodes.handlers.ai.questions import usage_of, warnings_of
from nodes.helpers import Slot
from nodes.items import Item
from nodes.language_models import PROVIDERS, Message, ModelChoice

PLANNER = "planner"


class PlanParams(ModelParams):
    goal: str = Field(min_length=1, title="Goal", json_schema_extra={"multiline": True})
    system: str = Field(default="", title="Instructions", json_schema_extra={"multiline": True})
    max_replans: int = Field(default=3, ge=0, le=20, title="Other plans at most", description="Made where a task fails")
    max_steps: int = Field(
        default=20, ge=1, le=100, title="Steps at most", description="Tasks, and calls of tools of all tasks together"
    )
    approve: list[str] = Field(
        default=[], max_length=100, title="Tools that people approve", description='Their names, or "*" for all'
    )
    provider: ProviderName | None = Field(
        default=None, title="Provider", description="Where no model stands beside it, and no other default is wanted",
        json_schema_extra=ADVANCED,
    )  # fmt: skip
    model: str | None = Field(default=None, max_length=200, title="Model", json_schema_extra=ADVANCED)


class PlanAndExecute(NodeType[PlanParams]):
    """Plan a goal and carry the plan out, once for each item.

    Outputs: {"text", "plan": [{"order", "action", "status", "result", "error", "depends_on"}], "replans", "usage"} by
    "main". Raises: NodeFailed: "invalid_plan", "task_failed", "tool_loop", "step_limit", "content_blocked",
    "llm_not_configured", and what a call of a model can end with.
    """

    kind = "plan_and_execute"
    effect: ClassVar[Effect] = "read"  # each call is a step of its own, which is announced before it begins
    Params = PlanParams
    slots = (
        Slot(PLANNER, "model", label="Planner"), MODEL_SLOT, Slot("tools", "tool", many=True, label="Tools"),
        Slot("memory", "memory", label="Memory"),
    )  # fmt: skip
    credentials = (CredentialSlot("model", PROVIDERS),)
    default_timeout_s = 3600
    look = Look(
        label="Plan and execute",
        description="Plans a goal, and carries the plan out with tools.",
        category="ai",
        icon="list-checks",
        color="#9333ea",
        summary="{{ goal }}",
        aliases=("planner", "plan", "agent", "tasks"),
        docs="A model, that in the slot *Planner* or else the other one, writes a plan: tasks, and which needs what of "
        "which. Each task is carried out by an agent of its own with all tools; those that wait for nothing go on side "
        "by side, up to five. Where a task fails, or a call of a tool fails three times the same way, what is left is "
        "planned anew, up to `max_replans` times; then the node fails with `task_failed` or `tool_loop`. A plan with "
        "circles or unknown dependencies is sent back twice, then the node fails with `invalid_plan`. At `max_steps` "
        "tasks or calls of tools it fails with `step_limit`. Every call is a step: once it has ended it is not made "
        "again. How the plan stands is told by `planning` events.",
        output_fields=(("text", "string"), ("plan", "json"), ("replans", "number"), ("usage", "json")),
    )  # fmt: skip

    def model_calls(self, params: Mapping[str, Any]) -> tuple[int, int] | None:
        steps, replans = params.get("max_steps", 20), params.get("max_replans", 3)
        whole = isinstance(steps, int) and isinstance(replans, int)
        return 3, 2 * steps + replans + 2 if whole else 3

    async def run(self, params: PlanParams, item: Item, ctx: NodeContext) -> NodeResult:
        own = ModelChoice(params.provider, params.model or None)
        planner_slot = PLANNER if ctx.helpers(PLANNER) else MODEL_SLOT.name
        texts = {"goal": params.goal, "system": params.system}
        choices = dict.fromkeys((planner_slot, MODEL_SLOT.name), own)
        beginning = await working.begun(ctx, item, texts, params, choices)
        model = await working.model(ctx, item, beginning, params, own)
        planner = await working.model(ctx, item, beginning, params, own, planner_slot)
        toolbox = working.tools(ctx, item, beginning, params.approve)
        memory = beginning.memory
        system = "\n\n".join(part for part in (beginning.text("system"), DATA_IS_DATA if toolbox.tools else "") if part)
        goal = beginning.text("goal")
        work = CarryingOut(
            ctx, goal, system, planner, model, toolbox, params.max_steps, params.max_replans,
            memory.before if memory else (),
        )  # fmt: skip
        text = await work.run()
        if memory is not None:
            work.used += await memory.keep(ctx, goal, [Message("assistant", text)], model)
        json = {
            "text": text, "plan": [task.as_json() for task in work.plan.tasks], "replans": work.replans,
            "usage": usage_of(work.used),
        }  # fmt: skip
        warnings = [(code, "", said) for code, said in work.warnings]
        told = dict.fromkeys([*warnings_of(work.used), *beginning.warnings, *warnings])
        return NodeResult({"main": [{"json": json}]}, warnings=tuple(told))
