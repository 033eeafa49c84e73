"""The Split In Batches node: its body runs once per batch of items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nodes.base import Look
from nodes.handlers.loop.rounds import LoopingParams, elements_of, limit_field, within
from nodes.items import Items, links_to
from nodes.loop_types import LoopNodeType, RoundFailure


class SplitInBatchesParams(LoopingParams):
    batch_size: int = Field(default=1, ge=1, title="Batch size")
    items_field: str = Field(
        default="", title="List", description="Path of a list in the first item; empty: the items themselves"
    )
    emit: Literal["batch", "items"] = Field(
        default="batch", title="The body gets", description="One item that holds the batch, or the batch's items"
    )
    max_loop_count: int = limit_field(100)


class SplitInBatches(LoopNodeType[SplitInBatchesParams]):
    """Run the body once per batch, and hand on what came back, in order.

    Outputs: {"batch", "batch_index", "total_batches", "is_last_batch"} or the batch's items by "loop"; {items that came
    back} by "done".
    Raises: NodeFailed: "invalid_input" when `items_field` holds no list, "loop_limit" before the first round.
    """

    kind = "split_in_batches"
    Params = SplitInBatchesParams
    look = Look(
        label="Split In Batches",
        description="Runs the nodes of its body once for each batch of items.",
        category="flow",
        icon="boxes",
        color="#7c3aed",
        summary="{{ batch_size }}",
        aliases=("batch", "chunk", "loop over items"),
        docs="The last batch holds what is left. With `items` the body gets the items of a batch as they are.",
        output_fields=(
            ("batch", "json"),
            ("batch_index", "number"),
            ("total_batches", "number"),
            ("is_last_batch", "boolean"),
        ),
    )

    def rounds(self, params: SplitInBatchesParams, inputs: Mapping[str, Items]) -> list[Items]:
        elements = elements_of(inputs.get("main") or [], params.items_field)
        size = params.batch_size
        batches = [elements[at : at + size] for at in range(0, len(elements), size)]
        within(batches, params.max_loop_count)
        if params.emit == "items":
            return batches
        return [[_batch_item(batch, at, len(batches))] for at, batch in enumerate(batches)]

    def at_once(self, params: SplitInBatchesParams) -> int:
        return params.concurrency

    def on_failure(self, params: SplitInBatchesParams) -> RoundFailure:
        return params.on_round_failure


def _batch_item(batch: Items, at: int, total: int) -> dict[str, object]:
    batch_json = [item["json"] for item in batch]
    json = {"batch": batch_json, "batch_index": at, "total_batches": total, "is_last_batch": at == total - 1}
    return {"json": json, "pairedItem": links_to(item["pairedItem"]["item"] for item in batch)}
