"""Masking what must not be read: by the names of keys, by exact secrets, by what texts look like.

`Secrets` are the clear values that one run opened. They leave with it; while it lives, logs of this process are clean
of them too. Patterns are for logs, errors and other texts about data, never for the data of a workflow itself.
"""

from __future__ import annotations

import base64
import re
import weakref
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any
from urllib.parse import quote, quote_plus

from core.json import ascii_text, dumps_text
from core.text.sensitive import MASK, is_secret_key, masked_text

SHORTEST = 4  # a shorter value is part of too many harmless texts


class Secrets:
    """The clear values a run has opened, in the forms they travel in."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def __bool__(self) -> bool:
        return bool(self._forms)

    @property
    def count(self) -> int:
        """How many forms are known; it only grows."""
        return len(self._forms)

    def add(self, values: Iterable[str]) -> None:
        """Learn values, and what encoding makes of them."""
        before = len(self._forms)
        for value in values:
            if len(value) >= SHORTEST:
                self._forms.update(_forms_of(value))
        if len(self._forms) != before:
            _remember(self)
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def stand_in(self, raw: bytes) -> bool:
        """Tell whether JSON holds one of them, in any of their forms."""
        return any(form.encode("utf-8", "surrogatepass") in raw for form in self._forms)

    def begun_at_the_end_of(self, text: str) -> int:
        """Return how many characters at the end of a text may be the beginning of one of them, cut off."""
        longest = 0
        for form in self._forms:
            for size in range(min(len(form) - 1, len(text)), longest, -1):
                if text.endswith(form[:size]):
                    longest = size
                    break
        return longest

    def masked_text(self, text: str) -> str:
        # Looking for each form is many times as fast as the expression, and nearly every text holds none.
        if self._pattern is None or not any(form in text for form in self._forms):
            return text
        return self._pattern.sub(MASK, text)

    def masked(self, value: Any) -> Any:
        """Return a JSON value without them; the very same value where there is none."""
        return _mapped(value, self.masked_text) if self._pattern is not None else value


_LIVE: weakref.WeakSet[Secrets] = weakref.WeakSet()
_LOCK = Lock()


def _remember(secrets: Secrets) -> None:
    with _LOCK:
        _LIVE.add(secrets)


def _live() -> list[Secrets]:
    with _LOCK:
        return list(_LIVE)


def _forms_of(value: str) -> set[str]:
    """Return a value as it stands in texts, URLs, JSON and HTTP Basic."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, value.strip(), quote(value, safe=""), quote_plus(value), ascii_text(value)[1:-1]}
    forms.add(dumps_text(value)[1:-1])
    forms |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    return {form for form in forms if len(form) >= SHORTEST}


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        made = {change(key) if isinstance(key, str) else key: _mapped(entry, change) for key, entry in value.items()}
        same = all(made.get(key, made) is entry for key, entry in value.items())
        return value if same and len(made) == len(value) else made
    if isinstance(value, (list, tuple)):
        listed = [_mapped(entry, change) for entry in value]
        return value if all(one is other for one, other in zip(listed, value, strict=True)) else listed
    return value


def scrubbed_text(text: str, secrets: Secrets | None = None) -> str:
    """Return a text about data without secrets, keys, and what tells who somebody is."""
    return masked_text(secrets.masked_text(text) if secrets is not None else text)


def scrubbed(value: Any, secrets: Secrets | None = None, depth: int = 0) -> Any:
    """Return a nested value about data, scrubbed: by its keys, then its texts."""
    if depth > 40:
        return "…"
    if isinstance(value, str):
        return scrubbed_text(value, secrets)
    if isinstance(value, Mapping):
        return {
            key: MASK
            if isinstance(key, str) and is_secret_key(key) and entry not in (None, "", [], {}, True, False)
            else scrubbed(entry, secrets, depth + 1)
            for key, entry in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [scrubbed(entry, secrets, depth + 1) for entry in value]
    return value


def scrubbed_log(text: str) -> str:
    """Return a line of a log, clean of all secrets that are open in this process, and of what looks like one."""
    for secrets in _live():
        text = secrets.masked_text(text)
    return scrubbed_text(text)
