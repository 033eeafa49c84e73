"""Signing in with Google: by its authorization code, with PKCE; who it is comes from Google's own answer.

An account that is there already is joined with a Google account only by somebody who is signed in to both, from begin
to end: else who registers somebody else's address first would share his account with him.
Source: OpenID Connect Core 1.0, sections 3.1 and 5.3.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from core.accounts import two_factor
from core.accounts.credits import MONTHLY
from core.accounts.people import EmailTaken, LoginFailed
from core.accounts.registration import check_open_to
from core.clock import database_now
from core.errors import Invalid
from core.http import once
from core.http.client import ResponseTooLarge, Unreachable
from core.http.oauth import OAuthNotConfigured, OAuthRefused, Provider, begin, code_request, finish, tokens_of
from core.http.requests import request_of
from core.http.resolve import BlockedAddress
from core.json import NotStorable, loads
from core.models import User
from core.values.hosts import readable_parts

KIND = "google_login"
SCOPES = ("openid", "email", "profile")


def _provider() -> Provider:
    client_id, client_secret = settings.OAUTH_CLIENTS["GOOGLE"]
    if not client_id:
        raise OAuthNotConfigured("Signing in with Google is not set up here")
    places = settings.GOOGLE_ENDPOINTS
    return Provider(places["authorize"], places["token"], client_id, client_secret, SCOPES)


def begin_login(*, redirect_uri: str, base_url: str, actor: User | None = None, now: datetime) -> tuple[str, str]:
    """Return (authorization URL, state). `actor`: who is signed in, and may join his account.

    Raises: OAuthNotConfigured, Invalid for a page that is not ours.
    """
    provider = _provider()
    parts = readable_parts(redirect_uri)
    if f"{parts.scheme}://{parts.netloc}" not in (base_url, *settings.CORS_ALLOWED_ORIGINS):
        raise Invalid("This address is not one of ours.", field="redirect_uri")
    payload = {"user_id": str(actor.pk) if actor is not None else None}
    url, state, _ = begin(kind=KIND, provider=provider, redirect_uri=redirect_uri, payload=payload, now=now)
    return url, state


def finish_login(*, code: str, state: str, actor: User | None, otp: str = "", now: datetime) -> tuple[User, bool]:
    """Return (user, whether he is new). `actor` is who is signed in already.

    Raises: OAuthNotConfigured, StateInvalid, LoginFailed, CodeRequired, EmailTaken, ConnectionFailed.
    """
    provider = _provider()
    begun = finish(kind=KIND, state=state, now=now)
    try:
        tokens = tokens_of(once.send(code_request(provider, begun, code)))
        asked = request_of(
            "GET", settings.GOOGLE_ENDPOINTS["userinfo"], headers=[("Authorization", f"Bearer {tokens.access_token}")],
            timeout_s=15, max_redirects=0, max_bytes=64 * 1024,
        )  # fmt: skip
        reply = once.send(asked)
        told = loads(reply.body)
    except OAuthRefused as exc:
        raise LoginFailed("Google refused the log-in") from exc
    except (BlockedAddress, Unreachable, ResponseTooLarge, NotStorable) as exc:
        raise once.ConnectionFailed("Google did not answer") from exc
    if reply.status != 200 or not isinstance(told, dict):
        raise LoginFailed("Google refused the log-in")
    # Who is signed in now must be who began: a page that was given somebody else's code and state joins nothing.
    began = actor is not None and begun.payload["user_id"] == str(actor.pk)
    return _user_of(told, actor if began else None, otp, now)


def _user_of(told: dict[str, Any], actor: User | None, otp: str, now: datetime) -> tuple[User, bool]:
    sub, email = str(told.get("sub") or ""), str(told.get("email") or "")
    if not sub or "@" not in email or told.get("email_verified") not in (True, "true"):
        raise LoginFailed("Google does not vouch for this e-mail address")
    known = User.objects.filter(google_sub=sub).first()
    is_new = False
    if known is None:
        known, is_new = _joined(sub, email, str(told.get("name") or "")[:150], actor)
    if not known.is_active:
        raise LoginFailed("This account is switched off")
    if actor is None:
        two_factor.check(user=known, code=otp, now=now)
    User.objects.filter(pk=known.pk).update(last_login=now)
    known.last_login = now
    return known, is_new


def _joined(sub: str, email: str, name: str, actor: User | None) -> tuple[User, bool]:
    if actor is not None:
        if not User.objects.filter(pk=actor.pk, google_sub=None).update(google_sub=sub):
            raise EmailTaken("Your account is joined with another Google account")
        return actor, False
    if not email.rpartition("@")[0].isascii():
        raise LoginFailed("Only ASCII characters may stand before the @ of an e-mail address")
    check_open_to(email)
    try:
        with transaction.atomic():
            made = User.objects.create_user(
                email, None, name=name, google_sub=sub, credits=MONTHLY[User.Tier.FREE],
                email_verified_at=database_now(),
            )  # fmt: skip
    except IntegrityError as exc:
        raise EmailTaken("There is an account of this address: sign in to it, then join it with Google") from exc
    return made, True
