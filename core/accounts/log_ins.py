"""What a caller showed when he came, asked again while his stream goes on: is it still good?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from core.accounts import scopes
from core.accounts.scopes import Needed
from core.clock import database_now
from core.errors import NotAuthenticated
from core.models import ApiKey, User


class LogInEnded(NotAuthenticated):
    """The account was switched off, its log-ins were ended, or the key is gone."""

    code = "log_in_ended"


@dataclass(frozen=True, slots=True)
class LogIn:
    """A user as he came: with the version of his tokens, or by a key, whose prefix changes with its secret."""

    user: User
    key_id: UUID | None = None
    key_prefix: str = ""

    def check(self) -> None:
        """Raises: LogInEnded."""
        if self.key_id is None:
            holds = User.objects.filter(pk=self.user.pk, is_active=True, token_version=self.user.token_version)
            is_there = holds.exists()
        else:
            lasts = Q(expires_at=None) | Q(expires_at__gt=database_now())
            keys = ApiKey.objects.filter(lasts, pk=self.key_id, prefix=self.key_prefix, is_active=True)
            is_there = keys.filter(user_id=self.user.pk, user__is_active=True).exists()
        if not is_there:
            raise LogInEnded("This log-in has ended")

    def check_scope(self, needed: Needed) -> None:
        """Raises: ScopeMissing where the key was not given this scope, LogInEnded."""
        if self.key_id is None:
            return
        key = ApiKey.objects.filter(pk=self.key_id).first()
        if key is None:
            raise LogInEnded("This log-in has ended")
        scopes.check(key, needed)


def log_in_of(user: User, shown: Any) -> LogIn:
    """Return the log-in of who authenticated with this: a token, a key, or what came of either."""
    if isinstance(shown, LogIn):
        return shown
    return LogIn(user, shown.pk, shown.prefix) if isinstance(shown, ApiKey) else LogIn(user)
