"""What nodes say while they are at work: pieces of text that go out at once, are numbered, and are kept nowhere.

Pieces of one text are joined to twenty a second. A secret that comes in several pieces is held back until it is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from core.clock import utc_now
from core.json import lossy_text
from core.text.scrubbing import SHORTEST, Secrets
from core.text.sensitive import MASK
from executor.domain.events import Event, node_delta
from executor.domain.step_names import under

EACH_S = 0.05
MOST_TEXT = 64 * 1024  # characters of one piece: what comes too fast for anybody to read is cut
CUT = "…"
Key = tuple[str, str, str]  # node, path, channel


@dataclass(slots=True)
class _Text:
    """A text under way."""

    left: str = ""  # to be told
    index: int = 0
    timer: asyncio.TimerHandle | None = None


def _tell_nobody(event: Event) -> None:
    """Nobody listens."""


class Live:
    """The texts of one run that are under way."""

    def __init__(self, execution_id: str, secrets: Secrets) -> None:
        self._execution_id = execution_id
        self._secrets = secrets
        self._texts: dict[Key, _Text] = {}
        self.tell: Callable[[Event], None] = _tell_nobody

    def emit(self, node_id: str, path: str, text: str, channel: str) -> None:
        """Say a piece of a text: at once, or with those that follow within a moment."""
        key = (node_id, path, channel)
        said = self._texts.setdefault(key, _Text())
        if len(said.left) < MOST_TEXT:
            said.left += text[: MOST_TEXT + 1]
            if len(said.left) > MOST_TEXT:
                said.left = self._sayable(said.left[:MOST_TEXT])[0] + CUT
        if said.timer is None:
            self._due(key)

    def ended(self, node_id: str, path: str) -> None:
        """Say what is left of a node's texts, before its end is told."""
        steps = under(path, node_id)
        for key in [key for key in self._texts if key[0] == node_id and (key[1] == path or key[1].startswith(steps))]:
            said = self._texts.pop(key)
            if said.timer is not None:
                said.timer.cancel()
            text, held = self._sayable(said.left)
            self._say(key, said, text + (MASK if len(held) >= SHORTEST else held))

    def release(self) -> None:
        """Say nothing any more."""
        self.tell = _tell_nobody
        for said in self._texts.values():
            if said.timer is not None:
                said.timer.cancel()
        self._texts.clear()

    def _due(self, key: Key) -> None:
        said = self._texts.get(key)
        if said is None:
            return
        said.timer = None
        text, said.left = self._sayable(said.left)
        if text:
            self._say(key, said, text)
            said.timer = asyncio.get_running_loop().call_later(EACH_S, self._due, key)

    def _sayable(self, text: str) -> tuple[str, str]:
        """Return (a text without whole secrets, what at its end may be the beginning of one)."""
        if not self._secrets:
            return text, ""
        masked = self._secrets.masked_text(text)
        at = len(masked) - self._secrets.begun_at_the_end_of(masked)
        return masked[:at], masked[at:]

    def _say(self, key: Key, said: _Text, text: str) -> None:
        if not text:
            return
        node_id, path, channel = key
        event = node_delta(
            self._execution_id, node_id, path, utc_now(), text=lossy_text(text), index=said.index, channel=channel
        )
        said.index += 1
        self.tell(event)
