"""The Information extractor node: values out of a text, as JSON of a known shape."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.forms.forms import form_problem
from nodes.base import Look, NodeContext, NodeResult
from nodes.handlers.ai.texts.text_model import TextNode, TextParams, read, with_fields
from nodes.items import Item

INSTRUCTIONS = (
    "You take values out of a text. Take only what the text says, as it says it; what it does not say is null. Make "
    "nothing up."
)
SHAPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "description": "A date, as 2026-03-01"},
    "list": {"type": "array", "items": {"type": "string"}},
}


class ExtractedField(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=100, title="Name")
    type: Literal["string", "number", "integer", "boolean", "date", "list"] = Field(default="string", title="Type")
    description: str = Field(default="", max_length=2000, title="What it is")
    required: bool = Field(default=False, title="Required")

    @property
    def shape(self) -> dict[str, Any]:
        """The JSON Schema of its value; one that may be missing may be null."""
        made = dict(SHAPES[self.type])
        said = ". ".join(part for part in (self.description, made.get("description", "")) if part)
        if not self.required:
            made["type"] = [made["type"], "null"]
        return {**made, "description": said} if said else made


class InformationExtractorParams(TextParams):
    model_config = ConfigDict(populate_by_name=True)  # a model of pydantic has a `schema` of its own

    fields: list[ExtractedField] = Field(default=[], max_length=100, title="Fields")
    json_form: dict[str, Any] | None = Field(
        default=None, alias="schema", title="JSON Schema", description="In place of the fields",
        json_schema_extra={"group": "main"},
    )  # fmt: skip

    @model_validator(mode="after")
    def _one_of_them(self) -> InformationExtractorParams:
        if bool(self.fields) == bool(self.json_form):
            raise ValueError("give fields or a schema")
        names = [field.name for field in self.fields]
        if len(set(names)) < len(names):
            raise ValueError("names of fields must differ from each other")
        problem = form_problem(self.json_form) if self.json_form else ""
        if problem:
            raise ValueError(problem)
        return self

    @property
    def form(self) -> dict[str, Any]:
        """The JSON Schema of what is taken out."""
        if self.json_form:
            return self.json_form
        return {
            "type": "object",
            "properties": {field.name: field.shape for field in self.fields},
            "required": [field.name for field in self.fields],
            "additionalProperties": False,
        }


class InformationExtractor(TextNode[InformationExtractorParams]):
    """Let a model take values out of a text.

    Outputs: the item with "extracted" and "usage" by "main". Raises: NodeFailed, as every call of a model does;
    "content_blocked", "invalid_model_output".
    """

    kind = "information_extractor"
    Params = InformationExtractorParams
    look = Look(
        label="Information extractor",
        description="Takes values out of a text, as JSON.",
        category="ai",
        icon="scan-text",
        color="#9333ea",
        summary="{{ fields.length }} fields",
        aliases=("extract", "parse", "entities", "structured data"),
        docs="What is wanted is said by `fields`, or by a JSON Schema. A field that is not required is null where the "
        "text does not say it. An answer that does not fit goes back to the model with what is wrong, twice; then the "
        "node fails with `invalid_model_output`. The model is that in the slot, else as for *Ask a model*.",
        output_fields=(("extracted", "json"), ("usage", "json")),
    )

    async def run(self, params: InformationExtractorParams, item: Item, ctx: NodeContext) -> NodeResult:
        made = await read(ctx, item, params, INSTRUCTIONS, params.form)
        out = with_fields(item, extracted=made.value, usage=dict(made.usage))
        return NodeResult({"main": [out]}, warnings=made.warnings)
