"""Items of outputs, `{handle: [item, …]}`, cut out of their JSON text piece by piece, without building any value.

What is not asked for is passed over: a page of a large text costs the memory of the page and of one piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from core.json import loads_own

# All up to the next bracket that stands in no string; possessive, so that it never tries another way.
_TO_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+[{}\[\]]', re.DOTALL)
_HANDLES, _ITEMS = 1, 2  # how deep the text is between handles, and between items
Cut = tuple[str, bytes | None]


class NotOutputs(ValueError):
    """The text is not a JSON object of lists of objects or lists, as outputs are."""


def cut(pieces: Iterable[bytes]) -> Iterator[Cut]:
    """Yield (handle, JSON of an item) in order, and (handle, None) where a handle begins. Raises: NotOutputs."""
    text, begin, at, depth, handle = b"", 0, 0, 0, ""
    for piece in _growing(pieces):
        text = text[begin:] + piece
        at, begin = at - begin, 0
        while (found := _TO_BRACKET.match(text, at)) is not None:
            bracket = text[found.end() - 1 : found.end()]
            before, at = text[at : found.end() - 1], found.end()
            if bracket in b"{[":
                depth += 1
                if depth == _HANDLES + 1:
                    handle = _handle(before, bracket)
                    yield handle, None
                elif depth == _ITEMS + 1:
                    _check_between(before)
                    begin = at - 1
            else:
                depth -= 1
                if depth == _ITEMS:
                    yield handle, text[begin:at]
                elif depth == _HANDLES:
                    _check_between(before)
                elif depth == 0:
                    return
            if depth <= _ITEMS:
                begin = at
    raise NotOutputs("the text ends too early")


def _growing(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join pieces so that each is as long as all before in a row: a long item is looked through twice at most."""
    waiting, least = b"", 0
    for piece in pieces:
        waiting += piece
        if len(waiting) >= least:
            yield waiting
            waiting, least = b"", min(least + len(piece), 1 << 20)
    if waiting:
        yield waiting


def _handle(before: bytes, bracket: bytes) -> str:
    name, colon, _ = before.lstrip(b",").rpartition(b":")
    if bracket != b"[" or not colon:
        raise NotOutputs("a handle must hold a list")
    return str(loads_own(name))


def _check_between(before: bytes) -> None:
    if before not in (b"", b","):
        raise NotOutputs("an item must be an object or a list")
