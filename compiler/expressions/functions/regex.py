"""Regular expressions on linear-time engines: no back-reference."""

from __future__ import annotations

import re as _syntax
from collections.abc import Iterator
from typing import Any

import re2

from compiler.expressions.errors import ExpressionSyntaxError, JsError
from compiler.expressions.functions.lookaround import LookPattern
from compiler.expressions.limits import TOUCHED_FREE, Budget
from compiler.expressions.values import UNDEFINED, Function, HostObject, length_in_units, text_of
from compiler.known import Known

A_PATTERN, AN_INSTRUCTION = 64 * 1024, 600  # bytes, with what a search adds: ten characters may come to megabytes
PATTERNS: Known[tuple[str, str], Any] = Known(32 * 1024 * 1024)
_LOOKS = _syntax.compile(r"\(\?<?[=!]")
_UNICODE_X = _syntax.compile(r"\\x\{([0-9a-fA-F]+)\}")
_UNICODE = _syntax.compile(r"\\u\{([0-9a-fA-F]+)\}|\\u([0-9a-fA-F]{4})")
_NAMED = _syntax.compile(r"\(\?<([A-Za-z_]\w*)>")


class Match(list[Any]):
    """The groups of a match; `index` and `groups` are members of it, and no entries."""

    def __init__(self, found: Any) -> None:
        super().__init__([found.group(0), *(UNDEFINED if group is None else group for group in found.groups())])
        names = found.groupdict()
        self.members: dict[str, Any] = {
            "index": length_in_units(
                found.string[: found.start()] if hasattr(found, "string") else found.text[: found.start()]
            ),
            "groups": {name: UNDEFINED if one is None else one for name, one in names.items()} if names else UNDEFINED,
        }


class RegexValue(HostObject):
    """A pattern as its text: a literal in a tree does not hold the program, which may take megabytes."""

    __slots__ = ("flags", "source")

    def __init__(self, source: str, flags: str) -> None:
        self.source = source
        self.flags = flags
        _compiled(source, flags)  # whatever is wrong with it is said at once

    @property
    def pattern(self) -> Any:
        return _compiled(self.source, self.flags)

    @property
    def is_global(self) -> bool:
        return "g" in self.flags

    def member_for(self, key: str, budget: Budget) -> Any:
        if key == "test":
            return Function(lambda arguments: self.search(_text(arguments), budget) is not None)
        if key == "exec":
            return Function(lambda arguments: self.first(_text(arguments), budget))
        return self.member(key)

    def member(self, key: str) -> Any:
        if key in ("source", "flags"):
            return getattr(self, key)
        return self.is_global if key == "global" else UNDEFINED

    def to_text(self) -> str:
        return f"/{self.source}/{self.flags}"

    def first(self, text: str, budget: Budget) -> Any:
        """Return the groups of the first match as a list, or None."""
        found = self.search(text, budget)
        return None if found is None else groups_of(found)

    def search(self, text: str, budget: Budget) -> Any:
        """Return the first match, or None."""
        budget.search(len(text) * self.pattern.programsize)
        pattern = self.pattern
        found = pattern.search(text, budget.look) if isinstance(pattern, LookPattern) else pattern.search(text)
        if len(text) > TOUCHED_FREE:
            budget.look()
        return found

    def matches(self, text: str, budget: Budget) -> Iterator[Any]:
        """Yield all matches. Each is a step, and in a long text each may take long."""
        budget.search(len(text) * self.pattern.programsize)
        pattern = self.pattern
        if isinstance(pattern, LookPattern):
            for found in pattern.finditer(text, budget.look):
                budget.search(len(text) * pattern.programsize)  # each begins anew
                yield found
            return
        for found in pattern.finditer(text):
            budget.spend()
            if len(text) > TOUCHED_FREE:
                budget.look()
            yield found


def _text(arguments: list[Any]) -> str:
    return text_of(arguments[0] if arguments else UNDEFINED)


def groups_of(found: Any) -> Match:
    """Return a match as JavaScript has it: a list of groups, with the named ones and its place beside."""
    return Match(found)


def regex_value(source: str, flags: str, position: int) -> RegexValue:
    """Return a literal's value. Raises: ExpressionSyntaxError."""
    try:
        return RegexValue(source, flags)
    except JsError as exc:
        raise ExpressionSyntaxError(str(exc), position) from None


def _compiled(source: str, flags: str) -> Any:
    known = PATTERNS.get((source, flags))
    if known is None:
        known = _made(source, flags)
        PATTERNS.put((source, flags), known, A_PATTERN + AN_INSTRUCTION * known.programsize)
    return known


def _made(source: str, flags: str) -> Any:
    if set(flags) - set("gimsuyd"):
        raise JsError("unknown flag of a regular expression")
    if _syntax.search(r"\\[1-9]|\\k<", source.replace("\\\\", "")):
        raise JsError("back-references in regular expressions are not supported")
    text = _UNICODE.sub(lambda found: f"\\x{{{found.group(1) or found.group(2)}}}", source)
    text = _NAMED.sub(r"(?P<\1>", text).replace("\\/", "/").replace("\\-", "-" if "[" not in text else "\\-")
    text = text.replace("[^]", "(?s:.)").replace("\\cJ", "\\n")
    if _LOOKS.search(source):
        return LookPattern(_UNICODE_X.sub(lambda found: f"\\U{int(found[1], 16):08x}", text), flags)
    marks = "".join(flag for flag in "ims" if flag in flags)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 4 << 20
    try:
        return re2.compile(f"(?{marks}){text}" if marks else text, options)
    except re2.error as exc:
        raise JsError(f"not a regular expression: {exc.args[0] if exc.args else source}") from None


def expand(replacement: str, found: Any) -> str:
    """Fill `$1`, `$&`, `$<name>` of a replacement text."""

    def fill(mark: _syntax.Match[str]) -> str:
        text = mark.group(1)
        if text == "$":
            return "$"
        if text == "&":
            return str(found.group(0))
        if text.startswith("<"):
            names = found.groupdict()
            return str(names.get(text[1:-1]) or "")
        number = int(text)
        return str(found.group(number) or "") if number <= len(found.groups()) else mark.group(0)

    return _syntax.sub(r"\$(\$|&|\d{1,2}|<\w+>)", fill, replacement)
