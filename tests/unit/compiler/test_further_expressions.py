"""What expressions evaluate beyond the plain: new values of locals, URLs, intervals, patterns that look around, languages."""

from __future__ import annotations

import re
import time
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.expressions import NO_NUMBER, ExpressionFailed, ExpressionSyntaxError, Names, compile_template
from compiler.expressions.errors import JsError
from compiler.expressions.functions import jmespath, lookaround
from compiler.expressions.functions.lookaround import LookPattern
from compiler.expressions.functions.urls import make_url
from compiler.expressions.limits import MAX_STEPS, TOUCHED_FREE, Budget
from compiler.expressions.scope import Scope

NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
ITEM: dict[str, Any] = {
    "n": 7, "s": "Hello World", "obj": {"1": "one", "a": 1}, "rows": [{"id": 1, "t": "x"}, {"id": 2, "t": "y"}],
    "list": [3, 1, 2], "url": "https://u:p@www.example.com:8080/a/b?x=1&y=2&x=3#frag", "und": None,
}  # fmt: skip


def value_of(
    text: str, json: dict[str, Any] | None = None, timezone: str = "UTC", notes: list[str] | None = None
) -> Any:
    item = ITEM if json is None else json
    return compile_template(text).evaluate(Names(json=item, items=[{"json": item}], now=NOW, timezone=timezone), notes)


CASES: list[tuple[str, Any]] = [
    ("{{ new URL($json.url).hostname }}", "www.example.com"),
    ("{{ new URL($json.url).searchParams.get('x') }}", "1"),
    ("{{ new URL($json.url).searchParams.getAll('x') }}", ["1", "3"]),
    ("{{ new URL('/c?z=1', 'https://a.b/d').href }}", "https://a.b/c?z=1"),
    (
        "{{ new URL($json.url).pathname + new URL($json.url).search + new URL($json.url).hash }}",
        "/a/b?x=1&y=2&x=3#frag",
    ),
    (
        "{{ new URL($json.url).origin + new URL($json.url).port + new URL($json.url).protocol }}",
        "https://www.example.com:80808080https:",
    ),
    ("{{ new URLSearchParams({a: 1, b: 'x y'}).toString() }}", "a=1&b=x+y"),
    ("{{ (() => { let a = 1; a++; a += 2; a = a * 2; return a })() }}", 8),
    ("{{ (() => { let t = 0; [1,2,3].forEach(x => { t += x }); return t })() }}", 6),
    ("{{ $json.list.reduce((a, x) => { a[x] = 1; return a }, {}) }}", {"1": 1, "2": 1, "3": 1}),
    ("{{ (() => { let i = 0; const o = {}; o.x = ++i; o['y'] = i++; return [o, i] })() }}", [{"x": 1, "y": 1}, 2]),
    ("{{ (() => { let s = ''; for (const x of $json.list) { s += x } return s })() }}", "312"),
    ("{{ 'a1b22'.match(/(?<l>[a-z])(?<d>\\d+)/).groups.d }}", "1"),
    ("{{ 'x'.bold() }}", "<b>x</b>"),
    ("{{ $evaluateExpression('{{ $json.n + 1 }}') }}", 8),
    ("{{ $json.obj[1] }}", "one"),
    ("{{ ({1: 'a'})[1] }}", "a"),
    ("{{ ({1.0: 'a'}) }}", {"1": "a"}),
    ("{{ $json.n // seven\n }}", 7),
    ("{{ /* a */ $json.n }}", 7),
    ("{{ $json.n\n\n }}", 7),
    ("{{ $json.n // it's }}", 7),
    ("{{ Date().length > 20 }}", True),
    ("{{ typeof Date() }}", "string"),
    ("{{ [...($json.missing || [])] }}", []),
    ("{{ {...$json.missing, a: 1} }}", {"a": 1}),
    ("{{ {...undefined, a: 1} }}", {"a": 1}),
    ("{{ Interval.fromDateTimes(DateTime.fromISO('2024-01-01'), DateTime.fromISO('2024-01-03')).length('days') }}", 2),
    ("{{ Duration.fromISO('PT1H30M').as('minutes') }}", 90),
    ("{{ Duration.fromISO('P1Y2M3DT4H').toObject() }}", {"years": 1, "months": 2, "days": 3, "hours": 4}),
    ("{{ DateTime.fromISO('2024-W10-2').toISODate() }}", "2024-03-05"),
    ("{{ DateTime.fromISO('2024-03-05').toISOWeekDate() }}", "2024-W10-2"),
    ("{{ btoa('hi') }}", "aGk="),
    ("{{ atob('aGk=') }}", "hi"),
    ("{{ structuredClone($json.obj).a }}", 1),
    ("{{ $jmespath($json, 'rows[*].id') }}", [1, 2]),
    ("{{ $jmespath($json.rows, \"[?t=='y'].id | [0]\") }}", 2),
    ("{{ 'abc123'.replace(/[a-z](?=\\d)/, 'X') }}", "abX123"),
    ("{{ '1234567'.replace(/\\B(?=(\\d{3})+(?!\\d))/g, ',') }}", "1,234,567"),
    ("{{ /^(?=.*\\d)(?=.*[a-z]).{4,}$/.test('abc1') }}", True),
    ("{{ /^(?=.*\\d)(?=.*[a-z]).{4,}$/.test('abcd') }}", False),
    ("{{ '$12 $30'.match(/(?<=\\$)\\d+/g) }}", ["12", "30"]),
    ("{{ 'foobar foobaz'.match(/foo(?!bar)\\w+/)[0] }}", "foobaz"),
    ("{{ DateTime.fromISO('2024-05-05').setLocale('de').toFormat('cccc, dd. MMMM yyyy') }}", "Sonntag, 05. Mai 2024"),
    ("{{ DateTime.fromISO('2024-05-05').toLocaleString(DateTime.DATE_FULL) }}", "May 5, 2024"),
    ("{{ (1234.5).toLocaleString('de-DE') }}", "1.234,5"),
    ("{{ DateTime.fromISO('2024-05-05T10:00:00+02:00', {setZone: true}).toISO() }}", "2024-05-05T10:00:00.000+02:00"),
    ("{{ DateTime.fromISO('2024-05-05T10:00:00Z').toSQL({includeOffset: false}) }}", "2024-05-05 10:00:00.000"),
    ("{{ DateTime.fromISO('2024-05-05T10:00:00Z').toISO({format: 'basic'}) }}", "20240505T100000.000Z"),
    ("{{ DateTime.fromISO('3/5/2024').isValid }}", False),
    ("{{ $json.list.map(function(x) { return x * 2 }) }}", [6, 2, 4]),
    ("{{ typeof $json.missing === 'undefined' ? 'no' : 'yes' }}", "no"),
    ("{{ [1,2,3].includes(2) ? 'a' : 'b' }}", "a"),
    ("{{ new Set([1,1,2]).size }}", 2),
    ("{{ [...new Map([['a',1]]).entries()] }}", [["a", 1]]),
    ("{{ (() => { try { return JSON.parse('{') } catch (e) { return 'bad' } })() }}", "bad"),
    ("{{ (() => { let i = 0; while (i < 5) { i++ } return i })() }}", 5),
    ("{{ 'abc'.at(-1) }}", "c"),
    ("{{ Object.entries({b:1}).map(([k,v]) => `${k}=${v}`).join('&') }}", "b=1"),
    ("{{ 'x'.anchor('a') }}", '<a name="a">x</a>'),
    ("{{ 5..toFixed(1) }}", "5.0"),
    ("{{ 1e3.toString() }}", "1000"),
    ("{{ (12345.678).toFixed(2).replace('.', ',') }}", "12345,68"),
    ("{{ $json.s.split(' ').map(w => w[0].toUpperCase() + w.slice(1)).join(' ') }}", "Hello World"),
    ("{{ Number('12px') }}", None),
    ("{{ encodeURIComponent('a b&c') }}", "a%20b%26c"),
    ("{{ !!$json.n && !$json.missing }}", True),
    ("{{ [3,1,2].toSorted((a,b)=>a-b) }}", [1, 2, 3]),
    ("{{ Array.from({length:3}, (_, i) => i) }}", [0, 1, 2]),
    ("{{ $json.s.localeCompare('a') }}", 1),
    ("{{ (new Date('2024-05-05')).getDay() }}", 0),
    ("{{ 0.1+0.2 }}", 0.30000000000000004),
    ("{{ JSON.parse('[1]')[0] }}", 1),
    ("{{ $json['n'] + +'3' }}", 10),
    ("{{ (() => { const {a, ...r} = {a:1,b:2}; return r })() }}", {"b": 2}),
    ("{{ ((a, b = 2) => a + b)(1) }}", 3),
    ("{{ $json.rows.find(r => r.id === 2)?.t }}", "y"),
    ("{{ $json.rows.groupBy?.('t') ?? 1 }}", 1),
    ("{{ isNaN(NaN) }}", True),
    ("{{ 'a-b'.replaceAll('-', '_') }}", "a_b"),
    ("{{ Math.max(...$json.list) }}", 3),
    ("{{ $json.list.length }}", 3),
]


@pytest.mark.parametrize(("text", "value"), CASES, ids=[text for text, _ in CASES])
def test_values(text: str, value: Any) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    "text",
    ["{{ (() => { $json.n = 1 })() }}", "{{ n = 1 }}", "{{ f() = 1 }}", "{{ (() => { a?.b = 1 })() }}", "{{ (() => { const [a]; })() }}",
     "{{ (() => { try { return 1 } })() }}", "{{ 1++ }}"],
)  # fmt: skip
def test_only_variables_are_given_values(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_template(text)


def test_what_an_expression_was_given_stays_as_it_is() -> None:
    item = {"o": {"x": {"y": 1}}, "l": [1, 2]}
    text = "{{ (() => { const o = $json.o; o.x.y = 2; o.z = 3; const l = $json.l; l[0] = 9; l[3] = 4; return [o, l] })() }}"

    assert value_of(text, item) == [{"x": {"y": 2}, "z": 3}, [9, 2, None, 4]]
    assert item == {"o": {"x": {"y": 1}}, "l": [1, 2]}


@pytest.mark.parametrize(
    "text",
    ["{{ (() => { while (true) {} })() }}", "{{ (() => { for (;;) { } })() }}", "{{ (() => { let a = []; a[0] = 1; a[0] = a; return a })() }}",
     "{{ (() => { let s = 'x'; while (true) s += s })() }}", "{{ (() => { const l = [1]; l[1] = 2; for (const x of l) { l[l.length] = x } })() }}",
     "{{ $jmespath([1, 2], '" + "|".join(["[@,@][]"] * 60) + "') }}",],
)  # fmt: skip
def test_nothing_goes_on_for_long(text: str) -> None:
    with pytest.raises(ExpressionFailed):
        value_of(text)


@pytest.mark.parametrize(
    ("text", "doubts"),
    [("{{ $foo }}", ["unknown_name"]), ("{{ foo(1) }}", ["unknown_name"]), ("{{ 'hi'.toUpper() }}", ["unknown_function"]),
     ("{{ $now.foo() }}", ["unknown_function"]), ("{{ $staticData.x }}", ["unknown_name"]), ("{{ 1/0 }}", ["division_by_zero"]),
     ("{{ $json.list.map(x => x + y) }}", ["unknown_name"]), ("{{ $json.list.map(({id, ...rest}, at) => [id, rest, at]) }}", []),
     ("{{ (() => { let a = 1; try { a++ } catch (e) { return e.message } return a })() }}", []), ("{{ typeof foo }}", []),
     ("{{ ({f: x => x}).f(1) }}", []), ("{{ new Date().getUTCMonth() }}", []), ("{{ $json.n / 2 % 3 }}", []), ("plain", [])],
)  # fmt: skip
def test_what_cannot_come_to_anything_is_told_of(text: str, doubts: list[str]) -> None:
    assert [code for code, _ in compile_template(text).doubts] == doubts


@pytest.mark.parametrize("text", ["{{ 1/0 }}", "{{ -$json.n/0 }}", "{{ 0/0 }}", "{{ Number('x') }}"])
def test_numbers_that_json_does_not_have_are_noted(text: str) -> None:
    notes: list[str] = []
    assert value_of(text, notes=notes) is None
    assert notes == [NO_NUMBER + text.strip("{} ")]


# -- dates --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("DateTime.fromISO('2026-03-30T00:00').diff(DateTime.fromISO('2026-03-29T00:00'), 'hours').hours", 23),
        ("DateTime.fromISO('2026-03-30T00:00').diff(DateTime.fromISO('2026-03-29T00:00'), 'days').days", 1),
        ("DateTime.fromISO('2026-10-26').diff(DateTime.fromISO('2026-10-25'), 'hours').hours", 25),
        ("DateTime.fromISO('2026-10-25T00:30:00Z').equals(DateTime.fromISO('2026-10-25T01:30:00Z'))", False),
        ("DateTime.fromISO('2026-10-25T01:30:00Z').plus({minutes: 10}).toUTC().toISO()", "2026-10-25T01:40:00.000Z"),
        ("DateTime.fromISO('2026-10-25T00:30:00Z').plus({minutes: 70}).toUTC().toISO()", "2026-10-25T01:40:00.000Z"),
        ("DateTime.fromISO('2026-03-28T02:30').plus({days: 1}).toISO()", "2026-03-29T03:30:00.000+02:00"),
        ("DateTime.fromISO('2026-03-29T02:30').toISO()", "2026-03-29T03:30:00.000+02:00"),
        ("DateTime.fromISO('2026-10-25T01:30:00Z').startOf('hour').toUTC().toISO()", "2026-10-25T01:00:00.000Z"),
        ("DateTime.fromISO('2026-03-29T12:00').startOf('day').endOf('day').toISO()", "2026-03-29T23:59:59.999+02:00"),
        ("DateTime.max(DateTime.fromISO('2026-10-25T00:50:00Z'), DateTime.fromISO('2026-10-25T01:10:00Z')).toUTC().toISO()",
         "2026-10-25T01:10:00.000Z"),
        ("DateTime.fromISO('2024-03-15').diff(DateTime.fromISO('2024-02-10'), 'months').months", 1 + 120 / 743),
        ("DateTime.fromISO('2024-02-10').diff(DateTime.fromISO('2024-03-15'), 'months').months", -(1 + 120 / 743)),
        ("DateTime.fromISO('2024-02-20').diff(DateTime.fromISO('2024-03-15'), 'months').months", -24 / 29),
        ("DateTime.fromISO('2024-02-29').diff(DateTime.fromISO('2024-01-31'), 'months').months", 1),
        ("DateTime.fromISO('2025-03-04').diff(DateTime.fromISO('2023-01-01'), ['years', 'months', 'days']).toObject()",
         {"years": 2, "months": 2, "days": 3}),
        ("DateTime.fromISO('2024-01-31').plus({months: 1.5}).toISODate()", "2024-03-15"),
        ("DateTime.fromISO('2024-01-31').set({month: 2}).toISODate()", "2024-02-29"),
        ("DateTime.fromISO('2024-05-05').set({weekday: 1}).toISODate()", "2024-04-29"),
        ("DateTime.fromISO('2024-125').toISODate()", "2024-05-04"),
        ("DateTime.fromISO('2024-05').toISODate()", "2024-05-01"),
        ("DateTime.fromISO('2024-05-05T10:00').toFormat('T')", "10:00"),
        ("DateTime.fromISO('2024-05-05T10:00').toFormat('TTT')", "10:00:00 GMT+2"),
        ("DateTime.fromISO('2024-05-05T10:00').toISO({includeOffset: false})", "2024-05-05T10:00:00.000"),
        ("DateTime.fromISO('2024-05-05T10:00').toISO({suppressMilliseconds: true, suppressSeconds: true})", "2024-05-05T10:00+02:00"),
        ("DateTime.fromISO('2024-05-05T10:00').toSQL()", "2024-05-05 10:00:00.000 +02:00"),
        ("DateTime.fromISO('2024-05-05T10:00').toSQLTime({includeOffset: false})", "10:00:00.000"),
        ("Interval.fromDateTimes(DateTime.fromISO('2024-01-01'), DateTime.fromISO('2024-01-03')).contains(DateTime.fromISO('2024-01-02'))", True),
        ("Interval.fromDateTimes(DateTime.fromISO('2024-01-01'), DateTime.fromISO('2024-01-03')).splitBy({days: 1}).length", 2),
        ("Interval.fromISO('2024-01-01/P2D').length('days')", 2),
        ("Interval.fromDateTimes(DateTime.fromISO('2024-01-01'), DateTime.fromISO('2024-01-03T01:00')).count('days')", 3),
        ("Duration.fromISO('-P1W').toMillis()", -604800000), ("Duration.fromISO('PT0.5S').toMillis()", 500),
    ],
)  # fmt: skip
def test_dates_are_reckoned_as_luxon_reckons_them(text: str, value: Any) -> None:
    found = value_of(f"{{{{ {text} }}}}", timezone="Europe/Berlin")
    assert found == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value)


# What Node.js 20 writes.
MOMENT = "DateTime.fromISO('2024-05-05T16:30:09', {zone: 'Europe/Berlin'})"


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        ("en-US", ["5/5/2024", "May 5, 2024", "Sunday, May 5, 2024 at 4:30 PM Central European Summer Time", "1,234.5", "€1,234.50", "26%", "PM"]),
        ("de", ["5.5.2024", "5. Mai 2024", "Sonntag, 5. Mai 2024 um 16:30 Mitteleuropäische Sommerzeit", "1.234,5", "1.234,50 €", "26 %", "PM"]),
        ("fr", ["05/05/2024", "5 mai 2024", "dimanche 5 mai 2024 à 16:30 heure d’été d’Europe centrale", "1 234,5", "1 234,50 €", "26 %", "PM"]),
        ("es", ["5/5/2024", "5 may 2024", "domingo, 5 de mayo de 2024, 16:30 hora de verano de Europa central", "1234,5", "1234,50 €", "26 %", "p. m."]),
        ("it", ["05/05/2024", "5 mag 2024", "domenica 5 maggio 2024 alle ore 16:30 Ora legale dell’Europa centrale", "1234,5", "1234,50 €", "26%", "PM"]),
        ("pt", ["05/05/2024", "5 de mai. de 2024", "domingo, 5 de maio de 2024 às 16:30 Horário de Verão da Europa Central", "1.234,5", "€ 1.234,50", "26%", "PM"]),
        ("nl", ["5-5-2024", "5 mei 2024", "zondag 5 mei 2024 om 16:30 Midden-Europese zomertijd", "1.234,5", "€ 1.234,50", "26%", "p.m."]),
        ("pl", ["5.05.2024", "5 maj 2024", "niedziela, 5 maja 2024 16:30 czas środkowoeuropejski letni", "1234,5", "1234,50 €", "26%", "PM"]),
        ("ja", ["2024/5/5", "2024年5月5日", "2024年5月5日日曜日 16:30 中央ヨーロッパ夏時間", "1,234.5", "€1,234.50", "26%", "午後"]),
        ("zh", ["2024/5/5", "2024年5月5日", "2024年5月5日星期日 中欧夏令时间 16:30", "1,234.5", "€1,234.50", "26%", "下午"]),
    ],
)  # fmt: skip
def test_ten_languages_are_written_as_elsewhere(locale: str, texts: list[str]) -> None:
    found = [
        value_of(f"{{{{ {MOMENT}.setLocale('{locale}').toLocaleString() }}}}"),
        value_of(f"{{{{ {MOMENT}.setLocale('{locale}').toLocaleString(DateTime.DATE_MED) }}}}"),
        value_of(f"{{{{ {MOMENT}.setLocale('{locale}').toFormat('ffff') }}}}"),
        value_of(f"{{{{ (1234.5).toLocaleString('{locale}') }}}}"),
        value_of(f"{{{{ (1234.5).toLocaleString('{locale}', {{style: 'currency', currency: 'EUR'}}) }}}}"),
        value_of(f"{{{{ (0.256).toLocaleString('{locale}', {{style: 'percent'}}) }}}}"),
        value_of(f"{{{{ {MOMENT}.setLocale('{locale}').plus({{days: 1}}).toFormat('a') }}}}"),
    ]
    assert [re.sub("[\u00a0\u202f]", " ", text) for text in found] == texts


@pytest.mark.parametrize(
    "text",
    [
        "$now.setLocale('sv')",
        "(1.5).toLocaleString('xx')",
        "$now.toLocaleString('tlh')",
        "$now.toFormat('cccc', {locale: 'ru'})",
    ],
)
def test_other_languages_are_refused(text: str) -> None:
    with pytest.raises(ExpressionFailed, match="is not among those known"):
        value_of(f"{{{{ {text} }}}}")


# -- patterns that look around, against an engine that goes back ----------------------------------------------------------
PATTERNS = (
    r"a(?=b)", r"a(?!b)", r"(?<=a)b", r"(?<!a)b", r"(?=a)\w+", r"(?!ab)\w", r"^(?=.*b)(?=.*a).{2,}$", r"\B(?=(?:\w{3})+(?!\w))",
    r"(a|ab)(?=c)(c|bcd)?", r"a*?(?=b)", r"(?=(a+))a", r"x(?=a(?!b))", r"(?<=a|bb)c", r"(a)|(?=b)(b)", r"(?:a(?=b)|b(?=a))+", r"[^a](?=b|$)",
)  # fmt: skip


@given(st.sampled_from(PATTERNS), st.text("abcdx ", max_size=12))
def test_looking_around_finds_what_going_back_finds(source: str, text: str) -> None:
    if source == r"(?<=a|bb)c":
        wanted = [found.span() for found in re.finditer(r"(?:(?<=a)|(?<=bb))c", text)]
    else:
        wanted = [found.span() for found in re.finditer(source, text)]
    found = list(LookPattern(source, "g").finditer(text))

    assert [one.span() for one in found if one.start() != one.end()] == [one for one in wanted if one[0] != one[1]]
    for one in found:
        again = re.compile(source).match(text, one.start()) if source != r"(?<=a|bb)c" else None
        if again is not None:
            assert (one.group(0), one.groups()) == (again.group(0), again.groups())


@pytest.mark.parametrize(
    "source",
    ["(?=x)(?:(?:){%d}){%d}", "(?=x)(?:(?:(?:){%d}){%d}){%d}", "(?=x)(?:(?:){0,%d}){%d}", "(?=x)(?:(?:){1,%d}){0,%d}",
     "(?=x)(?:(?:|){%d}){%d}", "(?=x)(?:(?:(?:)|(?:)){%d}|){%d}", "(?=x)(?:(?:(?:){%d}?)?){%d}", "(?=(?:(?:){%d}){%d})",
     "(?=x)(?:(?=(?:){%d})){%d}", "(?=x)(?:(?:){%d}){%d,}"],
)  # fmt: skip
def test_a_repeated_part_is_counted_also_where_it_is_empty(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    built = 0
    one = lookaround._Builder.one  # pyright: ignore[reportPrivateUsage]

    def counted(builder: Any, *given: Any) -> None:
        nonlocal built
        built += 1
        one(builder, *given)

    monkeypatch.setattr(lookaround._Builder, "one", counted)  # pyright: ignore[reportPrivateUsage]

    with pytest.raises(JsError, match="too large"):
        LookPattern(source.replace("%d", "60000"), "")
    assert built <= lookaround.MOST_BUILT


def test_a_large_class_is_counted_each_time() -> None:
    letters = "".join(chr(0x4E00 + 2 * at) for at in range(1000))

    with pytest.raises(JsError, match="too large"):
        LookPattern(f"(?=x)[{letters}]{{1000}}", "")
    assert LookPattern(f"(?=x)[x{letters}]{{3}}", "").search("xxx")


@pytest.mark.parametrize("host", ["a" + "\u0323\u0307" * 30_000, "a" * 2500 + "é"])
@pytest.mark.parametrize(
    "text",
    ["new URL('http://' + $json)", "new URL('//' + $json, 'http://a.b')", "new URL('/c', 'http://' + $json)",
     "new URL('c', ['http://' + $json])", "new URL(' ht\\ttp:/\\n/' + $json)"],
)  # fmt: skip
def test_a_host_of_no_sane_length_is_refused_before_it_is_normalized(
    text: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    normalized: list[int] = []
    normalize = unicodedata.normalize

    def counted(form: Any, given: str) -> str:
        normalized.append(len(given))
        return normalize(form, given)

    monkeypatch.setattr(unicodedata, "normalize", counted)

    begin = time.thread_time()
    assert compile_template(f"{{{{ {text}.href }}}}").evaluate(Names(json=host)) is None
    assert max(normalized, default=0) <= 2000
    assert time.thread_time() - begin < 1  # a host that is normalized would take many


def test_an_address_is_paid_for() -> None:
    budget = Budget()
    make_url(Scope(Names(), budget), ["https://a.b/" + "c" * 60_000, "https://a.b/" + "c" * 60_000])

    assert budget.steps <= MAX_STEPS - 2 * 60_000 // TOUCHED_FREE


@pytest.mark.parametrize(
    ("text", "zone", "value"),
    [("2024-05-05T24:00", "UTC", "2024-05-06T00:00:00.000Z"), ("2024-05-05T24:00:00", "UTC", "2024-05-06T00:00:00.000Z"),
     ("2024-05-05T24:00:00.000", "UTC", "2024-05-06T00:00:00.000Z"), ("2024-12-31T24:00Z", "UTC", "2025-01-01T00:00:00.000Z"),
     ("2024-05-05T24:00+02:00", "UTC", "2024-05-05T22:00:00.000Z"), ("2024-W18-7T24:00", "UTC", "2024-05-06T00:00:00.000Z"),
     ("2024-126T24:00", "UTC", "2024-05-06T00:00:00.000Z"),
     ("2024-03-30T24:00", "Europe/Berlin", "2024-03-31T00:00:00.000+01:00"),
     ("2024-03-31T24:00", "Europe/Berlin", "2024-04-01T00:00:00.000+02:00"),
     ("2024-05-05T24:01", "UTC", None), ("2024-05-05T24:00:01", "UTC", None), ("2024-05-05T24:00:00.001", "UTC", None),
     ("2024-02-30T24:00", "UTC", None), ("9999-12-31T24:00", "UTC", None), ("2024-05-05T25:00", "UTC", None)],
)  # fmt: skip
def test_the_end_of_a_day_is_the_next_midnight(text: str, zone: str, value: str | None) -> None:
    assert value_of(f"{{{{ DateTime.fromISO('{text}').toISO() }}}}", timezone=zone) == value


# -- JMESPath -------------------------------------------------------------------------------------------------------------
DATA: dict[str, Any] = {
    "a": {"b": {"c": [1, 2, 3]}}, "o": {"x": {"v": 1}, "y": {"v": 2}}, "nest": [[1, 2], [3, [4]]],
    "people": [{"n": "bob", "age": 30, "t": ["x", "y"]}, {"n": "al", "age": 20, "t": ["z"]}, {"n": "cy"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b.c[0]",1),
        ("a.b.c[-1]",3),
        ("a.b.c[0:2]",[1,2]),
        ("a.b.c[::-1]",[3,2,1]),
        ("people[*].n",["bob","al","cy"]),
        ("people[?age>`25`].n",["bob"]),
        ("people[?age].n | [0]","bob"),
        ("people[].t[]",["x","y","z"]),
        ("people[*].t[0]",["x","z"]),
        ("o.*.v",[1,2]),
        ("people[*].{name: n, a: age}",[{"name":"bob","a":30},{"name":"al","a":20},{"name":"cy","a":None}]),
        ("people[*].[n, age]",[["bob",30],["al",20],["cy",None]]),
        ("nest[]",[1,2,3,[4]]),
        ("nest[][]",[1,2,3,4]),
        ("length(people)",3),
        ("sort_by(people[?age], &age)[*].n",["al","bob"]),
        ("max_by(people[?age], &age).n","bob"),
        ("people[?n=='al' && age==`20`] | length(@)",1),
        ("missing || 'x'","x"),
        ("!missing",True),
        ('"a".b.c',[1,2,3]),
        ("join(',', people[*].n)","bob,al,cy"),
        ("keys(o)",["x","y"]),
        ("sum(a.b.c)",6),
        ("to_string(a.b.c)","[1,2,3]"),
        ("people[0].t | [1]","y"),
        ("[a.b.c[0], a.b.c[1]]",[1,2]),
        ("{x: a.b.c}",{"x":[1,2,3]}),
        ("@.a.b.c | [0]",1),
        ("people[?starts_with(n,'b')].age",[30]),
        ("a.b.c[*]",[1,2,3]),
        ("people[1:].n",["al","cy"]),
        ("people[*].t | [0]",["x","y"]),
        ("`[1,2]`",[1,2]),
        ("type(a)","object"),
        ("map(&n, people)",["bob","al","cy"]),
        ("(a.b).c[1]",2),
        ("people[?age>`10`]|[?age<`25`].n",["al"]),
    ],
)  # fmt: skip
def test_jmespath(text: str, value: Any) -> None:
    assert jmespath.found(text, DATA, Budget()) == value


@pytest.mark.parametrize(
    "text", ["a.", "[", "a b", "foo(a)", "a[?", "{a}", "a[0:1:0]", "[*]" * 300, "(" * 60 + "@" + ")" * 60, "#"]
)
def test_what_is_no_jmespath(text: str) -> None:
    with pytest.raises(ValueError, match="JMESPath"):
        jmespath.found(text, DATA, Budget())
