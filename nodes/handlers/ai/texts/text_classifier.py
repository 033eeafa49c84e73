"""The Text classifier node: one way out for each category that a model finds for a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.values.kinds import is_list, is_object
from nodes.base import Look, NodeContext, NodeResult, Port
from nodes.handlers.ai.model_params import ADVANCED
from nodes.handlers.ai.texts.text_model import TextNode, TextParams, read, with_fields
from nodes.items import Item

OTHER = "other"
INSTRUCTIONS = (
    "You sort a text into categories. Look only at what it says. `confidence` is how sure you are, from 0 to 1. Where "
    'no category fits, say "other". The categories:\n'
)


class Category(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=100, title="Name")
    description: str = Field(default="", max_length=2000, title="What belongs to it")
    examples: list[str] = Field(default=[], max_length=50, title="Examples")

    @property
    def told(self) -> str:
        """What a model is told of it."""
        lines = [f"- {self.name}" + (f": {self.description}" if self.description else "")]
        return "\n".join([*lines, *(f"  Example: {example}" for example in self.examples)])


class TextClassifierParams(TextParams):
    categories: list[Category] = Field(min_length=1, max_length=100, title="Categories")
    threshold: float = Field(
        default=0.6, ge=0, le=1, title="Sure enough from", description="What the model is less sure of goes elsewhere"
    )
    fallback: str = Field(
        default=OTHER, max_length=100, title="Otherwise", description='"other", or the name of a category',
        json_schema_extra=ADVANCED,
    )  # fmt: skip
    multi: bool = Field(default=False, title="More than one category")

    @model_validator(mode="after")
    def _names_fit(self) -> TextClassifierParams:
        names = self.names
        if len(set(names)) < len(names) or {OTHER, "error"} & set(names):
            raise ValueError("names of categories must differ from each other, from 'other' and from 'error'")
        if self.fallback not in {OTHER, *names}:
            raise ValueError("the fallback is 'other' or the name of a category")
        return self

    @property
    def names(self) -> list[str]:
        return [category.name for category in self.categories]


class TextClassifier(TextNode[TextClassifierParams]):
    """Let a model find the category of a text, and send the item on by the handle of its name.

    Outputs: the item with "category", "confidence" and "usage" by the handle of each category that was found, else by
    that of `fallback`. Raises: NodeFailed, as every call of a model does; "content_blocked", "invalid_model_output".
    """

    kind = "text_classifier"
    Params = TextClassifierParams
    outputs = (Port(OTHER, "Other"),)
    dynamic_outputs = {"param": "categories", "name_field": "name"}
    look = Look(
        label="Text classifier",
        description="Sends each item the way of the category that its text belongs to.",
        category="ai",
        icon="tag",
        color="#9333ea",
        summary="{{ categories.length }} categories",
        aliases=("categorizer", "classify", "sort", "route", "label", "intent"),
        docs="Each category is an output of its own name; `other` is for what fits none, and for what the model is "
        "less sure of than `threshold`. With `multi` an item leaves by each category that it belongs to. The model is "
        "that in the slot, else as for *Ask a model*. What it is sure of is its own word: measure it on texts that "
        "you know.",
        output_fields=(("category", "string"), ("confidence", "number"), ("usage", "json")),
    )

    def output_names(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        listed = params.get("categories")
        names = [entry.get("name") for entry in listed if is_object(entry)] if is_list(listed) else []
        return (*[str(name) for name in names if name], OTHER)

    async def run(self, params: TextClassifierParams, item: Item, ctx: NodeContext) -> NodeResult:
        told = "\n".join(category.told for category in params.categories)
        made = await read(ctx, item, params, INSTRUCTIONS + told, schema_of(params))
        found = chosen(params, made.value["categories"] if params.multi else [made.value])
        outputs = {
            name: [with_fields(item, category=name, confidence=sure, usage=dict(made.usage))]
            for name, sure in found.items()
        }
        return NodeResult(outputs, warnings=made.warnings)


def schema_of(params: TextClassifierParams) -> dict[str, Any]:
    """Return what an answer has to look like."""
    one = {
        "type": "object",
        "properties": {
            "category": {"type": "string", "enum": [*params.names, OTHER]}, "confidence": {"type": "number"},
        },
        "required": ["category", "confidence"],
        "additionalProperties": False,
    }  # fmt: skip
    if not params.multi:
        return one
    listed = {"type": "array", "items": one}
    return {
        "type": "object", "properties": {"categories": listed}, "required": ["categories"],
        "additionalProperties": False,
    }  # fmt: skip


def chosen(params: TextClassifierParams, said: list[Mapping[str, Any]]) -> dict[str, float]:
    """Return the handles that an item leaves by, and how sure the model is of each; the fallback where it is of none.

    What it is sure of is held between 0 and 1.
    """
    sure = {one["category"]: min(max(float(one["confidence"]), 0.0), 1.0) for one in said}
    found = {name: value for name, value in sure.items() if name != OTHER and value >= params.threshold}
    if found:
        return found
    return {params.fallback: max(sure.values(), default=0.0)}
