"""What an API key may do: each call needs one scope, whatever its user may. Who signed in himself has them all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from core.errors import Forbidden
from core.models import ApiKey

Scope = Literal["read", "run", "edit", "admin"]
Needed = Scope | Literal["session"]  # "session": no key may
SCOPES: tuple[Scope, ...] = ("read", "run", "edit", "admin")


class ScopeMissing(Forbidden):
    """The key's user may do this, but the key was not given the scope for it."""

    code = "scope_missing"


class SessionNeeded(Forbidden):
    """Keys and what secures an account are changed by who signed in himself."""

    code = "session_required"


def written(scopes: Iterable[str]) -> str:
    """Return scopes as they are stored: each once, in their order."""
    wanted = set(scopes)
    return " ".join(one for one in SCOPES if one in wanted)


def check(shown: Any, needed: Needed) -> None:
    """Ask whether what a caller authenticated with lets him do this. Raises: ScopeMissing, SessionNeeded."""
    if not isinstance(shown, ApiKey):
        return
    if needed == "session":
        raise SessionNeeded("An API key may not do this; sign in")
    given = shown.scopes.split()
    if needed not in given:
        raise ScopeMissing(f"The API key lacks the scope {needed!r}", scope=needed, scopes=given)
