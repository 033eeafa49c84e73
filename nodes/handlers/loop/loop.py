"""The Loop node: its body runs once per element."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from nodes.base import Look
from nodes.handlers.loop.rounds import LoopingParams, as_item, elements_of, limit_field, within
from nodes.items import Items
from nodes.loop_types import LoopNodeType, RoundFailure


class LoopParams(LoopingParams):
    items_field: str = Field(
        default="", title="List", description="Path of a list in the first item; empty: the items themselves"
    )
    count: int | None = Field(
        default=None, ge=0, title="Count", description="So many rounds with the first item, instead of elements"
    )
    max_loop_count: int = limit_field(10)


class Loop(LoopNodeType[LoopParams]):
    """Run the body once per element, and hand on what came back, in order.

    Outputs: to the body one item per round by "loop"; {items that came back} by "done".
    Raises: NodeFailed: "invalid_input" when `items_field` holds no list, "loop_limit" before the first round.
    """

    kind = "loop"
    Params = LoopParams
    look = Look(
        label="Loop",
        description="Runs the nodes of its body once for each element.",
        category="flow",
        icon="repeat",
        color="#7c3aed",
        summary="{{ items_field }}",
        aliases=("for each", "iterate", "repeat", "while"),
        docs="Connect the body to `loop` and lead its last node back to the input. `$loop.index`, `$loop.count` and "
        "`$loop.is_last` are there in the body. What comes back leaves by `done`, in the order of the rounds.",
    )

    def rounds(self, params: LoopParams, inputs: Mapping[str, Items]) -> list[Items]:
        items = inputs.get("main") or []
        if params.count is not None:
            first: Mapping[str, object] = items[0].get("json", {}) if items else {}
            return within([[as_item(first, 0)]] * params.count, params.max_loop_count)
        return within([[element] for element in elements_of(items, params.items_field)], params.max_loop_count)

    def at_once(self, params: LoopParams) -> int:
        return params.concurrency

    def on_failure(self, params: LoopParams) -> RoundFailure:
        return params.on_round_failure
