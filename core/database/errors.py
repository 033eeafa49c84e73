"""What an error of the database means for who asked: wait, wait for an operator, or do without these values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import psycopg
from django.db import Error as DjangoError
from psycopg import errors as pg_errors

from core import jitter

LOST = (psycopg.OperationalError, psycopg.InterfaceError, OSError)
# Classes of SQLSTATE that speak of the server or its schema, never of a value: a read-only standby (25), a schema of
# another release (42; 0A and 26 where a prepared statement outlived its table), a database that is gone (3D, 3F).
_UNFIT = ("25", "42", "0A", "26", "3D", "3F")
_TOO_MUCH = "54"  # a value beyond what PostgreSQL can hold, which its driver counts among the server's troubles
FIRST_S, LONGEST_S = 0.25, 5.0


class Meaning(Enum):
    """What is to be done about an error."""

    AWAY = "away"  # on a new connection, in a while
    LOCKED = "locked"  # on the same one, in a while
    UNFIT = "unfit"  # the same as `AWAY`, but somebody has to do something
    REFUSED = "refused"  # these values will not be taken, ever


def meaning_of(exc: BaseException) -> Meaning:
    """Tell what an exception of a statement, or of writing its parameters, means."""
    cause = exc.__cause__
    if not isinstance(exc, psycopg.Error) and isinstance(cause, psycopg.Error):
        exc = cause  # Django wraps what the driver raised
    if isinstance(exc, pg_errors.LockNotAvailable):
        return Meaning.LOCKED
    state = exc.sqlstate if isinstance(exc, psycopg.Error) else None
    if isinstance(exc, LOST) and not (state or "").startswith(_TOO_MUCH):
        return Meaning.AWAY
    return Meaning.UNFIT if state is not None and state.startswith(_UNFIT) else Meaning.REFUSED


def is_outage(exc: BaseException) -> bool:
    """Tell whether an exception speaks of the database, not of what was asked of it: that has to be asked again."""
    if not isinstance(exc, DjangoError | psycopg.Error):
        return False
    said = exc if isinstance(exc, psycopg.Error) else exc.__cause__
    if not isinstance(said, psycopg.Error):
        return True  # Django says itself that the connection is closed, or its transaction broken
    return isinstance(said, psycopg.InternalError) or meaning_of(said) is not Meaning.REFUSED


@dataclass(slots=True)
class Backoff:
    """Growing pauses between tries, up to five seconds; a success starts over."""

    tries: int = 0

    def next_s(self) -> float:
        """Return how long to pause now."""
        self.tries += 1
        pause = min(FIRST_S * 2.0 ** min(self.tries - 1, 10), LONGEST_S)
        return pause * jitter.between(0.8, 1.2)

    def succeeded(self) -> None:
        self.tries = 0


@dataclass(slots=True)
class Trouble:
    """What keeps one connection from its work now, since when by `time.monotonic`; for the heartbeat."""

    since: float | None = None
    reason: str = ""
    before_s: float = 0.0  # how long earlier ones lasted

    def begins(self, exc: BaseException, now: float) -> None:
        self.since = now if self.since is None else self.since
        self.reason = kind_of(exc)

    def ends(self, now: float) -> None:
        self.before_s += self.lasted_s(now)
        self.since, self.reason = None, ""

    def lasted_s(self, now: float) -> float:
        return 0.0 if self.since is None else now - self.since

    def total_s(self, now: float) -> float:
        """Return how long there has been trouble in the life of this process."""
        return self.before_s + self.lasted_s(now)


def kind_of(exc: BaseException) -> str:
    """Return the kind of an error in a few words that anybody may read: no host, no value."""
    state = exc.sqlstate if isinstance(exc, psycopg.Error) else None
    return f"{type(exc).__name__} {state}" if state else type(exc).__name__


def sentence_of(exc: BaseException) -> str:
    """Return the first line of an error, with its kind: short, and without values of users (they stand in DETAIL)."""
    diag: Any = getattr(exc, "diag", None)
    text = getattr(diag, "message_primary", None) or next(iter(str(exc).splitlines()), "")
    said = f"{type(exc).__name__}: {text}"[:300]
    return said.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
