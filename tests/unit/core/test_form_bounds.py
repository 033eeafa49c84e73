"""What a form may be and what checking it may cost, whoever wrote it and whatever is posted to it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.forms.bounds import MOST_DEPTH, bound_problem
from core.forms.forms import MOST_PROBLEMS, form_problem, problem_of, problems_of
from core.forms.validator import BUDGET, MOST_STEPS, Budget
from tests.thoroughness import examples

TOO_MUCH = "This is more than can be checked against the form"


def doubling(keyword: str, levels: int) -> dict[str, Any]:
    """A form whose cost doubles with each level."""
    parts: dict[str, Any] = {f"a{n}": {keyword: [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)}
    parts[f"a{levels}"] = {"type": "string"}
    return {"type": "object", "$defs": parts, "properties": {"x": {"$ref": "#/$defs/a0"}}}


def nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        inner = {"type": "object", "properties": {"x": inner}}
    return inner


REFUSED: dict[str, dict[str, Any]] = {
    "allOf doubling": doubling("allOf", 14), "anyOf doubling": doubling("anyOf", 30), "oneOf doubling": doubling("oneOf", 60),
    "itself": {"properties": {"x": {"$ref": "#"}}},
    "in a circle": {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "properties": {"x": {"$ref": "#/$defs/a"}}},
    "in a circle, unused": {"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}},
    "elsewhere": {"properties": {"x": {"$ref": "https://example.org/x"}}},
    "nowhere": {"properties": {"x": {"$ref": "#/$defs/none"}}},
    "an anchor": {"properties": {"x": {"$anchor": "a"}, "y": {"$ref": "#a"}}},
    "dynamic": {"properties": {"x": {"$dynamicRef": "#a"}}},
    "another base": {"properties": {"x": {"$id": "https://example.org/"}}},
    "unevaluated": {"unevaluatedProperties": False}, "unevaluated below": {"properties": {"x": {"unevaluatedItems": {}}}},
    "deep": nested(MOST_DEPTH + 1), "many fields": {"properties": {f"f{n}": {} for n in range(201)}},
    "many choices": {"properties": {"x": {"enum": list(range(1001))}}},
    "large": {"description": "x" * 70_000}, "a long pattern": {"properties": {"x": {"pattern": "a" * 501}}},
    "a look-ahead": {"properties": {"x": {"pattern": "(?=a)"}}},
    "a large pattern": {"properties": {"x": {"pattern": "((a{100}){10}|(b{100}){10}){1,50}"}}},
    "a pattern of names": {"patternProperties": {"(?=a)": {}}},
    "parts without references": {"properties": {f"f{n}": {"allOf": [{}] * 50} for n in range(50)}},
    "not even JSON Schema": {"properties": {"x": {"type": "nothing"}}},
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_form_is_refused_when_saved_and_when_used(name: str) -> None:
    form = {"type": "object", **REFUSED[name]}
    problem = form_problem(form)
    assert problem.startswith("the form ")
    for found in (problem_of({"x": "ok"}, form), problems_of({"x": "ok"}, form)[0]):
        assert found is not None
        assert (found.message, found.path) == (f"T{problem[1:]}", ())


def test_ordinary_forms_are_taken_and_references_that_end_too() -> None:
    address = {
        "type": "object",
        "properties": {"street": {"type": "string", "pattern": "^[A-Z]"}},
        "required": ["street"],
    }
    form = {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.org/order", "type": "object",
        "$defs": {"address": address, "a/b~c": {"type": "integer"}},
        "properties": {
            "home": {"$ref": "#/$defs/address"}, "work": {"$ref": "#/$defs/address"}, "n": {"$ref": "#/$defs/a~1b~0c"},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True}, "mail": {"format": "email"},
        },
        "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False,
    }  # fmt: skip
    assert form_problem(form) == ""
    assert problems_of({"home": {"street": "Elm"}, "n": 1, "tags": ["a"], "x-more": "y"}, form) == []
    wrong = {"home": {"street": "elm"}, "n": "1", "tags": ["a", "a"], "x-more": 1, "other": 1, "mail": "nobody"}
    assert {".".join(one.path) for one in problems_of(wrong, form)} == {
        "home.street",
        "n",
        "tags",
        "x-more",
        "",
        "mail",
    }
    table = {"properties": {"rows": {"type": "array", "items": {"properties": {"a": {"type": "integer"}}}}}}
    assert problems_of({"rows": [{"a": n} for n in range(500)]}, table) == []


def test_no_more_than_fifty_problems_are_looked_for() -> None:
    form = {"properties": {"x": {"items": {"type": "integer"}}}}
    assert len(problems_of({"x": ["a"] * 2000}, form)) == MOST_PROBLEMS


LARGE: dict[str, tuple[dict[str, Any], Any]] = {
    "a long list": ({"items": {"allOf": [{"type": "integer"}] * 100}}, [1] * 19_000),
    "dicts that must differ": ({"uniqueItems": True}, [{"n": n} for n in range(5_000)]),
    "lists that must differ": ({"uniqueItems": True}, [[n, "a"] for n in range(5_000)]),
    "mixed things that must differ": ({"uniqueItems": True}, [n if n % 2 else str(n) for n in range(15_000)]),
    "many choices, long values": ({"items": {"enum": [["x" * 50] * 10] * 90}}, [["x" * 50] * 10] * 1_500),
    "contains nothing": ({"contains": {"const": 0}}, [1] * 19_000),
    "errors that show a large value": ({"allOf": [{"type": "integer"}] * 900}, ["x" * 1000] * 900),
    "branches that show a large value": ({"anyOf": [{"items": {"type": "integer"}}] * 200}, ["x" * 1000] * 900),
    "a long text for patterns": ({"allOf": [{"pattern": "(a|b)*c$"}] * 200}, "ab" * 9_000),
    "names for patterns": ({"patternProperties": {f"(a|b)*{n}$": {} for n in range(150)}}, {"ab" * 50 + str(n): n for n in range(2_000)}),
    "too many values": ({}, [0] * 100_000), "too long a text": ({}, "x" * 2_000_000),
    "nested": ({"items": {"items": {"items": {"type": "string"}}}}, [[[1] * 25] * 25] * 25),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_whatever_is_posted_the_check_ends(name: str) -> None:
    schema, value = LARGE[name]
    form = {"type": "object", "properties": {"x": schema}}
    assert form_problem(form) == ""
    begin = time.process_time()
    problems_of({"x": value}, form)
    problem_of({"x": value}, form)
    assert time.process_time() - begin < 2, "a tenth of that is what it takes"


def test_what_costs_too_much_is_refused_and_says_so() -> None:
    form = {"properties": {"x": {"items": {"allOf": [{"type": "integer"}] * 100}}}}
    assert [found.message for found in problems_of({"x": [1] * 1000}, form)] == [TOO_MUCH]


# -- any schema, any data --------------------------------------------------------------------------------------------
NAMES = st.sampled_from(["x", "y", "a0", "a1", "a2"])
REFERENCES = st.sampled_from(
    ["#", "#/$defs/a0", "#/$defs/a1", "#/$defs/a2", "#/properties/x", "#/allOf/0", "#a", "http://x/"]
)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=60,
)  # fmt: skip


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named, several = st.dictionaries(NAMES, inner, max_size=4), st.lists(inner, min_size=1, max_size=6)
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "$defs": named, "properties": named, "patternProperties": st.dictionaries(st.sampled_from(["^x", "(a|b)*$", ".*"]), inner, max_size=3),
        "dependentSchemas": named, "allOf": several, "anyOf": several, "oneOf": several, "prefixItems": several,
        "items": inner, "additionalProperties": inner, "propertyNames": inner, "contains": inner, "not": inner, "if": inner,
        "then": inner, "else": inner, "unevaluatedItems": inner, "unevaluatedProperties": inner, "$ref": REFERENCES,
        "$dynamicRef": REFERENCES, "enum": st.lists(DATA, min_size=1, max_size=5), "const": DATA, "uniqueItems": st.booleans(),
        "required": st.lists(NAMES, max_size=3), "pattern": st.sampled_from(["(a*)*b", "^x", "(x+x+)+y"]), "minContains": st.integers(0, 3),
        "type": st.sampled_from(["object", "array", "string", "integer"]), "multipleOf": st.floats(0.001, 10), "format": st.sampled_from(["date", "email", "regex", "idn-hostname"]),
    }  # fmt: skip
    return st.booleans() | st.fixed_dictionaries({}, optional=keywords)


SCHEMAS = st.recursive(
    st.booleans() | st.fixed_dictionaries({}, optional={"type": st.sampled_from(["string", "array"])}),
    schemas,
    max_leaves=15,
)


@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(schema=SCHEMAS, data=DATA)
def test_any_schema_is_refused_or_its_check_is_bounded(schema: Any, data: Any) -> None:
    form = schema if isinstance(schema, dict) else {"properties": {"x": schema}}
    form = {**form, "type": "object"}
    begin = time.process_time()
    refused = form_problem(form)
    found = problems_of({"x": data, "y": data}, form)
    assert time.process_time() - begin < 3
    assert len(found) <= MOST_PROBLEMS
    if refused:
        assert len(found) == 1


def test_the_budget_counts_steps() -> None:
    budget = Budget()
    assert budget.steps == MOST_STEPS
    budget.measure({"a": ["x" * 500, {"b": 1}]})
    with pytest.raises(LookupError):
        BUDGET.get()
    assert bound_problem({"a": object()}) == "it cannot be written as JSON"
