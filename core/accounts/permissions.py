"""Who may call what staff alone may. Whose things are whose, and roles, are the matter of `core.access`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from core.accounts import scopes, two_factor
from core.accounts.scopes import Needed
from core.models import User


class MayCall(BasePermission):
    """Who is signed in, and a key that has the scope for it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, User):
            return False
        needed = scope_of(view, (request.method or "").lower())
        if needed == "session":
            getattr(request, "data")  # noqa: B009 (a body that is no JSON is told as such first, as everywhere)
        scopes.check(request.auth, needed)
        return True


def scope_of(view: Any, method: str) -> Needed:
    """Return the scope that a key needs: as the view names it, else admin for staff's, read or edit for the others."""
    named = getattr(view, "key_scope", None)
    given = named.get(method) if isinstance(named, Mapping) else named
    if given is not None:
        return cast("Needed", given)
    if IsStaff in view.permission_classes:
        return "admin"
    return "read" if method.upper() in SAFE_METHODS else "edit"


class IsStaff(BasePermission):
    """Staff; where the installation asks for it, only those with a second factor, by a key, too."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_staff:
            return False
        if settings.STAFF_NEEDS_TWO_FACTOR and not two_factor.is_on(user):
            raise two_factor.SecondFactorNeeded("Staff need a second factor here; turn it on for your account")
        scopes.check(request.auth, scope_of(view, (request.method or "").lower()))
        return True
