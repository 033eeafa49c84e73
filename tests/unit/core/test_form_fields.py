"""From a JSON Schema to a page's fields, and from what a browser posts back to data."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from core.forms.fields import data_of, fields_of, file_fields, without_files
from core.forms.forms import form_problem, problems_of

FORM: dict[str, Any] = {
    "type": "object",
    "required": ["name", "cv", "age"],
    "properties": {
        "name": {"type": "string", "title": "Your name", "maxLength": 80, "examples": ["Ada"]},
        "age": {"type": "integer", "minimum": 18},
        "height": {"type": "number"},
        "color": {"enum": ["red", "green"], "enumNames": ["Red", "Green"], "default": "green"},
        "size": {"oneOf": [{"const": 1, "title": "small"}, {"const": 2, "title": "large"}]},
        "tags": {"type": "array", "items": {"enum": ["a", "b", "c"]}},
        "news": {"type": "boolean"},
        "about": {"type": "string", "maxLength": 5000},
        "when": {"type": "string", "format": "date-time"},
        "mail": {"type": ["string", "null"], "format": "email"},
        "extra": {"type": "object"},
        "cv": {"type": "string", "format": "binary"},
    },
}


def test_each_type_has_its_control() -> None:
    fields = {field.name: field for field in fields_of(FORM)}
    assert {name: field.control for name, field in fields.items()} == {
        "name": "text", "age": "number", "height": "number", "color": "select", "size": "select", "tags": "multiple",
        "news": "checkbox", "about": "textarea", "when": "datetime-local", "mail": "email", "extra": "json",
        "cv": "file",
    }  # fmt: skip
    assert fields["name"].label == "Your name"
    assert fields["name"].attributes == {"maxlength": "80", "placeholder": "Ada"}
    assert fields["age"].attributes == {"min": "18"}
    assert fields["height"].attributes == {"step": "any"}
    assert (fields["color"].value, list(fields["color"].options)) == ("green", [("red", "Red"), ("green", "Green")])
    assert [name for name, field in fields.items() if field.is_required] == ["name", "age", "cv"]


def test_what_a_browser_posts_becomes_data() -> None:
    posted = QueryDict(
        "name=Ada&age=36&height=1.7&color=red&size=2&tags=a&tags=c&news=true&about=&when=2026-03-01T09:30"
        "&mail=ada@example.org&extra=%7B%22k%22%3A1%7D&unknown=x"
    )
    data = data_of(FORM, posted)
    assert data == {
        "name": "Ada", "age": 36, "height": 1.7, "color": "red", "size": 2, "tags": ["a", "c"], "news": True,
        "when": "2026-03-01T09:30:00Z", "mail": "ada@example.org", "extra": {"k": 1},
    }  # fmt: skip
    assert problems_of(data, without_files(FORM)) == []
    assert file_fields(FORM) == {"cv": True}


def test_what_does_not_fit_is_said_of_each_field() -> None:
    data = data_of(FORM, QueryDict("age=seventeen&mail=nobody&color=blue&extra={"))
    found = {problem.path: problem.message for problem in problems_of(data, without_files(FORM))}
    assert set(found) == {("name",), ("age",), ("mail",), ("color",), ("extra",)}
    assert found["name",] == "This is needed."


def test_what_is_no_form_is_said() -> None:
    assert form_problem({"type": "array"})
    assert form_problem({"properties": {"a": {"type": "nothing"}}})
    assert not form_problem(FORM)
    assert fields_of({"properties": "none"}) == []
    assert [field.control for field in fields_of({"properties": {"a": True}})] == ["text"]


def test_fields_stand_where_they_say_and_the_others_after_them() -> None:
    form = {
        "properties": {"last": {}, "b": {"propertyOrder": 2}, "a": {"propertyOrder": 1}, "odd": {"propertyOrder": "x"}}
    }
    assert [field.name for field in fields_of(form)] == ["a", "b", "last", "odd"]


@pytest.mark.parametrize(
    ("posted", "zone", "moment"),
    [
        ("2026-03-05T09:30", "America/New_York", "2026-03-05T14:30:00Z"),
        ("2026-03-05T09:30:15", "Europe/Berlin", "2026-03-05T08:30:15Z"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00Z"),  # the clock leaves this time out
        ("2026-03-05T09:30:00+02:00", "Europe/Berlin", "2026-03-05T09:30:00+02:00"),
        ("tomorrow", "Europe/Berlin", "tomorrow"),
    ],
)
def test_times_of_a_page_are_those_of_its_workflow(posted: str, zone: str, moment: str) -> None:
    query = QueryDict(mutable=True)
    query["when"] = posted
    assert data_of(FORM, query, zone) == {"tags": [], "news": False, "when": moment}


@pytest.mark.parametrize("text", ["1_000", "NaN", "1e999", "٣٦", "seventeen"])
def test_what_is_no_number_stays_text(text: str) -> None:
    query = QueryDict(mutable=True)
    query["age"] = query["height"] = text
    assert data_of(FORM, query) == {"tags": [], "news": False, "age": text, "height": text}
