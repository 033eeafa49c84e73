"""What is wrong with a value, in the product's words: from an error of the library that looks at values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OBJECT = "must be an object"
NUMBER = "must be a number"
WHOLE = "must be a whole number"
TEXT = "must be text"
SWITCH = "must be true or false"
LIST = "must be a list"
MOMENT = "must be a date and time"
DAY = "must be a date"
CLOCK = "must be a time of day"
SPAN = "must be a duration"
UUID = "must be a UUID"
ADDRESS = "must be a URL"

# By the error's type; in braces what its context says.
WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "none_required": "must be empty",
    "dict_type": OBJECT, "mapping_type": OBJECT, "model_type": OBJECT, "model_attributes_type": OBJECT,
    "dataclass_type": OBJECT, "model_class_instance": OBJECT,
    "int_type": WHOLE, "int_parsing": WHOLE, "int_from_float": WHOLE, "int_parsing_size": "has too many digits",
    "float_type": NUMBER, "float_parsing": NUMBER, "decimal_type": NUMBER, "decimal_parsing": NUMBER,
    "finite_number": "must be a finite number",
    "string_type": TEXT, "string_sub_type": TEXT, "string_unicode": TEXT, "bytes_type": TEXT,
    "bool_type": SWITCH, "bool_parsing": SWITCH,
    "list_type": LIST, "tuple_type": LIST, "set_type": LIST, "frozen_set_type": LIST, "iterable_type": LIST,
    "literal_error": "must be one of {expected}", "enum": "must be one of {expected}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "greater_than": "must be greater than {gt}", "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}", "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "datetime_type": MOMENT, "datetime_parsing": MOMENT, "datetime_from_date_parsing": MOMENT,
    "timezone_aware": "must name its time zone", "timezone_naive": "must name no time zone",
    "date_type": DAY, "date_parsing": DAY, "date_from_datetime_parsing": DAY, "date_from_datetime_inexact": DAY,
    "time_type": CLOCK, "time_parsing": CLOCK, "time_delta_type": SPAN, "time_delta_parsing": SPAN,
    "uuid_type": UUID, "uuid_parsing": UUID, "uuid_version": UUID,
    "url_type": ADDRESS, "url_parsing": ADDRESS, "url_syntax_violation": ADDRESS,
    "url_scheme": "must begin with one of {expected_schemes}", "url_too_long": "is too long",
    "json_type": "must be JSON", "json_invalid": "must be valid JSON",
    "union_tag_not_found": "does not say which kind it is",
    "union_tag_invalid": "must be one of the kinds {expected_tags}",
}  # fmt: skip


def predicate_of(error: Mapping[str, Any]) -> str | None:
    """Return what is wrong as it follows a name: "must be a number"; None for what only its own words say."""
    words = WORDS.get(error["type"])
    if words is None:
        return None
    said = {name: _plain(value) for name, value in error.get("ctx", {}).items()}
    if error["type"] in ("too_short", "string_too_short", "string_too_long", "too_long"):
        words = words if 1 not in (said.get("min_length"), said.get("max_length")) else _of_one(words)
    return words.format_map(said)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _of_one(words: str) -> str:
    return words.replace("entries", "entry").replace("characters", "character")


def message_of(error: Mapping[str, Any]) -> str:
    """Return what is wrong as a sentence that stands beside its value."""
    predicate = predicate_of(error)
    if predicate is None:
        return str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return f"{predicate[0].upper()}{predicate[1:]}."


def named_message_of(name: str, error: Mapping[str, Any]) -> str:
    """Return what is wrong with the value of that name."""
    predicate = predicate_of(error)
    return f"{name} {predicate}" if predicate is not None else f"{name}: {message_of(error)}"
