"""n8n's own methods of text."""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from compiler.expressions.errors import ExpressionFailed
from compiler.expressions.functions.dates import date_time_from_text, from_timestamp
from compiler.expressions.functions.table import Methods, argument
from compiler.expressions.scope import Scope
from compiler.expressions.values import UNDEFINED, index_of, normal, text_of, text_to_number
from core.json import loads_own, written
from core.values.characters import normalized
from core.values.hosts import url_parts

_EMAIL = re.compile(r"[a-zA-Z0-9._%+\-]{1,64}@[a-zA-Z0-9\-]{1,63}(?:\.[a-zA-Z0-9\-]{1,63}){1,8}")
_URL = re.compile(r"https?://[^\s<>\"'`{}|\\^\[\]]{1,2000}")
_DOMAIN = re.compile(r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?\.){1,8}[a-zA-Z]{2,24}")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_URI_SAFE = "-_.!~*'()"
_HASHES = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3"}
_MARKDOWN = (
    (re.compile(r"^#{1,6}[ \t]+", re.MULTILINE), ""),
    (re.compile(r"!\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)"), r"\1"),
    (re.compile(r"\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)"), r"\1"),
    (re.compile(r"(\*\*|__|~~)(?=\S)([^*_~\n]{1,2000})\1"), r"\2"),
    (re.compile(r"([*_])(?=\S)([^*_\n]{1,2000})\1"), r"\2"),
    (re.compile(r"`{1,3}([^`]{1,5000})`{1,3}"), r"\1"),
    (re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}\.)[ \t]+", re.MULTILINE), ""),
    (re.compile(r"^>[ \t]?", re.MULTILINE), ""),
)
INSTRUCTIONS = 50  # what a text costs here, in those of a pattern
Plain = Callable[[str, list[Any]], Any]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def hashed(text: str, arguments: list[Any]) -> Any:
    name = text_of(argument(arguments, 0, "md5")).lower()
    if name == "base64":
        return base64.b64encode(text.encode()).decode()
    if name not in _HASHES:
        raise ExpressionFailed(f"hash() knows {', '.join(sorted(_HASHES))}")
    if name == "md5":
        return _md5(text)
    return hashlib.new({"sha3": "sha3_512"}.get(name, name), text.encode("utf-8", "replace")).hexdigest()


def to_number(text: str, arguments: list[Any]) -> Any:
    number = text_to_number(text.replace(",", ""))
    if number != number:
        raise ExpressionFailed(f"{text[:40]!r} is not a number")
    return number


def to_int(text: str, arguments: list[Any]) -> Any:
    base = index_of(argument(arguments, 0), 10)
    found = re.match(r"\s*([+-]?[0-9a-zA-Z]{1,400})", text)
    try:
        digits = found.group(1) if found else ""
        if base == 10:
            plain = re.match(r"[+-]?\d+", digits)
            return normal(int(plain.group())) if plain else UNDEFINED
        return normal(int(digits, base)) if 2 <= base <= 36 else UNDEFINED
    except ValueError:
        return UNDEFINED


def to_boolean(text: str, arguments: list[Any]) -> Any:
    return text.strip().lower() not in ("false", "0", "no", "", "off") and bool(text)


def parse_json(text: str, arguments: list[Any]) -> Any:
    try:
        return loads_own(text)
    except ValueError as exc:
        raise ExpressionFailed(f"parseJson() cannot read the text: {exc}") from None


def words_of(text: str) -> list[str]:
    return _WORDS.findall(text)


def title_case(text: str, arguments: list[Any]) -> Any:
    return re.sub(r"\S+", lambda found: found.group()[:1].upper() + found.group()[1:].lower(), text)


def sentence_case(text: str, arguments: list[Any]) -> Any:
    lowered = text.lower()
    return re.sub(r"(^\s*|[.!?]\s+)(\w)", lambda found: found.group(1) + found.group(2).upper(), lowered)


def snake_case(text: str, arguments: list[Any]) -> Any:
    return "_".join(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text).lower().replace("-", " ").replace("_", " ").split())


def kebab_case(text: str, arguments: list[Any]) -> Any:
    return snake_case(text, arguments).replace("_", "-")


def camel_case(text: str, arguments: list[Any]) -> Any:
    first, *rest = words_of(text) or [""]
    return first.lower() + "".join(word.capitalize() for word in rest)


def extract_domain(text: str, arguments: list[Any]) -> Any:
    candidate = text.strip()
    email = _EMAIL.search(candidate)
    if email and "://" not in candidate:
        return email.group().split("@")[1]
    try:
        host = url_parts(candidate if "://" in candidate else f"//{candidate}").hostname
    except ValueError:
        host = None
    if host and _DOMAIN.fullmatch(host):
        return host
    found = _DOMAIN.search(candidate)
    return found.group() if found else UNDEFINED


def extract_url_path(text: str, arguments: list[Any]) -> Any:
    try:
        return url_parts(text).path or "/"
    except ValueError:
        return UNDEFINED


def _first(pattern: re.Pattern[str]) -> Plain:
    def run(text: str, arguments: list[Any]) -> Any:
        found = pattern.search(text)
        return found.group() if found else UNDEFINED

    return run


def remove_markdown(text: str, arguments: list[Any]) -> Any:
    for pattern, new in _MARKDOWN:
        text = pattern.sub(new, text)
    return text


def remove_tags(text: str, arguments: list[Any]) -> Any:
    return re.sub(r"<[^<>]*>", "", text)


def quoted(text: str, arguments: list[Any]) -> Any:
    mark = text_of(argument(arguments, 0, '"'))
    return mark + text.replace("\\", "\\\\").replace(mark, "\\" + mark) + mark


def base64_decode(text: str, arguments: list[Any]) -> Any:
    try:
        raw = base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return ""
    return raw.decode("utf-8", "replace")


def url_encode(text: str, arguments: list[Any]) -> Any:
    return quote(text, safe=";,/?:@&=+$-_.!~*'()#" if argument(arguments, 0, False) else _URI_SAFE, errors="replace")


def is_url(text: str, arguments: list[Any]) -> Any:
    return bool(re.fullmatch(r"(?:https?|ftp)://[^\s/$.?#][^\s]{0,4000}", text, re.IGNORECASE))


def is_numeric(text: str, arguments: list[Any]) -> Any:
    return bool(text.strip()) and text_to_number(text) == text_to_number(text)


PLAIN: dict[tuple[str, ...], Plain] = {
    ("hash",): hashed,
    ("toNumber", "toFloat"): to_number,
    ("toInt", "toWholeNumber"): to_int,
    ("toBoolean", "isTrue"): to_boolean,
    ("isFalse",): lambda text, arguments: not to_boolean(text, arguments),
    ("isEmpty",): lambda text, arguments: text == "",
    ("isNotEmpty",): lambda text, arguments: text != "",
    ("parseJson",): parse_json,
    ("toJsonString",): lambda text, arguments: written(text).decode(),
    ("toTitleCase",): title_case,
    ("toSentenceCase",): sentence_case,
    ("toSnakeCase",): snake_case,
    ("toKebabCase",): kebab_case,
    ("toCamelCase",): camel_case,
    ("extractEmail",): _first(_EMAIL),
    ("extractUrl",): _first(_URL),
    ("extractDomain",): extract_domain,
    ("extractUrlPath",): extract_url_path,
    ("isEmail",): lambda text, arguments: bool(_EMAIL.fullmatch(text)),
    ("isUrl",): is_url,
    ("isDomain",): lambda text, arguments: bool(_DOMAIN.fullmatch(text)),
    ("isNumeric",): is_numeric,
    ("removeMarkdown",): remove_markdown,
    ("removeTags",): remove_tags,
    ("quote",): quoted,
    ("base64Encode", "base64"): lambda text, arguments: base64.b64encode(text.encode("utf-8", "replace")).decode(),
    ("base64Decode",): base64_decode,
    ("urlEncode",): url_encode,
    ("urlDecode",): lambda text, arguments: unquote(text, errors="replace"),
    ("htmlEscape",): lambda text, arguments: html.escape(text),
    ("reverse",): lambda text, arguments: text[::-1],
    ("beginsWith",): lambda text, arguments: text.startswith(text_of(argument(arguments, 0))),
    ("replaceSpecialChars",): lambda text, arguments: _without_accents(text),
}


def _without_accents(text: str) -> str:
    decomposed = normalized("NFD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _adapted(plain: Plain) -> Callable[[Scope, Any, list[Any]], Any]:
    def run(scope: Scope, value: Any, arguments: list[Any]) -> Any:
        if isinstance(value, str):
            scope.budget.search(len(value) * INSTRUCTIONS)
        return plain(value, arguments)

    return run


def to_date_time(scope: Scope, value: str, arguments: list[Any]) -> Any:
    made = date_time_from_text(value, scope.names.timezone)
    if not made.is_valid and re.fullmatch(r"\d{10,16}", value.strip()):
        return from_timestamp(float(value), scope.names.timezone)
    if not made.is_valid:
        raise ExpressionFailed(f"{value[:40]!r} is not a date")
    return made


def add_extensions(methods: Methods) -> None:
    for names, plain in PLAIN.items():
        methods.extension(*names)(_adapted(plain))
    methods.extension("toDateTime", "toDate")(to_date_time)
