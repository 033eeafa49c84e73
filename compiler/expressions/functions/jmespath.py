"""JMESPath, as `$jmespath(data, text)` reads data. Source: jmespath.org, specification of 2015.

An expression becomes a function from a value to a value. Each look at a value is a step that is paid for, and each list
that is made pays for its length: what a text may ask for grows faster than the text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from compiler.expressions.errors import JsError
from compiler.expressions.functions.jmespath_functions import COMPARISONS, FUNCTIONS, Expression, Find, same
from compiler.expressions.limits import Budget
from core.json import NotStorable, loads
from core.values.kinds import is_list

MOST_CHARACTERS = 2000
MOST_DEPTH = 50
_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<raw>'(?:[^'\\]|\\.)*')|(?P<literal>`(?:[^`\\]|\\.)*`)"""
    r"""|(?P<number>-?\d{1,9})|(?P<mark>\[\?|\[\]|\|\||&&|==|!=|<=|>=|[.\[\](){}*@&!<>|,:])|(?P<end>$))""",
    re.ASCII | re.DOTALL,
)  # fmt: skip
_POWERS = {
    "|": 1, "||": 2, "&&": 3, "==": 5, "!=": 5, "<": 5, "<=": 5, ">": 5, ">=": 5, "[]": 9, "*": 20, "[?": 21, ".": 40,
    "[": 55, "(": 60,
}  # fmt: skip
STOP = 10  # what binds weaker than this ends a projection


class Token(NamedTuple):
    kind: str
    text: str


def found(text: str, value: Any, budget: Budget) -> Any:
    """Return what an expression finds in a value. Raises: JsError, ExpressionFailed."""
    budget.grow(len(text) * 64)
    return compiled(text)(value, budget)


@lru_cache(maxsize=128)
def compiled(text: str) -> Find:
    """Return what evaluates an expression. Raises: JsError."""
    if len(text) > MOST_CHARACTERS:
        raise JsError(f"the JMESPath is longer than {MOST_CHARACTERS} characters")
    return _Parser(text).whole()


def _paid(find: Find) -> Find:
    def run(value: Any, budget: Budget) -> Any:
        budget.spend()
        return find(value, budget)

    return run


class _Parser:
    """Reads an expression by the binding powers of what stands between its parts."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.at, self.depth = text, list[Token](), 0, 0
        position = 0
        while not self.tokens or self.tokens[-1].kind != "end":
            read = _TOKEN.match(text, position)
            if read is None or read.lastgroup is None:
                raise JsError(f"not a JMESPath: unexpected {text[position : position + 10]!r}")
            self.tokens.append(Token(read.lastgroup, read[read.lastgroup]))
            position = read.end()

    def whole(self) -> Find:
        find = self.expression(0)
        if self.now.kind != "end":
            raise self.unexpected()
        return find

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def advance(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def is_mark(self, *marks: str) -> bool:
        return self.now.kind == "mark" and self.now.text in marks

    def expect(self, mark: str) -> None:
        if not self.is_mark(mark):
            raise self.unexpected()
        self.at += 1

    def unexpected(self) -> JsError:
        return JsError(f"not a JMESPath: unexpected {self.now.text[:20] or 'end'!r}")

    def power(self) -> int:
        return _POWERS.get(self.now.text, 0) if self.now.kind == "mark" else 0

    def expression(self, power: int) -> Find:
        self.deeper()
        left = self.first()
        while power < self.power():
            left = self.behind(left)
        self.depth -= 1
        return left

    # -- what begins an expression ------------------------------------------------------------------------------------
    def first(self) -> Find:
        token = self.advance()
        if token.kind == "name":
            return self.call(token.text) if self.is_mark("(") else _field(token.text)
        if token.kind == "quoted":
            return _field(str(_json(token.text)))
        if token.kind == "raw":
            return _constant(token.text[1:-1].replace("\\'", "'"))
        if token.kind == "literal":
            return _constant(_json(token.text[1:-1].replace("\\`", "`")))
        if token.kind != "mark":
            raise JsError(f"not a JMESPath: unexpected {token.text[:20] or 'end'!r}")
        return self.first_mark(token.text)

    def first_mark(self, mark: str) -> Find:
        if mark == "@":
            return lambda value, budget: value
        if mark == "*":
            return _values(same, self.projected(20))
        if mark == "[]":
            return _projection(_flattened(same), self.projected(9))
        if mark == "[?":
            return self.filtered(same)
        if mark == "[":
            return self.bracket(same, is_first=True)
        if mark == "{":
            return self.many_by_name()
        if mark == "!":
            inner = self.expression(45)
            return _paid(lambda value, budget: not _true(inner(value, budget)))
        if mark == "(":
            inner = self.expression(0)
            self.expect(")")
            return inner
        self.at -= 1
        raise self.unexpected()

    # -- what stands behind one ------------------------------------------------------------------------------------
    def behind(self, left: Find) -> Find:
        mark = self.advance().text
        if mark == ".":
            if self.is_mark("*"):
                self.at += 1
                return _values(left, self.projected(20))
            return _then(left, self.member())
        if mark == "|":
            return _then(left, self.expression(1), keeps_null=True)
        if mark in ("||", "&&"):
            right = self.expression(_POWERS[mark])
            return _either(left, right) if mark == "||" else _both(left, right)
        if mark in COMPARISONS:
            right = self.expression(5)
            compare = COMPARISONS[mark]
            return _paid(lambda value, budget: compare(left(value, budget), right(value, budget), budget))
        if mark == "[]":
            return _projection(_flattened(left), self.projected(9))
        if mark == "[?":
            return self.filtered(left)
        if mark == "[":
            return self.bracket(left)
        self.at -= 1
        raise self.unexpected()

    def member(self) -> Find:
        """Parse what may stand behind a dot."""
        if self.now.kind in ("name", "quoted"):
            return self.expression(40)
        if self.is_mark("["):
            self.at += 1
            return self.many()
        if self.is_mark("{"):
            self.at += 1
            return self.many_by_name()
        raise self.unexpected()

    def projected(self, power: int) -> Find:
        """Parse what is done with each entry of a projection."""
        self.deeper()
        find = self.projected_part(power)
        self.depth -= 1
        return find

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise JsError(f"the JMESPath is nested deeper than {MOST_DEPTH}")

    def projected_part(self, power: int) -> Find:
        if self.power() < STOP or self.now.kind == "end":
            return same
        if self.is_mark("["):
            return self.expression_behind(power)
        if self.is_mark("[?"):
            return self.expression_behind(power)
        if self.is_mark("."):
            self.at += 1
            if self.is_mark("*"):
                return self.expression(power)
            left = self.member()
            while power < self.power():
                left = self.behind(left)
            return left
        raise self.unexpected()

    def expression_behind(self, power: int) -> Find:
        left: Find = same
        while power < self.power():
            left = self.behind(left)
        return left

    def filtered(self, left: Find) -> Find:
        test = self.expression(0)
        self.expect("]")
        right = self.projected(21)

        def run(value: Any, budget: Budget) -> Any:
            source = whole = left(value, budget)
            if not isinstance(source, list):
                return None
            budget.spend(len(whole) // 8)
            kept = [entry for entry in whole if _true(test(entry, budget))]
            return _each(kept, right, budget)

        return _paid(run)

    def bracket(self, left: Find, *, is_first: bool = False) -> Find:
        if self.is_mark("*") and self.tokens[self.at + 1] == Token("mark", "]"):
            self.at += 2
            return _projection(left, self.projected(20))
        if self.now.kind == "number" or self.is_mark(":"):
            return self.index_or_slice(left)
        if not is_first:
            raise self.unexpected()
        return self.many()

    def index_or_slice(self, left: Find) -> Find:
        parts: list[int | None] = [None]
        while not self.is_mark("]"):
            if self.is_mark(":"):
                self.at += 1
                parts.append(None)
            elif self.now.kind == "number" and parts[-1] is None:
                parts[-1] = int(self.advance().text)
            else:
                raise self.unexpected()
        self.at += 1
        if len(parts) == 1:
            return _then(left, _entry(parts[0] or 0))
        if len(parts) > 3 or (parts[-1] == 0 and len(parts) == 3):
            raise JsError("not a JMESPath: a slice that cannot be taken")
        cut = slice(*parts)
        taken = _then(left, _paid(lambda value, budget: value[cut] if is_list(value) else None))
        return _projection(taken, self.projected(20))

    def many(self) -> Find:
        parts = self.listed("]")

        def run(value: Any, budget: Budget) -> Any:
            return None if value is None else [part(value, budget) for part in parts]

        return _paid(run)

    def many_by_name(self) -> Find:
        named: dict[str, Find] = {}
        while True:
            token = self.advance()
            if token.kind not in ("name", "quoted"):
                self.at -= 1
                raise self.unexpected()
            self.expect(":")
            named[token.text if token.kind == "name" else str(_json(token.text))] = self.expression(0)
            if self.is_mark("}"):
                break
            self.expect(",")
        self.at += 1

        def run(value: Any, budget: Budget) -> Any:
            return None if value is None else {name: find(value, budget) for name, find in named.items()}

        return _paid(run)

    def listed(self, end: str) -> list[Find]:
        parts: list[Find] = []
        while not self.is_mark(end):
            parts.append(self.expression(0))
            if not self.is_mark(end):
                self.expect(",")
        self.at += 1
        if not parts:
            raise JsError("not a JMESPath: an empty list")
        return parts

    def call(self, name: str) -> Find:
        self.expect("(")
        function = FUNCTIONS.get(name)
        if function is None:
            raise JsError(f"not a JMESPath: there is no function {name[:40]}()")
        given: list[Find | Expression] = []
        while not self.is_mark(")"):
            if self.is_mark("&"):
                self.at += 1
                given.append(Expression(self.expression(0)))
            else:
                given.append(self.expression(0))
            if not self.is_mark(")"):
                self.expect(",")
        self.at += 1

        def run(value: Any, budget: Budget) -> Any:
            arguments = [one if isinstance(one, Expression) else one(value, budget) for one in given]
            budget.touch(*arguments)
            try:
                return function(budget, *arguments)
            except (TypeError, AttributeError, ValueError) as exc:
                raise JsError(f"{name}() of JMESPath cannot be used on what it was given") from exc

        return _paid(run)


def _constant(value: Any) -> Find:
    return lambda given, budget: value


def _json(text: str) -> Any:
    try:
        return loads(text)
    except NotStorable:
        return text.strip()  # as earlier versions of the language have it


def _field(name: str) -> Find:
    def run(value: Any, budget: Budget) -> Any:
        whole: Any = value
        return whole.get(name) if isinstance(value, dict) else None

    return _paid(run)


def _entry(at: int) -> Find:
    def run(value: Any, budget: Budget) -> Any:
        whole: Any = value
        return whole[at] if isinstance(value, list) and -len(whole) <= at < len(whole) else None

    return run


def _then(left: Find, right: Find, *, keeps_null: bool = False) -> Find:
    def run(value: Any, budget: Budget) -> Any:
        between = left(value, budget)
        return None if between is None and not keeps_null else right(between, budget)

    return _paid(run)


def _each(entries: list[Any], right: Find, budget: Budget) -> list[Any]:
    budget.spend(1 + len(entries) // 8)
    return [made for made in (right(entry, budget) for entry in entries) if made is not None]


def _projection(left: Find, right: Find) -> Find:
    def run(value: Any, budget: Budget) -> Any:
        source = whole = left(value, budget)
        return _each(whole, right, budget) if isinstance(source, list) else None

    return _paid(run)


def _values(left: Find, right: Find) -> Find:
    def run(value: Any, budget: Budget) -> Any:
        source = whole = left(value, budget)
        return _each(list(whole.values()), right, budget) if isinstance(source, dict) else None

    return _paid(run)


def _flattened(left: Find) -> Find:
    def run(value: Any, budget: Budget) -> Any:
        source = left(value, budget)
        if not is_list(source):
            return None
        budget.grow(sum(len(entry) if is_list(entry) else 1 for entry in source))
        return [inner for entry in source for inner in (entry if is_list(entry) else [entry])]

    return _paid(run)


def _true(value: Any) -> bool:
    return value is True or (value not in (None, False, "", [], {}) and value is not False)


def _either(left: Find, right: Find) -> Find:
    def run(value: Any, budget: Budget) -> Any:
        made = left(value, budget)
        return made if _true(made) else right(value, budget)

    return _paid(run)


def _both(left: Find, right: Find) -> Find:
    def run(value: Any, budget: Budget) -> Any:
        made = left(value, budget)
        return right(value, budget) if _true(made) else made

    return _paid(run)
