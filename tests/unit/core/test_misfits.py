"""What is wrong with a value is said in our words, whatever the library that found it says."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter, ValidationError, field_validator

from core.values.misfits import message_of, named_message_of


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str


class Checked(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def _known(cls, value: str) -> str:
        raise ValueError("nobody goes by that name")


class Color(Enum):
    RED = "red"
    BLUE = "blue"


def found(kind: Any, value: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    return dict(caught.value.errors(include_url=False)[0])


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (Inner, "text", "must be an object"),
        (dict[str, str], 5, "must be an object"),
        (Inner, {}, "is missing"),
        (Inner, {"name": "a", "other": 1}, "is not known"),
        (float, "abc", "must be a number"),
        (float, [], "must be a number"),
        (int, "abc", "must be a whole number"),
        (int, 1.5, "must be a whole number"),
        (int, None, "must be a whole number"),
        (str, 5, "must be text"),
        (bool, "perhaps", "must be true or false"),
        (list[str], "abc", "must be a list"),
        (Literal["and", "or"], "xor", "must be one of 'and' or 'or'"),
        (Color, "green", "must be one of 'red' or 'blue'"),
        (Annotated[str, Field(min_length=1)], "", "must have at least 1 character"),
        (Annotated[str, Field(max_length=2)], "abc", "must have at most 2 characters"),
        (Annotated[list[int], Field(min_length=1)], [], "must have at least 1 entry"),
        (Annotated[list[int], Field(max_length=2)], [1, 2, 3], "must have at most 2 entries"),
        (Annotated[str, Field(pattern="^a$")], "b", "must match the pattern ^a$"),
        (Annotated[int, Field(ge=1)], 0, "must be at least 1"),
        (Annotated[int, Field(le=9)], 10, "must be at most 9"),
        (Annotated[float, Field(gt=0)], 0, "must be greater than 0"),
        (Annotated[float, Field(lt=1)], 1, "must be less than 1"),
        (datetime, "tomorrow", "must be a date and time"),
        (UUID, "nope", "must be a UUID"),
        (HttpUrl, "nope", "must be a URL"),
    ],
)
def test_common_errors_are_said_in_our_words(kind: Any, value: Any, said: str) -> None:
    error = found(kind, value)
    assert named_message_of("params.it", error) == f"params.it {said}"
    assert message_of(error) == f"{said[0].upper()}{said[1:]}."


def test_what_a_validator_says_is_kept():
    error = found(Checked, {"name": "x"})
    assert (message_of(error), named_message_of("name", error)) == (
        "nobody goes by that name",
        "name: nobody goes by that name",
    )
