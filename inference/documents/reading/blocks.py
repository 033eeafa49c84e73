"""What a reader finds: blocks of text in order, each with the headings above it and the page it is on."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """A document that is not read; its message is fit for its owner."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a row of a table, a list item. `page` counts from 1; None where a format has none."""

    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None


class Outline:
    """The headings that a place in a document stands under."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, text: str) -> None:
        """Begin the part of a heading; it ends those of its level and below."""
        self._open = [entry for entry in self._open if entry[0] < level]
        self._open.append((level, text))

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._open)
