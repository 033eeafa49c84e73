"""Which code looks at what its node keeps: that code is a write, all other stays pure."""

from __future__ import annotations

import pytest

from nodes.handlers.code.code import Code, uses_static


@pytest.mark.parametrize(
    ("code", "language", "uses"),
    [
        ("static['n'] = 1", "python", True), ("return [dict(static)]", "python", True), ("@staticmethod", "python", False),
        ("x = 'ecstatic'", "python", False), ("static.n = 1", "javascript", True), ("return {...static}", "javascript", True),
        ("static['a'] = 1", "javascript", True), ("const { n } = static;", "javascript", True),
        ("$getWorkflowStaticData('node')", "javascript", True), ("class A { static n = 1; static make() {} }", "javascript", False),
        ("class A { static { } static async f() {} static #p = 1 }", "javascript", False),
    ],
)  # fmt: skip
def test_only_code_that_uses_it_is_a_write(code: str, language: str, uses: bool) -> None:
    assert uses_static(code, language) is uses
    assert Code().effect_of({"code": code, "language": language}) == ("write" if uses else "pure")
