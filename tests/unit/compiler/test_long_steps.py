"""Every method and function of expressions on large values: it lets itself be ended, or says that it will be long.

The tables are walked, so that a new method is tried as well.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from compiler.expressions import ExpressionFailed, Names, compile_template, functions, limits
from compiler.expressions.functions.table import Methods
from compiler.expressions.limits import watched

MOST_S = 0.5  # processor time between two looks; what holds the loop takes many seconds on these values
VALUES = {
    "STRING_METHODS": ["$json.text", "$json.same", "$json.digits", "$json.marks"],
    "ARRAY_METHODS": ["$json.numbers", "$json.words", "$json.objects"],
    "OBJECT_METHODS": ["$json.many"],
    "NUMBER_METHODS": ["$json.huge", "$json.part"],
    "BOOLEAN_METHODS": ["$json.yes"],
    "NULLISH_METHODS": ["$json.none"],
}
ARGUMENTS = [
    "", "100", '"a"', "/a*?b|/g", "/(a?){200}b/", '/a/g, "$&$&"', '"", "zz"', "x => x", "$json.same", "$json.words",
    "20, $json.text", '"NFKC"',
]  # fmt: skip
JSON = {
    "text": "ab1 é,<b>x</b> 2026-01-01 \"[*_`" * 2000, "same": "a" * 100_000, "digits": "9" * 4000,
    "marks": "a" + "\u0300\u0316\uff9e" * 20_000,
    "numbers": list(range(6000)), "words": [f"k{at}" for at in range(6000)],
    "objects": [{"a": at % 100, "b": str(at), "c": {"d": at}} for at in range(2000)],
    "many": {f"k{at}": at for at in range(6000)}, "huge": 10**300, "part": 1.5, "yes": True, "none": None,
    "letters": ["é" * 200_000 + str(at) for at in range(40)], "smiles": ["😀" * 100_000 + str(at) for at in range(40)],
}  # fmt: skip
OWN = ["JSON.parse", "JSON.stringify", "Object.keys", "Object.entries", "Object.assign", "Array.from", "Math.max",
       "String", "Number", "parseInt", "encodeURIComponent", "decodeURIComponent", "$max", "new Set", "new Date",
       "String.fromCharCode", "BigInt", "new RegExp"]  # fmt: skip


class Ended(BaseException):
    """Somebody ended it."""


class Watcher:
    """Ends an evaluation that has taken some time, as a worker does, and keeps the longest time between two looks."""

    def __init__(self) -> None:
        self.began = self.last = time.thread_time()
        self.longest = 0.0

    def look(self) -> None:
        now = time.thread_time()
        self.longest, self.last = max(self.longest, now - self.last), now
        if now - self.began > 0.02:
            raise Ended

    def leave(self, cost: int) -> None:
        self.look()
        raise Ended


def methods() -> Iterator[tuple[str, str]]:
    for found in pkgutil.iter_modules(functions.__path__):
        module = importlib.import_module(f"{functions.__name__}.{found.name}")
        for name, table in vars(module).items():
            if isinstance(table, Methods):
                yield from ((name, method) for method in table)


def longest_s(text: str) -> float:
    """Return the longest time in which nobody could end it."""
    names = Names(json=JSON, items=[{"json": JSON}], now=datetime.now(UTC))
    template = compile_template(f"{{{{ {text} }}}}")
    watcher = Watcher()
    with watched(watcher.look, watcher.leave), contextlib.suppress(Ended, ExpressionFailed):
        template.evaluate(names)
    return max(watcher.longest, time.thread_time() - watcher.last)


@pytest.mark.parametrize("table", sorted({table for table, _ in methods()}))
def test_no_method_takes_long_without_letting_itself_be_ended(table: str) -> None:
    names = sorted({name for found, name in methods() if found == table})
    texts = [f"{value}.{name}({given})" for name in names for value in VALUES[table] for given in ARGUMENTS]

    assert {text: taken for text in texts if (taken := longest_s(text)) > MOST_S} == {}


def test_no_function_takes_long_without_letting_itself_be_ended() -> None:
    values = [value for several in VALUES.values() for value in several]
    texts = [f"{name}({value})" for name in OWN for value in values]
    texts += [f"{name}(...{value})" for name in OWN for value in VALUES["ARRAY_METHODS"]]
    texts += [f"/(a?){{200}}b/.{name}($json.same)" for name in ("test", "exec")]
    for many in ("$json.letters", "$json.smiles"):
        texts += [f"{many}.{rest}" for rest in ("sort()", "toSorted((a, b) => a.localeCompare(b))", "unique()", "includes('x')",
                                                "map(x => x[5])", "join('').length", "sort((a, b) => a < b ? 1 : -1)")]  # fmt: skip
    texts += [f"$json.{name}[{key}]" for name in ("numbers", "text") for key in (0.5, 1e300, -1.5, "1/0", "0/0")]
    texts += ["$json.words == $json.same", "$json.same + $json.words", "`${$json.words}${$json.same}`", "$json.numbers"]

    assert {text: taken for text in texts if (taken := longest_s(text)) > MOST_S} == {}


def test_a_regular_expression_finds_no_more_than_an_expression_has_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_STEPS", 500)
    for text in ("match(/a/g).length", "matchAll(/a/g).length", 'replace(/a/g, "b").length', "split(/a/).length"):
        template = compile_template(f'{{{{ "a".repeat(1000).{text} }}}}')
        with pytest.raises(ExpressionFailed, match="steps"):
            template.evaluate(Names())


@pytest.mark.parametrize(
    "called",
    ['/b/.test("a")', '/b/.exec("a")', '/b/["test"]("a")', 'found("a")', 'new RegExp("b").test("a")',
     '"a".match(/b/)', '"a".search(/b/)'],
)  # fmt: skip
def test_a_search_is_paid_by_the_expression_that_makes_it(called: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def steps(text: str) -> int:
        budgets: list[limits.Budget] = []
        begin = limits.Budget.__init__

        def kept(budget: limits.Budget) -> None:
            begin(budget)
            budgets.append(budget)

        with monkeypatch.context() as patched:
            patched.setattr(limits.Budget, "__init__", kept)
            compile_template(f"{{{{ (() => {{ const found = /b/.test; return {text} }})() }}}}").evaluate(Names())
        assert len(budgets) == 1, "an expression has one budget"
        return limits.MAX_STEPS - budgets[0].steps

    assert steps(f"[1, 2, 3].map(x => {called})") >= steps("[1, 2, 3].map(x => Number(1))") + 3


def test_a_text_that_normalization_multiplies_is_refused_before_it_is_made() -> None:
    """One character becomes eighteen: a million of them held the interpreter for five seconds."""
    with pytest.raises(ExpressionFailed) as raised:
        compile_template("{{ '\ufdfa'.repeat(1000000).normalize('NFKD').length }}").evaluate(Names())
    assert raised.value.code == "expression_limit"
