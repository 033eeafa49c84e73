"""Cuts what a reader found into chunks: pieces of a section, of so many tokens, that overlap."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from inference.documents.reading.blocks import Block, Unreadable

MOST_CHUNKS = 20_000
MOST_AT_ONCE = 100_000  # characters that are counted together
LAST_PART = 2 / 3  # of a chunk: where a better place for its end is looked for
LONGEST_TOKEN = 40  # characters
HEADINGS_LENGTH = 400
BETWEEN = " › "
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2060\ufeff]")  # no tokenizer sees them
WIDE = re.compile(r"\s{40,}")
MOST_OF_ONE = 60_000  # characters of a chunk
SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]]*\s+|\n(?=[|*+#\d-])")


class Encoding(Protocol):
    offsets: list[tuple[int, int]]  # of each token in the text


class Counter(Protocol):
    """A tokenizer."""

    def encode(self, sequence: str, *, add_special_tokens: bool = True) -> Any: ...


@dataclass(frozen=True, slots=True)
class Chunk:
    text: str
    headings: str  # from the outermost one, with BETWEEN between
    page: int | None  # where it begins
    tokens: int


@dataclass(slots=True)
class _Section:
    """Blocks under the same headings."""

    headings: tuple[str, ...]
    texts: list[str]
    pages: list[int | None]
    length: int = 0


def chunks_of(blocks: Iterable[Block], counter: Counter, *, size: int, overlap: int) -> Iterator[Chunk]:
    """Yield chunks of at most `size` tokens, `overlap` of which are the end of the one before in the same section.

    A chunk ends where a block or a sentence does, if one does in its last third. Raises: Unreadable where there are too
    many.
    """
    number = 0
    for section in _sections(blocks):
        for chunk in _cut(section, counter, size, overlap):
            number += 1
            if number > MOST_CHUNKS:
                raise Unreadable(f"This document is too long: it has more than {MOST_CHUNKS} chunks.")
            yield chunk


def _sections(blocks: Iterable[Block]) -> Iterator[_Section]:
    section: _Section | None = None
    for block in (piece for whole in blocks for piece in _pieces(_clean(whole))):
        if section is None or section.headings != block.headings or section.length > MOST_AT_ONCE:
            if section is not None:
                yield section
            section = _Section(block.headings, [], [])
        section.texts.append(block.text)
        section.pages.append(block.page)
        section.length += len(block.text) + 1
    if section is not None:
        yield section


def _clean(block: Block) -> Block:
    """Return a block as it can be stored and shown: nothing unseen, no wide gaps, no half characters."""
    return Block(_clean_text(block.text), tuple(map(_clean_text, block.headings)), block.page)


def _clean_text(text: str) -> str:
    return WIDE.sub(" ", UNSEEN.sub("", text)).encode("utf-8", "replace").decode()


def _pieces(block: Block) -> Iterator[Block]:
    """Yield a block in pieces that can be counted at once, cut between words where there are some."""
    text = block.text
    while len(text) > MOST_AT_ONCE:
        space = text.rfind(" ", 1, MOST_AT_ONCE)
        at = space if space > 0 else MOST_AT_ONCE
        yield Block(text[:at], block.headings, block.page)
        text = text[at:].lstrip(" ")
    yield Block(text, block.headings, block.page) if text is not block.text else block


def _cut(section: _Section, counter: Counter, size: int, overlap: int) -> Iterator[Chunk]:
    text = "\n".join(section.texts)
    starts, at = [], 0
    for one in section.texts:
        starts.append(at)
        at += len(one) + 1
    headings = BETWEEN.join(" ".join(one.split()) for one in section.headings)[:HEADINGS_LENGTH]
    offsets = list(_short(counter.encode(text, add_special_tokens=False).offsets))
    good_ends = sorted({*(start for start in starts[1:]), *(found.end() for found in SENTENCE_END.finditer(text))})
    begin = 0
    while begin < len(offsets):
        end = _end(offsets, begin, size, good_ends)
        first, last = offsets[begin][0], offsets[end][0] if end < len(offsets) else len(text)
        if piece := text[first:last].strip():
            page = section.pages[bisect_right(starts, first) - 1]
            for at in range(0, len(piece), MOST_OF_ONE):  # what holds hardly a token may be long all the same
                yield Chunk(piece[at : at + MOST_OF_ONE], headings, page, end - begin)
        if end >= len(offsets):
            return
        begin = _begin_of_next(text, offsets, begin, end, overlap)


def _short(offsets: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield where tokens lie. A word that no vocabulary knows is one token, however long: it counts as several."""
    for first, last in offsets:
        for at in range(first, last, LONGEST_TOKEN):
            yield at, min(at + LONGEST_TOKEN, last)


def _end(offsets: list[tuple[int, int]], begin: int, size: int, good_ends: list[int]) -> int:
    """Return the token before which a chunk ends."""
    hard = begin + size
    if hard >= len(offsets):
        return len(offsets)
    low, high = offsets[begin + int(size * LAST_PART)][0], offsets[hard][0]
    at = bisect_right(good_ends, high) - 1
    if at < 0 or good_ends[at] <= low:
        return hard
    return max(bisect_left(offsets, good_ends[at], key=lambda pair: pair[0]), begin + 1)


def _begin_of_next(text: str, offsets: list[tuple[int, int]], begin: int, end: int, overlap: int) -> int:
    """Return the token that the next chunk begins with: not in a word, and behind the begin of the last one."""
    at = max(end - overlap, begin + 1)
    while at < end and (start := offsets[at][0]) and not text[start - 1].isspace():
        at += 1
    return at
