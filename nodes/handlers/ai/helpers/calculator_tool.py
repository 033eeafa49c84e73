"""The calculator: arithmetic as the expressions of params have it, and nothing else of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nodes.base import Look, NodeContext, NodeFailed, NodeResult, NoParams
from nodes.helper_types import ToolType
from nodes.items import Item

LONGEST = 1000  # characters
FUNCTIONS = frozenset(
    {"abs", "acos", "asin", "atan", "atan2", "cbrt", "ceil", "cos", "exp", "floor", "hypot", "log", "log10", "log2",
     "max", "min", "pow", "round", "sign", "sin", "sqrt", "tan", "trunc"}
)  # fmt: skip
CONSTANTS = {"pi": "Math.PI", "e": "Math.E"}
_PIECE = re.compile(
    r"\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?:Math\.)?([A-Za-z][A-Za-z0-9]*)|(\*\*|[-+*/%(),^]))"
)


class CalculatorTool(ToolType[NoParams]):
    """Work out an expression. Raises: NodeFailed "invalid_expression"."""

    kind = "calculator_tool"
    Params = NoParams
    look = Look(
        label="Calculator",
        description="Lets a model do arithmetic.",
        category="ai_helpers",
        icon="calculator",
        color="#0891b2",
        aliases=("math", "arithmetic"),
        docs="`+ - * / % **`, brackets, and the functions of `Math`: `sqrt(2) * pi`.",
        output_fields=(("result", "number"),),
    )

    def arguments(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        text = {
            "type": "string", "minLength": 1, "maxLength": LONGEST,
            "description": "Arithmetic such as (12.5 + 3) * 4 ** 2, with sqrt, round, max and others, pi and e",
        }  # fmt: skip
        return {"type": "object", "properties": {"expression": text}, "required": ["expression"]}

    async def use(self, params: NoParams, arguments: Mapping[str, Any], item: Item, ctx: NodeContext) -> NodeResult:
        text = str(arguments["expression"])
        values = await ctx.evaluated({"result": f"{{{{ {as_expression(text)} }}}}"}, [item])(0)
        if isinstance(values["result"], bool) or not isinstance(values["result"], (int, float)):
            raise NodeFailed("invalid_expression", f"This comes to no number: {text[:200]}")
        return NodeResult.of({"result": values["result"]})


def as_expression(text: str) -> str:
    """Return arithmetic as an expression that names nothing of the run. Raises: NodeFailed "invalid_expression"."""
    made: list[str] = []
    at = 0
    stripped = text.rstrip()
    while at < len(stripped):
        found = _PIECE.match(stripped, at)
        name = found.group(2) if found else None
        if found is None or (name is not None and name.lower() not in FUNCTIONS | CONSTANTS.keys()):
            raise NodeFailed("invalid_expression", f"This is no arithmetic, from {stripped[at : at + 20]!r} on")
        number, _, sign = found.groups()
        if name is not None:
            made.append(CONSTANTS.get(name.lower(), f"Math.{name.lower()}"))
        else:
            made.append(number or ("**" if sign == "^" else sign))
        at = found.end()
    return " ".join(made)
