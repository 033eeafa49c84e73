"""A form as a page shows it: from a JSON Schema's properties to fields, and from what a browser posts back to data."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.json import MAX_DEPTH, NotStorable, dumps_text, loads
from core.json.key_order import is_in_stored_order
from core.values.numbers import read_number
from core.values.times import parse_time, wire_time, zone

MOST_FIELDS = 100
INPUTS = {"date": "date", "date-time": "datetime-local", "time": "time", "email": "email", "uri": "url"}
FILE_FORMATS = ("binary", "data-url")
LONG_TEXT = 200  # characters from which on a text gets a box of several lines


class Posted(Protocol):
    """What a browser posted, as Django's QueryDict gives it."""

    def getlist(self, key: str, /) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a page. `control` is text, textarea, select, multiple, checkbox, file, json, or an input's type."""

    name: str
    label: str
    control: str
    help: str = ""
    is_required: bool = False
    values: Sequence[str] = ()  # what it shows
    options: Sequence[tuple[str, str]] = ()
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    problem: str = ""

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def is_input(self) -> bool:
        return self.control not in ("textarea", "json", "select", "multiple", "checkbox")


def fields_of(
    form: Mapping[str, Any], shown: Mapping[str, Any] | None = None, problems: Mapping[str, str] | None = None
) -> list[Field]:
    """Return the fields of a form. `shown` are values to start with, `problems` messages, both by name."""
    needed = form.get("required") if isinstance(form.get("required"), list) else []
    found: list[Field] = []
    for name, schema in list(_properties(form).items())[:MOST_FIELDS]:
        value = (shown or {}).get(name, schema.get("default"))
        options = _options(schema)
        found.append(
            Field(
                name=name,
                label=str(schema.get("title") or name),
                control=_control(schema, options),
                help=str(schema.get("description") or ""),
                is_required=name in (needed or []),
                values=_texts(value),
                options=options,
                attributes=_attributes(schema),
                problem=(problems or {}).get(name, ""),
            )
        )
    return found


def data_of(form: Mapping[str, Any], posted: Posted, timezone: str = "UTC") -> dict[str, Any]:
    """Return the data of a posted form. What cannot be read as its type stays text, for the check to refuse.

    A page asks for a date and time without an offset: it is read in the zone.
    """
    data: dict[str, Any] = {}
    for name, schema in _properties(form).items():
        control = _control(schema, _options(schema))
        texts = posted.getlist(name)
        if control == "checkbox":
            data[name] = bool(texts) and texts[-1] not in ("", "false", "off", "0")
        elif control == "multiple":
            items = schema.get("items", {})
            data[name] = [_value(text, items, timezone) for text in texts if text != ""]
        elif control != "file" and texts and texts[-1] != "":
            data[name] = _value(texts[-1], schema, timezone)
    return data


def file_fields(form: Mapping[str, Any]) -> dict[str, bool]:
    """Return the names of the fields that take a file, and whether they need one."""
    needed = form.get("required") or []
    return {name: name in needed for name, schema in _properties(form).items() if _is_file(schema)}


def without_files(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form of what is data: files travel beside it."""
    files = file_fields(form)
    needed = [name for name in form.get("required") or [] if name not in files]
    return {
        **form,
        "properties": {name: one for name, one in _properties(form).items() if name not in files},
        "required": needed,
    }


def in_written_order(form: Any) -> Any:
    """Return a form that says itself in which order its fields stand, where a stored object would not keep it."""
    properties = form.get("properties") if isinstance(form, Mapping) else None
    if not isinstance(properties, Mapping) or is_in_stored_order(dict.fromkeys(properties)):
        return form
    numbered = {
        name: {**schema, "propertyOrder": at} for at, (name, schema) in enumerate(_properties(form).items(), start=1)
    }
    return {**form, "properties": numbered}


def _properties(form: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    properties = form.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    found = {str(name): schema if isinstance(schema, Mapping) else {} for name, schema in properties.items()}
    return dict(sorted(found.items(), key=lambda one: _place(one[1])))


def _place(schema: Mapping[str, Any]) -> float:
    """Return where a field stands: stored objects keep no order of their own."""
    place = schema.get("propertyOrder")
    return place if isinstance(place, (int, float)) else math.inf


def _is_file(schema: Mapping[str, Any]) -> bool:
    one = schema.get("items") if _type(schema) == "array" else schema
    return isinstance(one, Mapping) and _type(one) == "string" and one.get("format") in FILE_FORMATS


def _control(schema: Mapping[str, Any], options: Sequence[tuple[str, str]]) -> str:
    kind = _type(schema)
    if kind == "array" and options:
        return "multiple"
    if options:
        return "select"
    if kind == "boolean":
        return "checkbox"
    if kind in ("number", "integer"):
        return "number"
    if _is_file(schema):
        return "file"
    if kind in ("array", "object"):
        return "json"
    if (schema.get("maxLength") or 0) > LONG_TEXT or schema.get("format") == "textarea":
        return "textarea"
    return INPUTS.get(str(schema.get("format")), "text")


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "string")
    if isinstance(kind, list):  # ["string", "null"]
        kind = next((one for one in kind if one != "null"), "string")
    return str(kind)


def _options(schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    source = schema.get("items") if _type(schema) == "array" else schema
    if not isinstance(source, Mapping):
        return []
    if isinstance(source.get("enum"), list):
        names = source.get("enumNames") or source["enum"]
        return [
            (_text(value), str(names[at]) if at < len(names) else _text(value))
            for at, value in enumerate(source["enum"])
        ]
    one_of = source.get("oneOf")
    if isinstance(one_of, list) and all(isinstance(one, Mapping) and "const" in one for one in one_of):
        return [(_text(one["const"]), str(one.get("title") or one["const"])) for one in one_of]
    return []


def _attributes(schema: Mapping[str, Any]) -> dict[str, str]:
    wanted = {"minimum": "min", "maximum": "max", "minLength": "minlength", "maxLength": "maxlength"}
    found = {name: str(schema[key]) for key, name in wanted.items() if isinstance(schema.get(key), (int, float))}
    if _type(schema) == "number":
        found["step"] = str(schema.get("multipleOf") or "any")
    if _is_file(schema) and _type(schema) == "array":
        found["multiple"] = "multiple"
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        found["placeholder"] = _text(examples[0])
    return found


def _value(text: str, schema: Any, timezone: str) -> Any:
    """Return a posted text as its type."""
    if not isinstance(schema, Mapping):
        return text
    constants = _constants(schema)
    if text in constants:
        return constants[text]
    kind = _type(schema)
    try:
        if kind in ("integer", "number"):
            number = read_number(text)
            is_whole = number is not None and float(number).is_integer() and (kind == "integer" or "." not in text)
            return text if number is None else int(number) if is_whole else number
        if kind in ("object", "array"):
            return loads(text.encode(errors="replace"), depth=MAX_DEPTH)
    except (ValueError, OverflowError, NotStorable):
        return text
    if kind == "boolean":
        return text not in ("", "false", "off", "0")
    return _moment(text, timezone) if schema.get("format") == "date-time" and _LOCAL.fullmatch(text) else text


_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?")


def _moment(text: str, timezone: str) -> str:
    """Return the moment at which a clock in the zone shows a time."""
    try:
        found = parse_time(text, zone(timezone))
    except ValueError:
        found = parse_time(text)
    if found is None:
        return text
    written = wire_time(found)
    return written.replace(".000Z", "Z")


def _constants(schema: Any) -> dict[str, Any]:
    """Return the values to choose from by the text that a page posts for them."""
    if not isinstance(schema, Mapping):
        return {}
    offered = schema.get("oneOf") or []
    values = [*(schema.get("enum") or []), *(one.get("const") for one in offered if isinstance(one, Mapping))]
    return {_text(value): value for value in reversed(values)}


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list) and not any(isinstance(one, (dict, list)) for one in value):
        return tuple(_text(one) for one in value)
    return (_text(value),)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else dumps_text(value)
