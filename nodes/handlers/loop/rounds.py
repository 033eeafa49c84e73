"""What the loop nodes have in common: their limits, and the elements they go over."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from core.values.kinds import is_list, is_object
from core.values.paths import get_path
from nodes.base import LITERAL, NodeFailed, NodeParams
from nodes.items import Item, Items
from nodes.loop_types import RoundFailure

MOST_ROUNDS = 1000


class LoopingParams(NodeParams):
    """Params of every node with a body."""

    concurrency: int = Field(
        default=1, ge=1, le=100, title="Rounds at once", description="Results keep the order of the rounds",
        json_schema_extra={"group": "advanced"},
    )  # fmt: skip
    on_round_failure: RoundFailure = Field(
        default="stop", title="When a round fails", json_schema_extra={"group": "advanced"},
        description="Stop the loop, leave the round out, or hand its error on among the results",
    )  # fmt: skip


def limit_field(default: int) -> Any:
    return Field(
        default=default, ge=1, le=MOST_ROUNDS, strict=True, title="Rounds at most", json_schema_extra=LITERAL,
        description="More than that is an error before the first round",
    )  # fmt: skip


def within(rounds: list[Items], most: int) -> list[Items]:
    """Return the rounds. Raises: NodeFailed "loop_limit" when there are more than allowed."""
    if len(rounds) > most:
        said = f"{len(rounds)} rounds are more than the {most} that “Rounds at most” of this node allows"
        raise NodeFailed("loop_limit", said, rounds=len(rounds))
    return rounds


def as_item(element: Any, at: int) -> Item:
    """Return an element as an item of its own, paired with the input item it came from."""
    return {"json": element if is_object(element) else {"value": element}, "pairedItem": {"item": at}}


def elements_of(items: Items, items_field: str) -> Items:
    """Return the elements to go over as items. Raises: NodeFailed "invalid_input" when the field holds no list."""
    if not items_field:
        return [{**item, "pairedItem": {"item": at}} for at, item in enumerate(items)]
    found = get_path(items[0].get("json", {}), items_field) if items else None
    if not is_list(found):
        raise NodeFailed("invalid_input", f"{items_field!r} of the first item is not a list")
    return [as_item(element, 0) for element in found]
