"""Regular expressions that look ahead or behind, in linear time: by states, never by going back.

What an assertion holds is worked out once for each position of a text, for inner ones first; then the pattern runs over
the text with all its states side by side. A step is one state at one position: the caller pays for them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from compiler.expressions.errors import JsError

MOST_INSTRUCTIONS = 2000
MOST_BUILT = 20_000  # parts and repetitions that are looked at, also those that come to no instruction
SLOWER = 60  # times than the engine for patterns without assertions
LOOK_EACH = 64  # positions
Test = Callable[[str], bool]


@cache
def _parser() -> Any:
    return importlib.import_module("re._parser")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One state: `char` reads a character, `split` goes on at several places in their order, `save` notes a position,
    `hold` asks for an assertion by its number, `at` for a border, `match` is the end."""

    kind: str
    test: Test | None = None
    targets: tuple[int, ...] = ()
    number: int = 0
    place: str = ""


@dataclass(slots=True)
class Assertion:
    program: list[Instruction]
    is_negative: bool
    is_behind: bool


@dataclass(slots=True)
class Found:
    """A match, as the other engine gives one."""

    text: str
    saves: tuple[int, ...]
    names: dict[str, int]

    def start(self, group: int = 0) -> int:
        return self.saves[2 * group]

    def end(self, group: int = 0) -> int:
        return self.saves[2 * group + 1]

    def span(self, group: int = 0) -> tuple[int, int]:
        return self.start(group), self.end(group)

    def group(self, group: int | str = 0) -> str | None:
        number = self.names[group] if isinstance(group, str) else group
        begin, end = self.span(number)
        return None if begin < 0 or end < 0 else self.text[begin:end]

    def groups(self) -> tuple[str | None, ...]:
        return tuple(self.group(number) for number in range(1, len(self.saves) // 2))

    def groupdict(self) -> dict[str, str | None]:
        return {name: self.group(number) for name, number in self.names.items()}


class LookPattern:
    """A pattern with assertions. Raises: JsError for one that cannot be read, or is too large."""

    def __init__(self, source: str, flags: str) -> None:
        try:
            tree = _parser().parse(source)
        except Exception as exc:  # noqa: BLE001 (of a parser that raises several kinds)
            raise JsError(f"not a regular expression: {str(exc)[:100]}") from None
        builder = _Builder(flags)
        self.program = builder.whole(tree)
        self.assertions = builder.assertions
        self.names: dict[str, int] = dict(tree.state.groupdict)
        self.groups: int = 2 * tree.state.groups  # places of groups; behind them, where each assertion was asked
        self.slots = self.groups + len(self.assertions)
        self.programsize = SLOWER * (len(self.program) + sum(len(one.program) for one in self.assertions))

    def search(self, text: str, look: Callable[[], None] = lambda: None) -> Found | None:
        return next(self.finditer(text, look), None)

    def finditer(self, text: str, look: Callable[[], None] = lambda: None) -> Iterator[Found]:
        """Yield all matches; `look` is called now and then, and may raise."""
        run = _Run(self, text, look)
        position = 0
        while position <= len(text):
            saves = run.first_from(self.program, position)
            if saves is None:
                return
            saves = run.with_groups_ahead(saves)
            yield Found(text, saves[: self.groups], self.names)
            position = saves[1] if saves[1] > saves[0] else saves[1] + 1


@dataclass(slots=True)
class _Run:
    """One pattern on one text: what its assertions hold, by position."""

    pattern: LookPattern
    text: str
    look: Callable[[], None]
    holds: list[list[bool]] = field(default_factory=list[list[bool]])

    def __post_init__(self) -> None:
        for one in self.pattern.assertions:  # inner ones come first
            found = self._behind(one.program) if one.is_behind else self._ahead(one.program)
            self.holds.append([not value for value in found] if one.is_negative else found)

    def _passes(self, instruction: Instruction, position: int) -> bool:
        if instruction.kind == "hold":
            return self.holds[instruction.number][position]
        return _is_border(instruction.place, self.text, position)

    def _ahead(self, program: Sequence[Instruction]) -> list[bool]:
        """Return where the program matches what begins there: from the end of the text back."""
        made = [False] * (len(self.text) + 1)
        after: set[int] = set()  # states from which the end is reached, at the next position
        for position in range(len(self.text), -1, -1):
            if position % LOOK_EACH == 0:
                self.look()
            char = self.text[position] if position < len(self.text) else None
            good = {
                number
                for number, one in enumerate(program)
                if one.kind == "match"
                or (char is not None and number + 1 in after and one.test is not None and one.test(char))
            }
            self._spread(program, good, position)
            made[position] = 0 in good
            after = good
        return made

    def _spread(self, program: Sequence[Instruction], good: set[int], position: int) -> None:
        """Add the states that lead to good ones without reading a character."""
        sources: dict[int, list[int]] = {}
        for number, one in enumerate(program):
            if (
                one.kind == "split"
                or (one.kind == "save")
                or (one.kind in ("hold", "at") and self._passes(one, position))
            ):
                for target in one.targets or (number + 1,):
                    sources.setdefault(target, []).append(number)
        waiting = list(good)
        while waiting:
            for number in sources.get(waiting.pop(), ()):
                if number not in good:
                    good.add(number)
                    waiting.append(number)

    def _behind(self, program: Sequence[Instruction]) -> list[bool]:
        """Return where the program matches what ends there: with a new beginning at each position."""
        made: list[bool] = []
        states: set[int] = set()
        for position in range(len(self.text) + 1):
            if position % LOOK_EACH == 0:
                self.look()
            threads = _Threads(self, program, position)
            for state in (*sorted(states), 0):
                threads.add(state, ())
            made.append(any(program[state].kind == "match" for state, _ in threads.list))
            if position < len(self.text):
                char = self.text[position]
                states = {state + 1 for state, _ in threads.list if (test := program[state].test) and test(char)}
        return made

    def with_groups_ahead(self, saves: tuple[int, ...]) -> tuple[int, ...]:
        """Return the places of a match with those of groups in what it looked ahead at."""
        made = list(saves)
        for number in range(len(self.pattern.assertions) - 1, -1, -1):  # outer ones first
            one, asked_at = self.pattern.assertions[number], made[self.pattern.groups + number]
            if asked_at < 0 or one.is_negative or one.is_behind:
                continue
            found = self.first_from(one.program, asked_at, is_anchored=True) or ()
            for place, position in enumerate(found):
                if position >= 0:
                    made[place] = position
        return tuple(made)

    def first_from(
        self, program: Sequence[Instruction], start: int, *, is_anchored: bool = False
    ) -> tuple[int, ...] | None:
        """Return the places of the first match and its groups, as one that goes back would find it."""
        text = self.text
        empty = (-1,) * self.pattern.slots
        found: tuple[int, ...] | None = None
        threads: list[tuple[int, tuple[int, ...]]] = []
        for position in range(start, len(text) + 1):
            if position % LOOK_EACH == 0:
                self.look()
            now = _Threads(self, program, position)
            for state, saves in threads:
                now.add(state, saves)
            if found is None and (position == start or not is_anchored):
                now.add(0, empty)
            threads = []
            char = text[position] if position < len(text) else None
            for state, saves in now.list:
                one = program[state]
                if one.kind == "match":
                    found = saves
                    break  # what comes later is less wanted
                if char is not None and one.test is not None and one.test(char):
                    threads.append((state + 1, saves))
            if not threads and (found is not None or is_anchored):
                return found
        return found


class _Threads:
    """The states at one position, in the order in which they are wanted."""

    def __init__(self, run: _Run, program: Sequence[Instruction], position: int) -> None:
        self._run, self._program, self._position = run, program, position
        self._seen: set[int] = set()
        self.list: list[tuple[int, tuple[int, ...]]] = []

    def add(self, state: int, saves: tuple[int, ...]) -> None:
        waiting = [(state, saves)]
        while waiting:
            number, kept = waiting.pop()
            if number in self._seen:
                continue
            self._seen.add(number)
            one = self._program[number]
            if one.kind == "split":
                waiting.extend((target, kept) for target in reversed(one.targets))
            elif one.kind == "save":
                at = one.number
                waiting.append((number + 1, (*kept[:at], self._position, *kept[at + 1 :]) if kept else kept))
            elif one.kind in ("hold", "at"):
                if self._run._passes(one, self._position):  # pyright: ignore[reportPrivateUsage] (of this module)
                    if one.kind == "hold" and kept:
                        at = self._run.pattern.groups + one.number
                        kept = (*kept[:at], self._position, *kept[at + 1 :])
                    waiting.append((number + 1, kept))
            else:
                self.list.append((number, kept))


def _is_border(place: str, text: str, position: int) -> bool:
    before = text[position - 1] if position else None
    after = text[position] if position < len(text) else None
    if place in ("begin", "line_begin"):
        return before is None or (place == "line_begin" and before in "\n\r\u2028\u2029")
    if place in ("end", "line_end"):
        return after is None or (place == "line_end" and after in "\n\r\u2028\u2029")
    is_word = (before is not None and _is_word(before)) != (after is not None and _is_word(after))
    return is_word == (place == "word")


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")


_CATEGORIES: dict[str, Test] = {
    "CATEGORY_DIGIT": lambda char: "0" <= char <= "9",
    "CATEGORY_SPACE": lambda char: char.isspace() or char == "\ufeff",
    "CATEGORY_WORD": _is_word,
}


def _category(name: str) -> Test:
    plain = _CATEGORIES.get(name.replace("_NOT_", "_"))
    if plain is None:
        raise JsError("not a regular expression that can be used")
    return (lambda char: not plain(char)) if "_NOT_" in name else plain


class _Builder:
    """Turns a parsed pattern into instructions."""

    def __init__(self, flags: str) -> None:
        self.ignores_case = "i" in flags
        self.has_lines = "m" in flags
        self.dot_is_all = "s" in flags
        self.assertions: list[Assertion] = []
        self.left = MOST_INSTRUCTIONS
        self.to_build = MOST_BUILT

    def whole(self, tree: Any) -> list[Instruction]:
        program = [Instruction("save", number=0)]
        self.emit(program, tree)
        program += [Instruction("save", number=1), Instruction("match")]
        return program

    def put(self, program: list[Instruction], *more: Instruction) -> None:
        self.left -= len(more)
        if self.left < 0:
            raise JsError("the regular expression is too large")
        program.extend(more)

    def count(self, parts: int) -> None:
        """Pay for parts of the pattern: some that are repeated come to nothing at all."""
        self.to_build -= parts
        if self.to_build < 0:
            raise JsError("the regular expression is too large")

    def emit(self, program: list[Instruction], tree: Any) -> None:
        self.count(1)
        for operator, argument in tree:
            self.one(program, str(operator), argument)

    def one(self, program: list[Instruction], name: str, argument: Any) -> None:
        self.count(len(argument) if name == "IN" else 1)
        if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            self.put(program, Instruction("char", self.test(name, argument)))
        elif name == "AT":
            self.put(program, Instruction("at", place=self.place(str(argument))))
        elif name == "SUBPATTERN":
            self.group(program, argument[0], argument[-1])
        elif name == "BRANCH":
            self.branch(program, argument[1])
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            self.repeat(program, *argument, is_greedy=name == "MAX_REPEAT")
        elif name in ("ASSERT", "ASSERT_NOT"):
            inner: list[Instruction] = []
            self.emit(inner, argument[1])
            self.put(inner, Instruction("match"))
            self.assertions.append(Assertion(inner, name == "ASSERT_NOT", argument[0] < 0))
            self.put(program, Instruction("hold", number=len(self.assertions) - 1))
        else:
            raise JsError("back-references in regular expressions are not supported")

    def group(self, program: list[Instruction], number: int | None, tree: Any) -> None:
        if number is None:
            self.emit(program, tree)
            return
        self.put(program, Instruction("save", number=2 * number))
        self.emit(program, tree)
        self.put(program, Instruction("save", number=2 * number + 1))

    def branch(self, program: list[Instruction], ways: Sequence[Any]) -> None:
        split_at = len(program)
        self.put(program, Instruction("split"))
        begins: list[int] = []
        ends: list[int] = []
        for way in ways:
            begins.append(len(program))
            self.emit(program, way)
            ends.append(len(program))
            self.put(program, Instruction("split"))
        program[split_at] = Instruction("split", targets=tuple(begins))
        for end in ends:
            program[end] = Instruction("split", targets=(len(program),))

    def repeat(self, program: list[Instruction], least: int, most: int, tree: Any, *, is_greedy: bool) -> None:
        for _ in range(least):
            self.emit(program, tree)
        if str(most) == "MAXREPEAT":
            at = len(program)
            self.put(program, Instruction("split"))
            self.emit(program, tree)
            self.put(program, Instruction("split", targets=(at,)))
            self.choose(program, at, is_greedy=is_greedy)
            return
        begun: list[int] = []
        for _ in range(most - least):
            begun.append(len(program))
            self.put(program, Instruction("split"))
            self.emit(program, tree)
        for at in begun:
            self.choose(program, at, is_greedy=is_greedy)

    def choose(self, program: list[Instruction], at: int, *, is_greedy: bool) -> None:
        ways = (at + 1, len(program))
        program[at] = Instruction("split", targets=ways if is_greedy else ways[::-1])

    def place(self, name: str) -> str:
        known = {
            "AT_BEGINNING": "line_begin" if self.has_lines else "begin",
            "AT_END": "line_end" if self.has_lines else "end",
            "AT_BOUNDARY": "word", "AT_NON_BOUNDARY": "no_word",
        }.get(name)  # fmt: skip
        if known is None:
            raise JsError("not a regular expression that can be used")
        return known

    def test(self, name: str, argument: Any) -> Test:
        if name == "ANY":
            return (lambda char: True) if self.dot_is_all else (lambda char: char not in "\n\r\u2028\u2029")
        if name == "IN":
            return self.any_of(argument)
        wanted = chr(argument)
        if self.ignores_case:
            folded = wanted.lower()
            same: Test = lambda char: char.lower() == folded  # noqa: E731 (one of several tests)
        else:
            same = lambda char: char == wanted  # noqa: E731 (as above)
        return same if name == "LITERAL" else (lambda char: not same(char))

    def any_of(self, entries: Sequence[Any]) -> Test:
        tests: list[Test] = []
        is_negative = False
        for operator, argument in entries:
            name = str(operator)
            if name == "NEGATE":
                is_negative = True
            elif name == "RANGE":
                tests.append(self.range_test(*argument))
            elif name == "CATEGORY":
                tests.append(_category(str(argument)))
            else:
                tests.append(self.test(name, argument))
        return lambda char: any(test(char) for test in tests) != is_negative

    def range_test(self, first: int, last: int) -> Test:
        begin, end = chr(first), chr(last)
        if not self.ignores_case:
            return lambda char: begin <= char <= end
        return lambda char: begin <= char <= end or begin <= char.lower() <= end or begin <= char.upper() <= end
