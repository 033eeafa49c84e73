"""Numbers at the ends of what there is, in every function that takes one: an answer, or an error in the language's words."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.expressions import ExpressionFailed, Names, compile_template
from compiler.expressions.functions.arrays import ARRAY_METHODS
from compiler.expressions.functions.dates import METHODS as DATE_TIME_METHODS
from compiler.expressions.functions.numbers import NUMBER_METHODS
from compiler.expressions.functions.strings import STRING_METHODS
from compiler.expressions.numbers import MATH
from core.json import dumps
from core.values.moments import UNITS
from tests.thoroughness import examples

NUMBERS = [
    "0", "-0", "0.5", "-1.5", "1e308", "-1e308", "1.7976931348623157e308", "5e-324", "1e21", "9007199254740993",
    "18446744073709551615", "-9223372036854775809", "1e999", "-1e999", "(0/0)", "(1/0)", "(-1/0)", "9" * 400, "0x" + "f" * 300,
    "8.64e15", "253402300800000", "-62135596800001", "100", "20", "36", "2147483648",
]  # fmt: skip
ARGUMENTS = [*NUMBERS, "undefined", "null", "'x'", "''", "[]", "{ }", "'ms'", "'days'", "true"]
OPERATORS = ["+", "-", "*", "/", "%", "**", "<<", ">>", ">>>", "&", "|", "^", "<", ">=", "==", "===", "in"]
MATHS = sorted(MATH.entries)


def said(text: str, **names: Any) -> Any:
    """Return the value of an expression, which can be written as JSON; None where it fails, in words of ours."""
    try:
        value = compile_template("{{ " + text + " }}").evaluate(Names(json=names, items=[]))
    except ExpressionFailed as exc:
        assert "out of range" not in exc.message, f"{text}: {exc.__cause__!r}"
        return None
    dumps(value)
    return value


number, argument = st.sampled_from(NUMBERS), st.sampled_from(ARGUMENTS)


@given(number, argument, argument, st.sampled_from(sorted(NUMBER_METHODS)))
@settings(max_examples=examples(400), deadline=None, derandomize=True)
def test_methods_of_numbers(value: str, first: str, second: str, method: str) -> None:
    said(f"({value}).{method}({first}, {second})")


@given(number, argument, argument, st.sampled_from(MATHS))
@settings(max_examples=examples(400), deadline=None, derandomize=True)
def test_functions_of_math(value: str, first: str, second: str, name: str) -> None:
    said(f"Math.{name}({value}, {first}, {second})")


@given(number, number, st.sampled_from(OPERATORS), st.sampled_from(["+", "~", "typeof", "!"]))
@settings(max_examples=examples(400), deadline=None, derandomize=True)
def test_operators(left: str, right: str, operator: str, unary: str) -> None:
    said(f"{unary}(({left}) {operator} ({right}))")


@given(st.lists(argument, max_size=4), argument, argument, st.sampled_from(sorted(ARRAY_METHODS)))
@settings(max_examples=examples(400), deadline=None, derandomize=True)
def test_methods_of_lists(entries: list[str], first: str, second: str, method: str) -> None:
    said(f"[{', '.join(entries)}].{method}({first}, {second})")


@given(number, argument, argument, st.sampled_from(sorted(STRING_METHODS)))
@settings(max_examples=examples(400), deadline=None, derandomize=True)
def test_methods_of_texts_that_are_numbers(value: str, first: str, second: str, method: str) -> None:
    said(f"String({value}).{method}({first}, {second})")
    said(f"'{value.strip('()')}'.{method}({first}, {second})")


@given(number, number, argument, st.sampled_from(sorted(DATE_TIME_METHODS)), st.sampled_from(UNITS))
@settings(max_examples=examples(400), deadline=None, derandomize=True)
def test_dates_and_spans(value: str, amount: str, first: str, method: str, unit: str) -> None:
    for made in (f"DateTime.fromMillis({value})", f"new Date({value})", f"new Date({value}, {amount})", "$now"):
        said(f"{made}.{method}({first}, {amount})")
        said(f"{made}.{method}({{{unit}: {amount} }})")
        said(f"{made}.set({{{unit}: {amount} }})")
    said(f"Duration.fromMillis({value}).shiftTo('{unit}')")
    said(f"Duration.fromMillis({value}).toFormat('hh:mm')")
    said(f"Duration.fromObject({{{unit}: {value} }}).toHuman()")


@given(number, argument, argument)
@settings(max_examples=examples(200), deadline=None, derandomize=True)
def test_what_reads_and_makes_numbers(value: str, first: str, second: str) -> None:
    for text in (
        f"parseInt({value}, {first})", f"parseFloat({value})", f"Number({value})", f"Array({value})", f"new Array({value})",
        f"'ab'.repeat({value})", f"'ab'.padStart({value})", f"$min({value}, {first})", f"$max({value}, {second})",
        f"Array.from({{length: {value} }})", f"isFinite({value})", f"[1, 2][{value}]", f"'ab'[{value}]",
        f"({value}).toLocaleString('en', {{maximumFractionDigits: {first}, minimumFractionDigits: {second} }})",
    ):  # fmt: skip
        said(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(1e308).floor()", 1e308),
        ("String((1/0).floor())", "Infinity"),
        ("String((-1/0).toInt())", "-Infinity"),
        ("(1/0).toPrecision(3)", "Infinity"),
        ("(0/0).toExponential(2)", "NaN"),
        ("(1/0).toString(2)", "Infinity"),
        ("String((-1e308) ** 3)", "-Infinity"),
        ("String(Math.pow(-1e308, 3))", "-Infinity"),
        ("String((-8) ** (1/3))", "NaN"),
        ("String((-1e308) ** 1.5)", "NaN"),
        ("2 ** 10", 1024),
        (f"String({'9' * 400} + 1.5)", "Infinity"),
        ("'1'.repeat(400).toInt() / 2 > 1e300", True),
        ("String([1e308, 1e308].sum())", "Infinity"),
        ("[1e308, 1e308].average()", None),
        ("String(DateTime.fromMillis(0/0).toUnixInteger())", "NaN"),
        ("(5.25).toLocaleString('en', {maximumFractionDigits: 1/0})", "5.25"),
        ("DateTime.fromMillis(0).set({year: 1/0}).isValid", False),
    ],
)
def test_known_answers(text: str, expected: Any) -> None:
    assert said(text) == expected


def test_a_date_beyond_the_calendar_fails_in_words_and_not_as_the_engine() -> None:
    with pytest.raises(ExpressionFailed) as failed:
        compile_template("{{ DateTime.fromMillis(0).toLocal() && $json.x }}").evaluate(
            Names(json=Unreadable(), items=[])
        )
    assert (failed.value.code, "out of range" in failed.value.message) == ("expression_error", True)


class Unreadable(dict[str, Any]):
    """Whatever of ours raises, of numbers."""

    def get(self, *_arguments: Any) -> Any:
        return math.floor(math.inf)

    def __getitem__(self, key: str) -> Any:
        return math.floor(math.inf)

    def __contains__(self, key: object) -> bool:
        return True
