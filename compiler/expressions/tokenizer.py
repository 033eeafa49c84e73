"""Text to tokens, one at a time: only the parser knows whether `/` divides or begins a regular expression."""

from __future__ import annotations

import re
from typing import NamedTuple

from compiler.expressions.errors import ExpressionSyntaxError
from compiler.expressions.values import joined, normal

_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/|\ufeff)*", re.DOTALL)
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_IDENTIFIER = re.compile(r"(?:[^\W\d]|[$_])[\w$]*")
_PUNCTUATION = re.compile(
    r"\.\.\.|===|!==|\*\*=|>>>=|<<=|>>=|&&=|\|\|=|\?\?=|[-+*/%&|^]=(?!=)|\+\+|--|\*\*|>>>|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|<<|>>|[-+*/%<>=!?:.,;()\[\]{}&|^~]"
)
_REGEX = re.compile(r"/((?:[^\\/\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+)/([a-z]*)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


class Token(NamedTuple):
    kind: str  # number, text, name, punctuation, template, end
    text: str
    position: int
    end: int
    value: object = None


def skip_space(text: str, position: int) -> int:
    char = text[position : position + 1]
    if not char.isspace() and char not in ("/", "\ufeff"):
        return position
    found = _SPACE.match(text, position)
    return found.end() if found else position


def next_token(text: str, position: int) -> Token:
    """Read the token at a position. Raises: ExpressionSyntaxError."""
    start = skip_space(text, position)
    if start >= len(text):
        return Token("end", "", start, start)
    char = text[start]
    if char in "'\"":
        value, end = read_string(text, start)
        return Token("text", text[start:end], start, end, value)
    if char == "`":
        return Token("template", "`", start, start + 1)
    if (char.isdigit() and char.isascii()) or (char == "." and text[start + 1 : start + 2].isdigit()):
        return _number(text, start)
    name = _IDENTIFIER.match(text, start)
    if name:
        return Token("name", name.group(), start, name.end())
    mark = _PUNCTUATION.match(text, start)
    if mark:
        return Token("punctuation", mark.group(), start, mark.end())
    raise ExpressionSyntaxError(f"unexpected character {char!r}", start)


def _number(text: str, start: int) -> Token:
    found = _NUMBER.match(text, start)
    if not found:
        raise ExpressionSyntaxError("not a number", start)
    raw = found.group().replace("_", "")
    after = text[found.end() : found.end() + 1]
    if after.isidentifier() or len(raw) > 400:
        raise ExpressionSyntaxError("not a number", start)
    has_base = raw[:2].lower() in ("0x", "0b", "0o")
    value = int(raw, 0 if has_base else 10) if has_base or not any(mark in raw for mark in ".eE") else float(raw)
    return Token("number", raw, start, found.end(), normal(value))


def read_regex(text: str, start: int) -> tuple[str, str, int]:
    """Read a regular expression literal: source, flags, end."""
    found = _REGEX.match(text, start)
    if not found:
        raise ExpressionSyntaxError("unexpected '/'", start)
    return found.group(1), found.group(2), found.end()


def read_string(text: str, start: int) -> tuple[str, int]:
    """Read a string literal in single or double quotes: value, end."""
    quote, position, parts = text[start], start + 1, list[str]()
    while position < len(text):
        char = text[position]
        if char == quote:
            return joined("".join(parts)), position + 1
        if char == "\n":
            break
        if char == "\\":
            piece, position = read_escape(text, position)
            parts.append(piece)
        else:
            parts.append(char)
            position += 1
    raise ExpressionSyntaxError("text is not closed", start)


def read_escape(text: str, position: int) -> tuple[str, int]:
    """Read an escape sequence at a backslash: what it stands for, end."""
    char = text[position + 1 : position + 2]
    if char == "u" and text[position + 2 : position + 3] == "{":
        end = text.find("}", position)
        return _code_point(text[position + 3 : end], position), end + 1
    if char in ("u", "x"):
        size = 4 if char == "u" else 2
        return _code_point(text[position + 2 : position + 2 + size], position, size), position + 2 + size
    if not char:
        raise ExpressionSyntaxError("text is not closed", position)
    return _ESCAPES.get(char, char), position + 2


def _code_point(digits: str, position: int, size: int | None = None) -> str:
    if not digits or (size and len(digits) != size) or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise ExpressionSyntaxError("not an escape sequence", position)
    number = int(digits, 16)
    if number > 0x10FFFF:
        raise ExpressionSyntaxError("not an escape sequence", position)
    return chr(number)
