"""What the check of custom nodes says: all offences with their places, and no word about ordinary code."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from executor.isolation.guest import python_code
from nodes.custom.declaration import Declaration, declared
from nodes.custom.rules import MODULES, offences_of
from tests.thoroughness import examples

ORDINARY = '''
"""A module."""
from __future__ import annotations
import re, json, datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlsplit

@dataclass
class Row:
    name: str
    tags: list[str] = field(default_factory=list)
    def __post_init__(self): self.name = self.name.strip()
    def __len__(self): return len(self.tags)

def helper(x, *, n=1):
    match x:
        case {"a": int(v)} if v > 0: return v
        case [first, *rest]: return first
        case _: return f"{x!r:>10}"

class Node:
    node_type = "ordinary"
    name: str = "Ordinary"
    category = "transform"
    def __init__(self): self._cache = {}
    async def run(self, item, params):
        item["json"]["n"] += 1
        self._cache[type(item).__name__] = [y async for y in self._gen()]
        try:
            with open_():
                yield_ = (z := 3)
        except* ValueError as group:
            raise RuntimeError from group
        return {"a": helper(item), "b": self.__class__.__name__}
    async def _gen(self):
        yield 1
'''


def rules(code: str) -> list[tuple[int, str]]:
    return [(one.line, one.rule) for one in offences_of(code)[1]]


def test_ordinary_code_has_no_offence() -> None:
    assert rules(ORDINARY) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [("import os", [(1, "import")]), ("import json, socket as s\nfrom subprocess import run", [(1, "import"), (2, "import")]),
     ("from . import x", [(1, "import")]), ("from ..a.b import x", [(1, "import")]), ("import os.path", [(1, "import")]),
     ("def f():\n  return eval('1') + open('x')", [(2, "call"), (2, "call")]), ("exec('x')", [(1, "call")]),
     ("__import__('os')", [(1, "call"), (1, "name")]), ("().__class__.__bases__[0].__subclasses__()", [(1, "attribute")] * 2),
     ("x = f.__globals__", [(1, "attribute")]), ("getattr(x, '__globals__')", [(1, "attribute")]),
     ("def f(:\n", [(1, "syntax")]), ("x = (" * 400 + ")" * 400, [(1, "syntax")]), ("a\x00b", [(1, "syntax")]),
     ("x" * 100_001, [(1, "size")])],
)  # fmt: skip
def test_offences_are_named_with_their_lines(code: str, expected: list[tuple[int, str]]) -> None:
    assert rules(code) == expected


def test_the_jail_offers_the_same_modules() -> None:
    assert frozenset(name.partition(".")[0] for name in python_code.MODULES) == MODULES


@given(st.text(max_size=300))
@settings(max_examples=examples(300), deadline=None)
def test_any_text_is_judged_and_nothing_else(text: str) -> None:
    tree, found = offences_of(text)
    assert (tree is None) == any(one.rule in ("syntax", "size") for one in found)
    if tree is not None:
        try:
            declared(tree)
        except Invalid as exc:
            assert exc.details["errors"]


def said(body: str) -> Declaration:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return declared(ast.parse(f"class A:\n    node_type, x = 1, 2\n{indented}\n    def run(self): ...\n"))


BASE = 'node_type = "a"\nname = "A"\ncategory = "c"\n'


def test_a_declaration_is_read() -> None:
    found = said(
        BASE + 'fields = [{"name": "mode", "type": "select", "options": ["x", {"value": "y", "label": "Y"}], "required": True}]\n'
        'outputs = ["yes", {"name": "no", "label": "No!"}]\nper_item = False\ntests = [{"items": [{"n": 1}], "expected": []}]'
    )  # fmt: skip
    assert [option.value for option in found.fields[0].options] == ["x", "y"]
    assert [(port.name, port.label) for port in found.outputs] == [("yes", ""), ("no", "No!")]
    assert (found.per_item, found.tests[0].expected) == (False, [])


def test_params_by_their_defaults_are_fields() -> None:
    found = said(BASE + 'params = {"text": "a", "times": 2, "loud": True, "more": {"x": []}}')
    assert [(spec.name, spec.type, spec.default) for spec in found.fields] == [
        ("text", "string", "a"), ("times", "number", 2), ("loud", "boolean", True), ("more", "json", {"x": []}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [('name = "A"\ncategory = "c"', "code"), (BASE.replace('"a"', '"1 a"'), "code.node_type"), (BASE + "fields = [1]", "code.fields.0"),
     (BASE + 'fields = [{"name": "k", "type": "credential"}]', "code.fields.0.type"), (BASE + "outputs = []", "code.outputs"),
     (BASE + 'outputs = ["error"]', "code.outputs"), (BASE + 'outputs = ["a", "a"]', "code.outputs"),
     (BASE + "fields = make()", "code"), (BASE.replace('"A"', '"A" + "B"'), "code")],
)  # fmt: skip
def test_a_bad_declaration_is_refused_with_its_place(body: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        said(body)
    errors: Any = refused.value.details["errors"]
    assert field in [error["field"] for error in errors]


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        declared(ast.parse("class A:\n    pass"))
    errors: Any = refused.value.details["errors"]
    assert len(errors) == 4
    with pytest.raises(Invalid):
        declared(ast.parse("x = 1"))
