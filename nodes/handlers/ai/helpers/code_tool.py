"""The Code tool: code of the user, in the jail, on the arguments that a model gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from core.forms.forms import form_problem
from core.values.kinds import is_object
from nodes.abilities import CodeRequest
from nodes.base import LITERAL, RAW, Look, NodeContext, NodeParams, NodeResult
from nodes.handlers.code.code import failure_of
from nodes.helper_types import ToolType
from nodes.helpers import NO_ARGUMENTS
from nodes.items import Item

ANY = {"type": "object"}


class CodeToolParams(NodeParams):
    language: Literal["python", "javascript"] = Field(default="python", title="Language", json_schema_extra=LITERAL)
    code: str = Field(
        min_length=1, max_length=200_000, title="Code",
        json_schema_extra={**LITERAL, **RAW, "language": "param:language"},
    )  # fmt: skip
    schema_: dict[str, Any] = Field(
        default=dict(NO_ARGUMENTS), alias="schema", title="Arguments", description="A JSON Schema",
        json_schema_extra=LITERAL,
    )  # fmt: skip
    limit_s: float = Field(
        default=10, ge=0.1, le=120, title="Time limit in seconds", json_schema_extra={**LITERAL, "group": "advanced"}
    )
    memory_mb: int = Field(
        default=256, ge=16, le=1024, title="Memory in MiB", json_schema_extra={**LITERAL, "group": "advanced"}
    )


class CodeTool(ToolType[CodeToolParams]):
    """Run code on arguments. Raises: NodeFailed, as the Code node."""

    kind = "code_tool"
    Params = CodeToolParams
    default_timeout_s = 180
    look = Look(
        label="Code tool",
        description="Lets a model run your code.",
        category="ai_helpers",
        icon="code",
        color="#7c3aed",
        summary="{{ language }}",
        aliases=("function", "script tool"),
        docs='The arguments are the fields of `item["json"]` (JavaScript: `$json`); what the code returns is what the '
        "model gets. It runs in the jail, as the Code node does.",
    )

    def arguments(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        given = params.get("schema", NO_ARGUMENTS)
        return given if is_object(given) and not form_problem(given) else ANY

    async def use(
        self, params: CodeToolParams, arguments: Mapping[str, Any], item: Item, ctx: NodeContext
    ) -> NodeResult:
        request = CodeRequest(
            params.language, params.code, "each_item", [{"json": dict(arguments), "pairedItem": {"item": 0}}],
            ctx.variables, params.limit_s, params.memory_mb * 2**20,
        )  # fmt: skip
        outcome = await ctx.run_code(request)
        if outcome.kind != "ok":
            raise failure_of(outcome)
        if outcome.failures:
            raise failure_of(outcome.failures[0])
        return NodeResult({"main": outcome.items}, outcome.logs)
