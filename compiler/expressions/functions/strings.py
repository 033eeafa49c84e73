"""Methods of text that JavaScript has; n8n's own are in `string_extensions`."""

from __future__ import annotations

import unicodedata
from typing import Any

from compiler.expressions.errors import JsError
from compiler.expressions.functions.regex import RegexValue, expand, groups_of
from compiler.expressions.functions.string_extensions import add_extensions
from compiler.expressions.functions.table import Method, Methods, argument
from compiler.expressions.limits import MAX_RESULT, TOUCHED_FREE, Budget
from compiler.expressions.scope import Scope
from compiler.expressions.values import (
    UNDEFINED,
    Function,
    index_of,
    is_nullish,
    joined,
    length_in_units,
    text_of,
    units,
)
from core.values.characters import Form, decomposed_size, normalized

STRING_METHODS = Methods()
FORMS: dict[str, Form] = {"NFC": "NFC", "NFD": "NFD", "NFKC": "NFKC", "NFKD": "NFKD"}
FOLDING_COST = 30  # what a character costs that is compared as people do, in instructions of a pattern
add_extensions(STRING_METHODS)


@STRING_METHODS.native("toString", "valueOf")
def to_string(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return value


def _in_tag(tag: str, attribute: str = "") -> Method:
    """Return what puts a text into an HTML element. Source: ECMA-262, annex B.2.2."""

    def run(scope: Scope, value: str, arguments: list[Any]) -> Any:
        given = text_of(argument(arguments, 0)).replace('"', "&quot;") if attribute else ""
        scope.budget.grow(len(value) + len(given))
        return f"<{tag}{f' {attribute}={chr(34)}{given}{chr(34)}' if attribute else ''}>{value}</{tag}>"

    return run


for _name, _tag, _attribute in (
    ("anchor", "a", "name"), ("big", "big", ""), ("blink", "blink", ""), ("bold", "b", ""), ("fixed", "tt", ""),
    ("fontcolor", "font", "color"), ("fontsize", "font", "size"), ("italics", "i", ""), ("link", "a", "href"),
    ("small", "small", ""), ("strike", "strike", ""), ("sub", "sub", ""), ("sup", "sup", ""),
):  # fmt: skip
    STRING_METHODS[_name] = _in_tag(_tag, _attribute)


@STRING_METHODS.native("toUpperCase", "toLocaleUpperCase")
def upper(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return value.upper()


@STRING_METHODS.native("toLowerCase", "toLocaleLowerCase")
def lower(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return value.lower()


@STRING_METHODS.native("trim")
def trim(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return value.strip(" \t\n\r\v\f\u00a0\ufeff\u2028\u2029")


@STRING_METHODS.native("trimStart", "trimLeft")
def trim_start(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return value.lstrip()


@STRING_METHODS.native("trimEnd", "trimRight")
def trim_end(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return value.rstrip()


def between(text: str, start: int, end: int) -> str:
    return joined(units(text)[start:end])


@STRING_METHODS.native("slice")
def slice_(scope: Scope, value: str, arguments: list[Any]) -> Any:
    size = length_in_units(value)
    start, end = index_of(argument(arguments, 0)), index_of(argument(arguments, 1), size)
    start, end = (max(at + size, 0) if at < 0 else at for at in (start, end))
    return between(value, start, max(end, start))


@STRING_METHODS.native("substring")
def substring(scope: Scope, value: str, arguments: list[Any]) -> Any:
    size = length_in_units(value)
    start, end = sorted(
        max(0, min(at, size)) for at in (index_of(argument(arguments, 0)), index_of(argument(arguments, 1), size))
    )
    return between(value, start, end)


@STRING_METHODS.native("substr")
def substr(scope: Scope, value: str, arguments: list[Any]) -> Any:
    size = length_in_units(value)
    start = index_of(argument(arguments, 0))
    start = max(start + size, 0) if start < 0 else start
    return between(value, start, start + max(index_of(argument(arguments, 1), size), 0))


@STRING_METHODS.native("charAt")
def char_at(scope: Scope, value: str, arguments: list[Any]) -> Any:
    at = index_of(argument(arguments, 0))
    return between(value, at, at + 1) if at >= 0 else ""


@STRING_METHODS.native("at")
def at_(scope: Scope, value: str, arguments: list[Any]) -> Any:
    at, text = index_of(argument(arguments, 0)), units(value)
    at = at + len(text) if at < 0 else at
    return joined(text[at]) if 0 <= at < len(text) else UNDEFINED


@STRING_METHODS.native("charCodeAt")
def char_code_at(scope: Scope, value: str, arguments: list[Any]) -> Any:
    at, text = index_of(argument(arguments, 0)), units(value)
    return ord(text[at]) if 0 <= at < len(text) else float("nan")


@STRING_METHODS.native("codePointAt")
def code_point_at(scope: Scope, value: str, arguments: list[Any]) -> Any:
    at, text = index_of(argument(arguments, 0)), units(value)
    return ord(joined(text[at : at + 2])[0]) if 0 <= at < len(text) else UNDEFINED


def _plain(arguments: list[Any]) -> str:
    if arguments and isinstance(arguments[0], RegexValue):
        raise JsError("the argument must not be a regular expression")
    return text_of(argument(arguments, 0))


@STRING_METHODS.native("includes")
def includes(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return _plain(arguments) in value[max(index_of(argument(arguments, 1)), 0) :]


@STRING_METHODS.native("startsWith")
def starts_with(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return value.startswith(_plain(arguments), max(index_of(argument(arguments, 1)), 0))


@STRING_METHODS.native("endsWith")
def ends_with(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return value[: max(index_of(argument(arguments, 1), len(value)), 0)].endswith(_plain(arguments))


@STRING_METHODS.native("indexOf")
def index(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return units(value).find(units(_plain(arguments)), max(index_of(argument(arguments, 1)), 0))


@STRING_METHODS.native("lastIndexOf")
def last_index(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return units(value).rfind(units(_plain(arguments)))


@STRING_METHODS.native("search")
def search(scope: Scope, value: str, arguments: list[Any]) -> Any:
    found = _regex(argument(arguments, 0)).search(value, scope.budget)
    return -1 if found is None else found.start()


@STRING_METHODS.native("repeat")
def repeat(scope: Scope, value: str, arguments: list[Any]) -> Any:
    times = index_of(argument(arguments, 0))
    if times < 0:
        raise JsError(f"Invalid count value: {times}")
    scope.budget.grow(len(value) * times)
    return value * times if value else ""


def _padding(scope: Scope, value: str, arguments: list[Any]) -> str:
    size, fill = index_of(argument(arguments, 0)), text_of(argument(arguments, 1, " "))
    missing = size - length_in_units(value)
    if missing <= 0 or not fill:
        return ""
    scope.budget.grow(size)
    return (fill * (missing // len(fill) + 1))[:missing]


@STRING_METHODS.native("padStart")
def pad_start(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return _padding(scope, value, arguments) + value


@STRING_METHODS.native("padEnd")
def pad_end(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return value + _padding(scope, value, arguments)


@STRING_METHODS.native("concat")
def concat(scope: Scope, value: str, arguments: list[Any]) -> Any:
    text = value + "".join(text_of(entry, scope.budget.spend) for entry in arguments)
    scope.budget.grow(len(text))
    return text


@STRING_METHODS.native("split")
def split(scope: Scope, value: str, arguments: list[Any]) -> Any:
    separator, limit = argument(arguments, 0), index_of(argument(arguments, 1), MAX_RESULT)
    if separator is UNDEFINED:
        return [value][:limit]
    if isinstance(separator, RegexValue):
        parts = _split_by(separator, value, scope.budget)
    else:
        mark = text_of(separator)
        parts = value.split(mark) if mark else [joined(unit) for unit in units(value)]
    scope.budget.spend(len(parts) // 8)
    return parts[:limit]


def _split_by(separator: RegexValue, value: str, budget: Budget) -> list[Any]:
    parts: list[Any] = []
    begin = 0
    for found in separator.matches(value, budget):
        if found.end() == found.start() and (found.start() in (begin, len(value)) and found.start() in (0, len(value))):
            continue
        parts.append(value[begin : found.start()])
        parts.extend(UNDEFINED if group is None else group for group in found.groups())
        begin = found.end()
    return [*parts, value[begin:]]


def _regex(pattern: Any, flags: str = "") -> RegexValue:
    return (
        pattern
        if isinstance(pattern, RegexValue)
        else RegexValue("" if pattern is UNDEFINED else text_of(pattern), flags)
    )


@STRING_METHODS.native("match")
def match(scope: Scope, value: str, arguments: list[Any]) -> Any:
    regex = _regex(argument(arguments, 0))
    if not regex.is_global:
        return regex.first(value, scope.budget)
    return [entry.group(0) for entry in regex.matches(value, scope.budget)] or None


@STRING_METHODS.native("matchAll")
def match_all(scope: Scope, value: str, arguments: list[Any]) -> Any:
    regex = _regex(argument(arguments, 0), "g")
    return [groups_of(entry) for entry in regex.matches(value, scope.budget)]


def _replaced(scope: Scope, value: str, arguments: list[Any], *, every: bool) -> str:
    pattern, replacement = argument(arguments, 0), argument(arguments, 1)
    if isinstance(pattern, RegexValue):
        every_one = pattern.matches(value, scope.budget)
        found = list(every_one) if pattern.is_global else [pattern.search(value, scope.budget)]
        spots = [(entry.start(), entry.end(), entry) for entry in found if entry is not None]
    else:
        mark = text_of(pattern)
        spots = _spots(value, mark, scope.budget, every=every)
    pieces, begin = list[str](), 0
    for start, end, entry in spots:
        if isinstance(replacement, Function):
            groups = groups_of(entry) if entry is not None else [value[start:end]]
            new = text_of(replacement.call([*groups, start, value]))
        else:
            new = text_of(replacement)
            new = expand(new, entry) if entry is not None else new.replace("$$", "$").replace("$&", value[start:end])
        pieces.extend((value[begin:start], new))
        begin = end
        scope.budget.grow(len(new))
    text = "".join((*pieces, value[begin:]))
    scope.budget.grow(len(text))
    return text


def _spots(value: str, mark: str, budget: Budget, *, every: bool) -> list[tuple[int, int, Any]]:
    spots: list[tuple[int, int, Any]] = []
    at = value.find(mark)
    while at >= 0:
        budget.spend()
        spots.append((at, at + len(mark), None))
        if not every or at >= len(value):
            break
        at = value.find(mark, at + max(len(mark), 1))
    return spots


@STRING_METHODS.native("replace")
def replace(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return _replaced(scope, value, arguments, every=False)


@STRING_METHODS.native("replaceAll")
def replace_all(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return _replaced(scope, value, arguments, every=True)


@STRING_METHODS.native("normalize")
def normalize(scope: Scope, value: str, arguments: list[Any]) -> Any:
    form = text_of(argument(arguments, 0, "NFC"))
    known = FORMS.get(form)
    if known is None:
        raise JsError("The normalization form should be one of NFC, NFD, NFKC, NFKD.")
    scope.budget.search(16 * len(value))
    scope.budget.grow(decomposed_size(value, MAX_RESULT))
    return normalized(known, value)


@STRING_METHODS.native("localeCompare")
def locale_compare(scope: Scope, value: str, arguments: list[Any]) -> Any:
    other = text_of(argument(arguments, 0), scope.budget.spend)
    if len(value) + len(other) > TOUCHED_FREE:
        scope.budget.search(FOLDING_COST * (len(value) + len(other)))
    left, right = ((_folded(text), text.swapcase()) for text in (value, other))
    return (left > right) - (left < right)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = normalized("NFD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@STRING_METHODS.native("hasOwnProperty")
def has_own(scope: Scope, value: str, arguments: list[Any]) -> Any:
    return not is_nullish(argument(arguments, 0)) and text_of(arguments[0]) == "length"
