"""The Sentiment node: one way out for each mood that a text may be in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, field_validator

from core.values.kinds import is_list
from nodes.base import Look, NodeContext, NodeResult, Port
from nodes.handlers.ai.texts.text_model import TextNode, TextParams, read, with_fields
from nodes.items import Item

LABELS = ["positive", "neutral", "negative"]
INSTRUCTIONS = (
    "You say in which mood a text was written. Look only at the text. `confidence` is how sure you are, from 0 to 1. "
    "Choose one of these labels: "
)


class SentimentParams(TextParams):
    labels: list[str] = Field(default=LABELS, min_length=2, max_length=20, title="Labels")

    @field_validator("labels")
    @classmethod
    def _names_fit(cls, labels: list[str]) -> list[str]:
        if len(set(labels)) < len(labels) or "error" in labels or not all(0 < len(label) <= 100 for label in labels):
            raise ValueError("labels must have 1 to 100 characters, and differ from each other and from 'error'")
        return labels


class Sentiment(TextNode[SentimentParams]):
    """Let a model say in which mood a text is, and send the item on by the handle of that label.

    Outputs: the item with "sentiment", "confidence" and "usage". Raises: NodeFailed, as every call of a model does;
    "content_blocked", "invalid_model_output".
    """

    kind = "sentiment"
    Params = SentimentParams
    outputs: ClassVar[tuple[Port, ...]] = ()
    dynamic_outputs = {"param": "labels", "name_field": ""}
    look = Look(
        label="Sentiment",
        description="Sends each item the way of the mood that its text is in.",
        category="ai",
        icon="thermometer",
        color="#9333ea",
        summary="{{ labels }}",
        aliases=("mood", "emotion", "feeling", "opinion"),
        docs="Each label is an output. `sentiment` is the label that was chosen, `confidence` how sure the model is. "
        "The model is that in the slot, else as for *Ask a model*.",
        output_fields=(("sentiment", "string"), ("confidence", "number"), ("usage", "json")),
    )

    def output_names(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        labels = params.get("labels", LABELS)
        return tuple(label for label in labels if isinstance(label, str) and label) if is_list(labels) else ()

    async def run(self, params: SentimentParams, item: Item, ctx: NodeContext) -> NodeResult:
        schema = {
            "type": "object",
            "properties": {"label": {"type": "string", "enum": params.labels}, "confidence": {"type": "number"}},
            "required": ["label", "confidence"],
            "additionalProperties": False,
        }
        made = await read(ctx, item, params, INSTRUCTIONS + ", ".join(params.labels), schema)
        label, sure = made.value["label"], min(max(float(made.value["confidence"]), 0.0), 1.0)
        out = with_fields(item, sentiment=label, confidence=sure, usage=dict(made.usage))
        return NodeResult({label: [out]}, warnings=made.warnings)
