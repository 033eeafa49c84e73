"""Who may call what staff alone may. Whose things are whose, and roles, are the matter of `core.access`."""

from __future__ import annotations

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from core.accounts import two_factor
from core.models import User


class IsStaff(BasePermission):
    """Staff; where the installation asks for it, only those with a second factor, by a key, too."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_staff:
            return False
        if settings.STAFF_NEEDS_TWO_FACTOR and not two_factor.is_on(user):
            raise two_factor.SecondFactorNeeded("Staff need a second factor here; turn it on for your account")
        return True
