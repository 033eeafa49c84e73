"""Ordinary code works in the jail, in both languages; mistakes come back with their line; limits end what they limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.json import loads_own
from executor.sandbox.outcome import Outcome
from tests.integration.sandbox.conftest import SMALL, Jail

ORDINARY: dict[str, tuple[str, list[Any]]] = {
    "items are changed in place": ("for item in items: item['json']['n'] += 1\nreturn items", [{"n": 2}]),
    "plain objects": ("return [{'a': 1}, {'json': {'b': 2}}]", [{"a": 1}, {"b": 2}]),
    "one object": ("return {'json': 5}", [{"json": 5}]),
    "nothing": ("x = 1", []),
    "classes": (
        "import dataclasses, enum\n@dataclasses.dataclass\nclass P:\n    x: int\n    _y: int = 2\n"
        "class E(enum.Enum):\n    A = 'a'\nclass C:\n    __slots__ = ('v',)\n    def __init__(self): self.v = 1\n"
        "return {'p': P(1), 'e': E.A, 'v': C().v}",
        [{"p": {"x": 1, "_y": 2}, "e": "a", "v": 1}],
    ),
    "generators": ("def g():\n    yield from range(3)\nreturn [{'i': i} for i in g()]", [{"i": i} for i in range(3)]),
    "a body that yields": ("yield {'i': 1}\nyield {'i': 2}", [{"i": 1}, {"i": 2}]),
    "async": ("async def f(x):\n    return x\nreturn {'v': await f(3)}", [{"v": 3}]),
    "match": (
        "match items[0]['json']:\n    case {'n': int(x)} if x: return {'x': x}\n    case _: return {}", [{"x": 1}],
    ),
    "texts of several lines": ("text = '''a\n  b\n'''\nreturn {'t': text}", [{"t": "a\n  b\n"}]),
    "try and raise": (
        "try:\n    1 / 0\nexcept ZeroDivisionError as exc:\n    return {'e': type(exc).__name__}", [{"e": "ZeroDivisionError"}],
    ),
    "dates": (
        "import datetime, zoneinfo\nd = datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))\n"
        "return {'d': d, 's': datetime.datetime.strptime('1.3.2026', '%d.%m.%Y').date(), 't': datetime.timedelta(1)}",
        [{"d": "2026-07-01T00:00:00+02:00", "s": "2026-03-01", "t": 86400.0}],
    ),
    "numbers": (
        "import math, statistics, decimal, fractions\nreturn {'m': math.comb(5, 2), 's': statistics.mean([1, 2]),"
        " 'd': decimal.Decimal('1.5'), 'i': decimal.Decimal(2), 'f': float(fractions.Fraction(1, 4)), 'n': float('nan')}",
        [{"m": 10, "s": 1.5, "d": 1.5, "i": 2, "f": 0.25, "n": None}],
    ),
    "texts and bytes": (
        "import re, hashlib, hmac, base64, binascii, uuid, html, urllib.parse, string, textwrap\n"
        "return {'r': re.findall(r'\\d+', 'a1b22'), 'h': hashlib.sha256(b'x').hexdigest()[:8], 'b': base64.b64encode(b'hi'),"
        " 'q': urllib.parse.quote('a b'), 'u': str(uuid.UUID(int=1)), 'e': html.escape('<')}"
        .replace("base64.b64encode(b'hi')", "base64.b64encode(b'hi').decode()"),
        [{"r": ["1", "22"], "h": "2d711642", "b": "aGk=", "q": "a%20b", "u": "00000000-0000-0000-0000-000000000001",
          "e": "&lt;"}],
    ),
    "tables": (
        "import csv, io, itertools, functools, collections, operator, heapq, bisect, copy, calendar, json\n"
        "rows = list(csv.DictReader(io.StringIO('a,b\\n1,2\\n')))\n"
        "return {'rows': rows, 'c': collections.Counter('aab'), 'p': list(itertools.pairwise([1, 2, 3])),"
        " 'r': functools.reduce(operator.add, [1, 2]), 'h': heapq.nsmallest(1, [3, 1]), 'l': calendar.isleap(2028),"
        " 'j': json.loads('{\"x\": [1]}'), 's': {1}}",
        [{"rows": [{"a": "1", "b": "2"}], "c": {"a": 2, "b": 1}, "p": [[1, 2], [2, 3]], "r": 3, "h": [1], "l": True,
          "j": {"x": [1]}, "s": [1]}],
    ),
    "variables": ("return {'v': vars['rate'], 't': __name__}", [{"v": 3, "t": "__main__"}]),
    "time": ("import time\ntime.sleep(0.01)\nreturn {'ok': time.time() > 0 and time.monotonic() > 0}", [{"ok": True}]),
}  # fmt: skip

JAVASCRIPT: dict[str, tuple[str, list[Any]]] = {
    "items": ("return items.map(item => ({json: {n: item.json.n + 1}}))", [{"n": 2}]),
    "n8n's names": ("for (const item of $input.all()) item.json.x = $json.n; return $input.all()", [{"n": 1, "x": 1}]),
    "promises": ("const one = await Promise.all([1, Promise.resolve(2)]); return {one}", [{"one": [1, 2]}]),
    "modern syntax": (
        "class P { #x = 1; get x() { return this.#x } static of() { return new P() } }\n"
        "const {n, ...rest} = $json; return {x: P.of().x, n: n ?? 0, k: Object.keys(rest).length, s: `a${n}`, r: /\\d/.test('1')}",
        [{"x": 1, "n": 1, "k": 0, "s": "a1", "r": True}],
    ),
    "generators": ("function* g() { yield 1; yield 2 } return [...g()].map(i => ({i}))", [{"i": 1}, {"i": 2}]),
    "dates": (
        "return {d: new Date(0).toISOString(), j: JSON.parse('{\"a\":1}')}",
        [{"d": "1970-01-01T00:00:00.000Z", "j": {"a": 1}}],
    ),
    "variables": ("return {v: vars.rate}", [{"v": 3}]),
    "nothing": ("const x = 1", []),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_python_works(jail: Jail, name: str) -> None:
    code, expected = ORDINARY[name]
    assert jail.jsons(code, variables={"rate": 3}) == expected


@pytest.mark.parametrize("name", JAVASCRIPT)
def test_ordinary_javascript_works(jail: Jail, name: str) -> None:
    code, expected = JAVASCRIPT[name]
    assert jail.jsons(code, variables={"rate": 3}, language="javascript") == expected


@pytest.mark.parametrize(
    ("language", "code"),
    [("python", "print('n', item['json']['n'])\nreturn None if item['json']['n'] == 2 else {'twice': item['json']['n'] * 2}"),
     ("javascript", "console.log('n', $json.n); return $json.n === 2 ? null : {twice: item.json.n * 2}")],
)  # fmt: skip
def test_each_item_alone(jail: Jail, language: str, code: str) -> None:
    outcome = jail.run(code, [{"n": 1}, {"n": 2}, {"n": 3}], language=language, mode="each_item")
    assert [(item["json"], item["pairedItem"]) for item in outcome.items] == [
        ({"twice": 2}, {"item": 0}), ({"twice": 6}, {"item": 2}),
    ]  # fmt: skip
    assert list(outcome.logs) == ["n 1", "n 2", "n 3"]


@pytest.mark.parametrize(
    ("language", "code", "kind", "line", "text"),
    [
        ("python", "x = 1\nif x:\n    raise KeyError('gone')", "error", 3, "KeyError"),
        ("python", "def f():\n    return 1 / 0\nf()", "error", 2, "ZeroDivisionError"),
        ("python", "x =\n", "error", 1, "SyntaxError"),
        ("python", "return 5", "result", None, ""),
        ("python", "return {'f': print}", "result", None, ""),
        ("python", "a = []\na.append(a)\nreturn {'a': a}", "unstorable", None, ""),
        ("python", "import os", "forbidden", 1, "ImportError"),
        ("python", "open('/etc/passwd')", "forbidden", 1, "PermissionError"),
        ("python", "eval('1')", "forbidden", 1, "PermissionError"),
        ("javascript", "let x = 1;\nthrow new TypeError('no')", "error", 2, "TypeError"),
        ("javascript", "let x = ;", "error", 1, "SyntaxError"),
        ("javascript", "nothing.there", "error", 1, "ReferenceError"),
        ("javascript", "function f() { return f() + 1 } f()", "error", 1, "RangeError"),
        ("javascript", "await new Promise(() => {})", "error", None, "Error"),
        ("javascript", "return 5", "result", None, ""),
        ("javascript", "const a = {}; a.a = a; return a", "error", None, "TypeError"),
        ("javascript", "require('fs')", "error", 1, "ReferenceError"),
    ],
)
def test_mistakes_come_back_with_their_line(
    jail: Jail, language: str, code: str, kind: str, line: int | None, text: str
) -> None:
    outcome = jail.run(code, language=language)
    assert (outcome.kind, outcome.type) == (kind, text), outcome
    assert line is None or outcome.line == line


@pytest.mark.parametrize(
    ("language", "code", "kinds"),
    [
        ("python", "while True: pass", {"cpu", "timeout"}),
        ("python", "import time\ntime.sleep(60)", {"timeout"}),
        ("python", "x = ['a' * 10**7 for _ in range(100)]", {"memory"}),
        ("python", "x = 2 ** (10 ** 9)", {"memory", "cpu", "crash", "timeout"}),
        ("python", "def f(): f()\nf()", {"error"}),
        ("python", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')", {"cpu", "timeout"}),
        ("python", "return {'x': 'a' * 3_000_000}", {"output"}),
        ("python", "return [{'x': i} for i in range(10**6)]", {"output", "memory"}),
        ("javascript", "while (true) {}", {"cpu", "timeout"}),
        ("javascript", "/(a+)+$/.test('a'.repeat(40) + 'b')", {"cpu", "timeout"}),
        ("javascript", "const a = []; while (true) a.push('x'.repeat(1e6) + a.length)", {"memory"}),
        ("javascript", "return {x: 'a'.repeat(3e6)}", {"output"}),
        ("javascript", "const f = () => Promise.resolve().then(f); await f()", {"cpu", "timeout", "memory"}),
    ],
)  # fmt: skip
def test_limits_end_what_they_limit_and_the_next_call_works(
    jail: Jail, language: str, code: str, kinds: set[str]
) -> None:
    limits = replace(SMALL, wall_s=2) if kinds == {"timeout"} else SMALL
    outcome = jail.run(code, language=language, limits=limits)
    assert outcome.kind in kinds, outcome
    assert jail.jsons("return {'ok': 1}") == [{"ok": 1}]


def test_what_goes_in_is_limited(jail: Jail) -> None:
    assert jail.run("return items", [{"x": "a" * 2_000_000}]).kind == "output"
    roomy = replace(SMALL, request_bytes=2**24, reply_bytes=2**24)
    assert jail.run("return items", [{"x": "a" * 2_000_000}], limits=roomy).kind == "ok"
    assert jail.run("return {'n': 2 ** 70}").kind in ("result", "ok")
    assert jail.run("print('x' * 10**7)\nfor i in range(5000): print(i)").kind == "ok"


def test_a_reply_that_is_too_large_for_the_loop_is_read_by_who_may_take_long(jail: Jail) -> None:
    given: list[bytes] = []

    async def read(raw: bytes) -> Any:
        given.append(raw)
        return loads_own(raw)

    assert jail.jsons("return [{'text': 'x' * 900_000}]", read=read) == [{"text": "x" * 900_000}]
    assert len(given) == 1
    assert jail.jsons("return [{'text': 'x'}]", read=read) == [{"text": "x"}]
    assert len(given) == 1, "what is small is read on the spot"


ID = 1152921504606846976 + 1  # JavaScript rounds this and the two that follow to the same


def in_javascript(jail: Jail, code: str, ids: list[Any], static: Any = None, mode: str = "all_items") -> Outcome:
    """Run code over items with ids, which say their own places as a node's do."""
    items = [{"json": {"id": one}, "pairedItem": {"item": at}} for at, one in enumerate(ids)]
    asked = {"language": "javascript", "mode": mode, "items": items, "code": code, "vars": {}, "static": static or {}}
    outcome: Outcome = jail.wait(jail.pool.run(asked, SMALL))
    assert outcome.kind == "ok", outcome
    return outcome


@pytest.mark.parametrize(
    ("code", "given", "made"),
    [("return items.map(i => ({json: {id: i.json.id}})).reverse()", [ID, 2**53 + 1], [2**53 + 1, ID]),
     ("return items.map(i => ({...i, json: {id: i.json.id}})).reverse()", [ID, ID + 1], [ID + 1, ID]),
     ("return items.reverse()", [ID, ID + 1], [ID + 1, ID]),
     ("return items.map(i => ({json: {id: i.json.id}}))", [2**53 + 1, 2**53 + 3], [2**53 + 1, 2**53 + 3]),
     ("return items.map(i => ({json: {id: i.json.id}}))", [-(2**53) - 1, 7], [-(2**53) - 1, 7])],
)  # fmt: skip
def test_whole_numbers_that_javascript_rounds_stay_with_their_items(
    jail: Jail, code: str, given: list[Any], made: list[Any]
) -> None:
    outcome = in_javascript(jail, code, given)
    assert ([item["json"]["id"] for item in outcome.items], outcome.is_rounded) == (made, False)


def test_code_that_runs_for_each_item_has_the_numbers_of_that_item(jail: Jail) -> None:
    outcome = in_javascript(jail, "return {id: item.json.id}", [ID, ID + 1], mode="each_item")
    assert ([item["json"]["id"] for item in outcome.items], outcome.is_rounded) == ([ID, ID + 1], False)


@pytest.mark.parametrize("given", [[ID, ID + 1], [2**53, 2**53 + 1], [2**60 + 1, 2.0**60], [2**53 + 1, 2.0**53]])
def test_a_number_that_may_be_another_stays_rounded_and_is_told_of(jail: Jail, given: list[Any]) -> None:
    outcome = in_javascript(jail, "return items.map(i => ({json: {id: i.json.id}})).reverse()", given)
    made = [float(item["json"]["id"]) for item in outcome.items]
    assert (made, outcome.is_rounded) == ([float(given[0])] * 2, True)


@pytest.mark.parametrize(
    ("code", "made"),
    [("", {"seen": 2**53 + 1, "deep": [ID, ID + 1]}), ("static.deep.push(7)", {"seen": 2**53 + 1, "deep": [ID, ID + 1, 7]}),
     ("static.seen = items[0].json.id", {"seen": 2**53 + 3, "deep": [ID, ID + 1]}),
     ("static.deep = [static.seen]", {"seen": 2**53 + 1, "deep": [2**53 + 1]})],
)  # fmt: skip
def test_what_a_node_keeps_is_as_exact_as_its_items(jail: Jail, code: str, made: dict[str, Any]) -> None:
    outcome = in_javascript(jail, code, [2**53 + 3], {"seen": 2**53 + 1, "deep": [ID, ID + 1]})
    assert (outcome.static, outcome.is_rounded) == (made, False)
