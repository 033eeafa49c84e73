"""What an answer has to look like: a JSON Schema, or an example that one is made of."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, model_validator

from core.forms.forms import form_problem
from core.values.kinds import is_list, is_object
from nodes.base import Look, NodeParams, Port
from nodes.helper_types import HelperType
from nodes.helpers import Gives

KINDS = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"))  # a bool is an int, too


class OutputSchemaParams(NodeParams):
    schema_: dict[str, Any] | None = Field(
        default=None, alias="schema", title="JSON Schema", description="Or an example below"
    )
    example: dict[str, Any] | None = Field(default=None, title="Example of an answer")
    retries: int = Field(default=2, ge=0, le=5, title="Tries with what was wrong")

    @model_validator(mode="after")
    def _one_of_them(self) -> OutputSchemaParams:
        if (self.schema_ is None) == (self.example is None):
            raise ValueError("give a schema or an example")
        problem = form_problem(self.schema_) if self.schema_ is not None else ""
        if problem:
            raise ValueError(problem)
        return self

    @property
    def form(self) -> dict[str, Any]:
        """The JSON Schema of an answer."""
        return self.schema_ if self.schema_ is not None else schema_like(self.example)


def schema_like(example: Any) -> dict[str, Any]:
    """Return a JSON Schema of values like an example; all fields of its objects are needed, and no others fit."""
    if is_object(example):
        properties = {str(name): schema_like(value) for name, value in example.items()}
        return {
            "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
        }  # fmt: skip
    if is_list(example):
        return {"type": "array", "items": schema_like(example[0]) if example else {}}
    kind = next((name for known, name in KINDS if isinstance(example, known)), None)
    return {"type": kind} if kind else {}


class OutputSchema(HelperType[OutputSchemaParams]):
    """Gives a step the shape of its answer."""

    kind = "output_schema"
    gives: ClassVar[Gives | None] = "parser"
    outputs: ClassVar[tuple[Port, ...]] = (Port("parser", "Parser", kind="parser"),)
    Params = OutputSchemaParams
    look = Look(
        label="Output schema",
        description="Says what an answer has to look like.",
        category="ai_helpers",
        icon="braces",
        color="#9333ea",
        aliases=("structured output parser", "json schema"),
        docs="An answer that does not fit goes back to the model with what is wrong, `retries` times.",
    )
