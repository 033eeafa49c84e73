"""Sessions of the administration site: the table holds digests of their keys, so nobody who reads it gets in.

Named in settings as SESSION_ENGINE.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.utils import timezone

DIGEST_LENGTH = 40  # what the table's column takes: 160 bits


def digest_of(key: str) -> str:
    """Return what a session is stored under. Its key has 160 random bits, so a slow hash would buy nothing."""
    return hashlib.sha256(key.encode()).hexdigest()[:DIGEST_LENGTH]


class SessionStore(DatabaseSessions):
    """A session by its key, which only the browser has."""

    def _get_session_from_db(self) -> Any:
        found = None
        if self.session_key is not None:
            alive = self.model.objects.filter(expire_date__gt=timezone.now())
            found = alive.filter(session_key=digest_of(self.session_key)).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(digest_of(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = digest_of(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            self.model.objects.filter(session_key=digest_of(key)).delete()
