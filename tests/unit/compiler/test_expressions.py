"""The expression language: agreement with known answers, errors with positions, limits that hold."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compiler.expressions import (
    ExpressionFailed,
    ExpressionSyntaxError,
    Names,
    compile_template,
    expression_parser,
    tokenizer,
)
from compiler.expressions.limits import watched
from tests.thoroughness import examples

ITEM = json.loads((Path(__file__).parents[2] / "conformance/compiler/expression_answers.json").read_text())["json"]


def value_of(text: str, **names: Any) -> Any:
    return compile_template(text).evaluate(Names(**{"json": ITEM, "items": [{"json": ITEM}], **names}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ [1, 2, 3].map((x, i) => x * i) }}", [0, 2, 6]),
        ("{{ (({a, ...rest}) => rest)({a: 1, b: 2}) }}", {"b": 2}),
        ("{{ (() => { const n = 2; if (n > 1) { return 'big' } return 'small' })() }}", "big"),
        ("{{ $json.obj?.b?.nothing?.x ?? 'd' }}", "d"),
        ("{{ 'a1b2'.replace(/\\d/g, d => d * 2) }}", "a2b4"),
        ("{{ 'x-y'.replace(/(\\w)-(\\w)/, '$2-$1') }}", "y-x"),
        ("{{ '😀a'.length }}", 3),
        ("{{ '😀a'.slice(0, 2) }}", "😀"),
        ("{{ 1 / 0 }}", None),
        ("x{{ 1 / 0 }}", "xInfinity"),
        ("{{ 0.1 + 0.2 }}", 0.1 + 0.2),
        ("{{ 7 % -3 }}", 1),
        ("{{ -7 % 3 }}", -1),
        ("{{ [10, 9, 1].sort() }}", [1, 10, 9]),
        ("{{ [3, 1, 2].toSorted((a, b) => b - a) }}", [3, 2, 1]),
        ("{{ [1, [2, [3]]].flat(Infinity) }}", [1, 2, 3]),
        ("{{ Object.fromEntries([['a', 1]]) }}", {"a": 1}),
        ("{{ [...new Set([1, 1, 2])] }}", [1, 2]),
        ("{{ JSON.stringify({a: [1, undefined], b: undefined}) }}", '{"a":[1,null]}'),
        ("{{ parseInt('12px') + parseFloat('1.5e2x') }}", 162),
        ("{{ (255).toString(16) }}", "ff"),
        ("{{ (1234.5).toFixed(2) }}", "1234.50"),
        ("{{ (1234567.891).toLocaleString() }}", "1,234,567.891"),
        ("{{ null ?? undefined ?? 0 }}", 0),
        ("{{ typeof nothing }}", "undefined"),
        ("{{ `a${1 + 1}b${`c`}` }}", "a2bc"),
        ("{{ 'abc'.at(-1) }}", "c"),
        ("{{ 'A-B'.split('-').reverse().join('') }}", "BA"),
        ("{{ ({a: {b: 1} }).a.b }}", 1),
        ("{{ \"}}\" }}", "}}"),
        ("{{ new Date('2026-03-05').toISOString() }}", "2026-03-05T00:00:00.000Z"),
        ("{{ new Date(2026, 0, 31).getMonth() }}", 0),
        ("{{ DateTime.fromISO('2026-01-31').plus({months: 1}).toISODate() }}", "2026-02-28"),
        ("{{ DateTime.fromISO('2026-03-05').startOf('week').toISODate() }}", "2026-03-02"),
        ("{{ DateTime.fromISO('2026-03-05').endOf('month').toISO() }}", "2026-03-31T23:59:59.999Z"),
        ("{{ DateTime.fromISO('2026-03-05').diff(DateTime.fromISO('2026-01-01'), ['months', 'days']).toObject() }}",
         {"months": 2, "days": 4}),
        ("{{ DateTime.fromISO('2026-07-01T12:00:00Z').setZone('Europe/Berlin').toFormat('HH:mm ZZ') }}", "14:00 +02:00"),
        ("{{ DateTime.fromISO('2026-03-05T14:05:00Z').toFormat(\"cccc, d LLLL yyyy 'at' h:mm a\") }}",
         "Thursday, 5 March 2026 at 2:05 PM"),
        ("{{ DateTime.fromFormat('March 5, 2026', 'MMMM d, yyyy').toISODate() }}", "2026-03-05"),
        ("{{ '2026-03-05'.toDateTime().isWeekend() }}", False),
        ("{{ $ifEmpty($json.empty, 'd') }}", "d"),
        ("{{ $input.s }}", "Hello World"),
        ("{{ [{a: 1}, {a: 1}].unique().length }}", 1),
        ("{{ $json.rows.map(r => r.age).sum() }}", 60),
    ],
)  # fmt: skip
def test_language(text: str, expected: Any) -> None:
    assert value_of(text) == expected


def test_the_zone_of_the_workflow_holds_for_now_and_today() -> None:
    from datetime import UTC, datetime

    moment = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)

    assert value_of("{{ $today.toISO() }}", now=moment, timezone="Europe/Berlin") == "2026-07-02T00:00:00.000+02:00"
    assert value_of("{{ $now.hour }}", now=moment, timezone="America/New_York") == 19


def test_a_missing_value_is_reported_and_is_null() -> None:
    unresolved: list[str] = []

    assert compile_template("{{ $json.nope }}").evaluate(Names(json={}), unresolved) is None
    assert unresolved == ["$json.nope"]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("{{ 1 + }}", 7), ("ab {{ ) }}", 6), ("{{ 'open }}", 3), ("{{ a b }}", 5), ("{{ process.exit() }}", 3),
        ("{{ $json.constructor }}", 9), ("{{ x = 1 }}", 5), ("{{ new Function('x') }}", 3),
        ("{{ import('fs') }}", 3), ("{{ this }}", 3), ("{{ $json.__proto__ }}", 9),
    ],
)  # fmt: skip
def test_what_is_not_in_the_language_is_refused_with_its_position(text: str, position: int) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_template(text)

    assert caught.value.position == position


@pytest.mark.parametrize(
    "text",
    [
        "{{ $json['__class__'] }}", "{{ ''['__class__'] }}", "{{ [].__len__ }}", "{{ $json.s.__init__ }}", "{{ (1)['__add__'] }}",
        "{{ Math['__class__'] }}", "{{ $now['__dict__'] }}", "{{ (x => x)['__globals__'] }}", "{{ $('a')['__class__'] }}",
        "{{ $input['view'] }}", "{{ DateTime.now()['moment'] }}", "{{ 'a'['const' + 'ructor'] }}", "{{ $json.s.format }}",
        "{{ /a/['pattern'] }}", "{{ new Set([1])['scope'] }}",
    ],
)  # fmt: skip
def test_no_attribute_of_python_is_ever_reached(text: str) -> None:
    class View:
        is_executed = True
        params: Mapping[str, Any] = {}

        def items(self, output: int = 0) -> list[Any]:
            return []

        def item_of(self, item_index: int) -> None:
            return None

    assert compile_template(text).evaluate(Names(json=ITEM, items=[{"json": ITEM}], node=lambda label: View())) is None


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a'.repeat(100000000) }}",
        "{{ [1,2,3,4,5,6,7,8].reduce((s, x) => s + s + s + s + s + s + s + s + s + s, 'aaaaaaaaaaaa') }}",
        "{{ Array.from({length: 1000000}) }}",
        "{{ [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24].reduce((a, x) => [a, a], 1) }}",
        "{{ 'x'.padStart(99999999) }}",
        "{{ Array.from({length: 400}).map(x => Array.from({length: 400}).map(y => Array.from({length: 400}).map(z => 1))) }}",
    ],
)
def test_what_would_grow_or_take_for_ever_is_stopped(text: str) -> None:
    begin = time.thread_time()

    with pytest.raises(ExpressionFailed):
        value_of(text)

    assert time.thread_time() - begin < 20  # a hang would be minutes; this is no measure of speed


def test_endless_recursion_is_an_error_of_the_body() -> None:
    assert value_of("{{ (f => f(f))(f => f(f)) }}") is None


def test_a_regular_expression_cannot_backtrack() -> None:
    assert value_of("{{ /^(a+)+$/.test('" + "a" * 5000 + "!') }}") is False


@pytest.mark.parametrize("text", ["{{ $('Nobody').first() }}", "{{ $json.n.toTitleCase() }}", "{{ 'x'.toNumber() }}"])
def test_what_fails_the_node_fails_it(text: str) -> None:
    with pytest.raises(ExpressionFailed):
        value_of(text)


def test_labels_that_are_named_are_known_when_compiling() -> None:
    template = compile_template("{{ $('A').first().json.x + $node[\"B\"].json.y }} {{ [1].map(i => $('C').item) }}")

    assert {label for label, _ in template.node_labels} == {"A", "B", "C"}


def test_nesting_is_bounded() -> None:
    with pytest.raises(ExpressionSyntaxError, match="nested deeper"):
        compile_template("{{ " + "(" * 200 + "1" + ")" * 200 + " }}")


def test_long_chains_are_not_nesting() -> None:
    assert value_of("{{ " + " + ".join(["1"] * 2000) + " }}") == 2000


fragments = st.sampled_from(
    ["$json", ".a", "['b']", "(", ")", "[", "]", "{", "}", "{{", "}}", "'", '"', "`", "${", "=>", "x", "?.", "...", "/", "*",
     "1", ".5", "=", "==", "&&", "??", "!", "-", ",", ":", "?", "new ", "typeof ", "function", "return ", "const a=1;", "\\",
     "\n", "//", "/*", "__class__", "é", "😀", "\ud800", "if(1)", "Date", ".map(x=>x)", ".repeat(9)", "\x00"]
)  # fmt: skip


@settings(max_examples=examples(400), deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(fragments, max_size=25).map("".join)))
@example("{{ " + "[" * 5000)
@example("{{ a" + "?b:c" * 3000 + " }}")
@example("{{ `${`${`${1}`}`}` }}")
def test_any_text_has_a_value_or_is_refused(body: str) -> None:
    for text in (body, "{{ " + body + " }}"):
        try:
            template = compile_template(text)
        except ExpressionSyntaxError as exc:
            assert 0 <= exc.position <= len(text) + 1
            assert exc.message
            continue
        try:
            template.evaluate(Names(json={"a": [1, {"b": "x"}], "b": None}))
        except ExpressionFailed as exc:
            assert exc.message


ENDS_OF_TIME = ("DateTime.fromISO('9999-12-31T23:59:59', {zone: 'America/New_York'})", "DateTime.fromISO('0001-01-01T00:00:00+14:00')",
                "new Date(8.64e15)", "new Date(-1)", "new Date(1e300)", "DateTime.fromSeconds(253402300799)")  # fmt: skip
SAID_OF_THEM = ("", ".toUTC()", ".toISOString()", ".setZone('Pacific/Kiritimati').toISO()", ".plus({years: 1e9})", ".endOf('week')",
                ".toUTCString()", ".toHTTP()", ".toJSDate()", ".diff($now, 'days')", ".hasSame($now, 'day')", ".setMonth(1e9)",
                ".getUTCFullYear()", ".toLocaleDateString('en-US', {timeZone: 'America/New_York'})")  # fmt: skip


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("moment", ENDS_OF_TIME)
def test_dates_at_the_ends_of_time_are_dates_or_an_error_of_the_expression(moment: str, zone: str) -> None:
    for said in SAID_OF_THEM:
        try:
            value_of(f"{{{{ {moment}{said} }}}}", timezone=zone)
        except ExpressionFailed:
            continue


@pytest.mark.parametrize("text", [
    "DateTime.fromISO('0001-01-01T00:00:00+14:00')", "DateTime.fromISO('9999-12-31T23:59:59-05:00').toUTC().toISO()",
    "DateTime.fromISO('9999-12-31T23:59:59Z').setZone('Pacific/Kiritimati').toISO()",
    "new Date('9999-12-31T23:59:59-05:00')", "new Date('0001-01-01T00:00:00+14:00').toISOString()",
    "'9999-12-31T23:59:59-05:00'.toDateTime().toISO()",
])  # fmt: skip
def test_a_date_outside_of_the_years_there_are_is_an_error_and_no_other_date(text: str) -> None:
    with pytest.raises(ExpressionFailed, match="before the year 1 or after 9999") as failed:
        value_of(f"{{{{ {text} }}}}", timezone="UTC")
    assert failed.value.code == "expression_error"


HEAVY = (
    "{{ $json.l.map(x => $json.b.toUpperCase().indexOf('zq')).length }}",
    "{{ $json.l.map(x => $json.b.split('z').length).length }}",
    "{{ $json.l.map(x => $json.b.includes('zq')).length }}",
    "{{ $json.l.map(x => $json.b.replaceAll('z', 'y').length).length }}",
    "{{ $json.l.map(x => $json.l.indexOf('nothing')).length }}",
)


@pytest.mark.parametrize("text", HEAVY)
def test_few_steps_that_each_look_at_much_are_stopped(text: str) -> None:
    with pytest.raises(ExpressionFailed) as failed:
        value_of(text, json={"l": [0] * 9000, "b": "x" * 900_000})
    assert failed.value.code == "expression_limit"


def test_who_looks_in_can_end_one_expression_in_the_middle() -> None:
    seen: list[int] = []

    def check() -> None:
        seen.append(1)
        if len(seen) == 3:
            raise InterruptedError

    template = compile_template("{{ $json.l.map(x => x + 1).length }}")
    with watched(check), pytest.raises(InterruptedError):
        template.evaluate(Names(json={"l": [0] * 9000}))
    assert template.evaluate(Names(json={"l": [0] * 9000})) == 9000
    assert len(seen) == 3, "nobody looks in afterwards"


@pytest.mark.parametrize("mark", ["(", "[(", "((a", "a?.", "a=>", "{a:", "[", "`${(", "!(", "((x)=>"])
def test_a_text_is_read_in_linear_time(monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    read = 0
    next_token = tokenizer.next_token

    def counted(text: str, position: int) -> Any:
        nonlocal read
        read += 1
        return next_token(text, position)

    monkeypatch.setattr(expression_parser, "next_token", counted)
    text = "{{ " + mark * (20_000 // len(mark)) + " }}"
    try:
        compile_template(text)
    except ExpressionSyntaxError as exc:
        assert exc.message
    assert read < 8 * len(text)
