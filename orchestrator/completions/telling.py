"""The pieces of a streamed answer: what the last nodes of a run say, and at the end what is missing of its answer.

All pieces together end with the answer, whatever was said before it, got lost, or was said anew by another try.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

BETWEEN = "\n\n"


@dataclass(slots=True)
class Telling:
    """What was told so far. `nodes` are those whose words are the answer."""

    nodes: Collection[str]
    _place: tuple[str, str] | None = None  # node and path of the text that is told
    _text: str = ""  # what was told of it
    _next: int = 0  # the piece that follows
    _said: str = ""  # all that was told
    _is_broken: bool = False  # a piece is missing or comes again: the rest is told at the end
    _known: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def piece(self, event: Mapping[str, Any]) -> str:
        """Return what is told because of a piece of a text; may be nothing."""
        data, place = event["data"], (event["node_id"], event["path"])
        if place[0] not in self.nodes or data.get("channel") != "text":
            return ""
        before = ""
        if place != self._place:
            self._is_broken = self._is_broken or place in self._known
            self._known.add(place)
            before = BETWEEN if self._said else ""
            self._place, self._text, self._next = place, "", 0
        self._is_broken = self._is_broken or data["index"] != self._next
        if self._is_broken:
            return ""
        self._next += 1
        self._text += data["text"]
        return self._told(before + data["text"])

    def rest(self, answer: str) -> str:
        """Return what is missing of the answer."""
        if self._said.endswith(answer):
            return ""
        if answer.startswith(self._text) and self._text:
            return self._told(answer[len(self._text) :])
        return self._told((BETWEEN if self._said else "") + answer)

    def _told(self, text: str) -> str:
        self._said += text
        return text
