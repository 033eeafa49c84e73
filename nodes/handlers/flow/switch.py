"""The Switch node: one way out per case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.values.kinds import is_list, is_object
from nodes.base import Look, NodeContext, NodeParams, NodeResult, NodeType, Port
from nodes.handlers.flow.conditions import Combinator, Condition, ConditionOptions, decided
from nodes.items import Item


class Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=100)
    conditions: list[Condition] = Field(min_length=1)
    combinator: Combinator = "and"


class SwitchParams(NodeParams):
    cases: list[Case] = Field(min_length=1, max_length=100, title="Cases")
    mode: Literal["first", "all"] = Field(
        default="first", title="Which cases", description="The first that fits, or all"
    )
    options: ConditionOptions = Field(default=ConditionOptions(), title="Options")

    @field_validator("cases")
    @classmethod
    def _names_differ(cls, cases: list[Case]) -> list[Case]:
        names = [case.name for case in cases]
        if len(set(names)) < len(names) or {"default", "error"} & set(names):
            raise ValueError("case names must differ from each other, from 'default' and from 'error'")
        return cases


class Switch(NodeType[SwitchParams]):
    """Send an item on by the handle of the case that fits, else by "default"."""

    kind = "switch"
    Params = SwitchParams
    outputs = (Port("default", "Default"),)
    dynamic_outputs = {"param": "cases", "name_field": "name"}
    look = Look(
        label="Switch",
        description="Sends each item the way of the case that fits.",
        category="flow",
        icon="git-branch",
        color="#7c3aed",
        summary="{{ cases.length }} cases",
        aliases=("case", "route", "router"),
        docs="Each case is an output of its own name. With mode `all` an item leaves by every case that fits.",
    )

    def output_names(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        cases = params.get("cases")
        names = [case.get("name") for case in cases if is_object(case)] if is_list(cases) else []
        return (*[str(name) for name in names if name], "default")

    async def run(self, params: SwitchParams, item: Item, ctx: NodeContext) -> NodeResult:
        sensitive = params.options.case_sensitive
        handles: list[str] = []
        for case in params.cases:
            if await decided(case.conditions, case.combinator, case_sensitive=sensitive, ctx=ctx):
                handles.append(case.name)
                if params.mode == "first":
                    break
        plain = {key: item[key] for key in item if key != "pairedItem"}
        return NodeResult({handle: [plain] for handle in handles or ["default"]})
