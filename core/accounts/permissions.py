"""Who may do what. Another user's object is not there at all, so most rules live in the selectors."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from core.accounts import two_factor
from core.models import ApiKey, User


def _owner_id(obj: Any) -> Any:
    return getattr(obj, "owner_id", None) or getattr(obj, "user_id", None)


class IsOwner(BasePermission):
    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        return bool(request.user.is_authenticated and _owner_id(obj) == request.user.pk)


class IsOwnerOrAdmin(IsOwner):
    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        return bool(getattr(request.user, "is_staff", False)) or super().has_object_permission(request, view, obj)


class IsOwnerOrReadOnly(IsOwner):
    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        return request.method in SAFE_METHODS or super().has_object_permission(request, view, obj)


class HasApiKey(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, ApiKey)


class _Tier(BasePermission):
    tiers: frozenset[str] = frozenset()

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.tier in self.tiers


class IsProTier(_Tier):
    tiers = frozenset({User.Tier.PRO, User.Tier.ENTERPRISE})


class IsEnterpriseTier(_Tier):
    tiers = frozenset({User.Tier.ENTERPRISE})


class HasCredits(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and (not settings.PLANS or request.user.credits > 0)


class IsStaff(BasePermission):
    """Staff; where the installation asks for it, only those with a second factor."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_staff:
            return False
        if settings.STAFF_NEEDS_TWO_FACTOR and not isinstance(request.auth, ApiKey) and not two_factor.is_on(user):
            raise two_factor.SecondFactorNeeded("Staff need a second factor here; turn it on for your account")
        return True
