"""Items: what nodes hand on to each other, and the links that say which items they were made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# {"json": {…}, "binary"?: {name: ref}, "pairedItem"?: {"item": int, "input"?: int} or a list of them}
Item = dict[str, Any]
Items = list[Item]
MOST_LINKS = 1000  # of one item; of one that was made of more, nobody asks which
NO_LINK: list[Any] = []  # it was made of no item that can be named


def numbered(items: Items) -> Items:
    """Return items for code of users: each says its own place, so that what code hands on leads back to it."""
    return [{**item, "pairedItem": {"item": at}} for at, item in enumerate(items)]


def linked_by_place(made: Items, given: int) -> Items:
    """Return items that code made of so many: those that say nothing were made one of each, or nobody knows."""
    is_even = len(made) == given
    return [
        item if item.get("pairedItem") is not None else {**item, "pairedItem": {"item": at} if is_even else NO_LINK}
        for at, item in enumerate(made)
    ]


def links_to(places: Iterable[int]) -> Any:
    """Return the link of an item that was made of those at some places of its node's input."""
    found = [{"item": at} for at in places]
    if len(found) == 1:
        return found[0]
    return found if len(found) <= MOST_LINKS else NO_LINK
