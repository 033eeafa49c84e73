"""Who calls: a person's token or a program's key."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from core.errors import NotAuthenticated
from core.models import ApiKey, User

USED_EVERY = timedelta(minutes=1)


class TokenInvalid(NotAuthenticated):
    code = "token_invalid"


class ApiKeyInvalid(NotAuthenticated):
    code = "api_key_invalid"


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <access>`."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user, access = user_of_token(token.strip())
        return user, access

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def user_of_token(token: str) -> tuple[User, AccessToken]:
    """Return whose access token this is. Raises: TokenInvalid."""
    try:
        access = AccessToken(token)  # type: ignore[arg-type]  # it takes the text; the stubs name a token
        user = User.objects.get(pk=access["user_id"], is_active=True)
    except (TokenError, User.DoesNotExist, KeyError, ValueError) as exc:
        raise TokenInvalid("The token is not valid, or not any more") from exc
    if access.get("version") != user.token_version:
        raise TokenInvalid("The token is not valid, or not any more")
    return user, access


class ApiKeyHeader(BaseAuthentication):
    """`X-API-Key: hdl_<prefix>_<secret>`."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        given = request.META.get("HTTP_X_API_KEY", "")
        if not given:
            return None
        key = find_key(given)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def hash_secret(secret: str) -> str:
    """Hash a key's secret: it has 256 random bits, so a slow hash would buy nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_key(text: str) -> ApiKey:
    """Return the key of this clear text and note its use. Raises: ApiKeyInvalid."""
    kind, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    key = ApiKey.objects.select_related("user").filter(prefix=prefix[:16]).first() if kind == "hdl" and prefix else None
    matches = hmac.compare_digest(key.secret_hash if key else "", hash_secret(secret))
    now = timezone.now()
    expired = key is not None and key.expires_at is not None and key.expires_at <= now
    if key is None or not matches or not key.is_active or not key.user.is_active or expired:
        raise ApiKeyInvalid("The API key is not valid, or not any more")
    if key.last_used_at is None or now - key.last_used_at > USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key
