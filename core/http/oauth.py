"""OAuth 2 as values: where a person is sent, what a token endpoint is asked, what it answers. Nothing is sent here.

A `state` is signed, lives ten minutes, works once, and leads to the PKCE verifier, so that none is stored.
Source: RFC 6749, RFC 7636 (PKCE), RFC 6750.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error, WebApplicationClient

from core.errors import Invalid, Unavailable
from core.http.client import Response
from core.http.requests import Request, request_of
from core.models import OAuthState

LIVES = timedelta(minutes=10)
TIMEOUT_S = 15
MOST_REPLY_BYTES = 256 * 1024
_SALT = "heddle.oauth.state"


class OAuthNotConfigured(Unavailable):
    code = "oauth_not_configured"


class StateInvalid(Invalid):
    """A `state` that we never gave, whose time is over, or that was used before."""


class OAuthRefused(Exception):
    """A token endpoint said no. `error` is its code; `is_final`: asking again with the same values cannot help."""

    def __init__(self, error: str, description: str, *, is_final: bool) -> None:
        super().__init__(f"{error}: {description}" if description else error)
        self.error = error
        self.is_final = is_final


@dataclass(frozen=True, slots=True, repr=False)
class Provider:
    """One OAuth server as one client sees it."""

    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = ""
    scopes: tuple[str, ...] = ()
    pkce: bool = True
    client_auth: Literal["body", "basic"] = "body"
    extra: Mapping[str, str] = field(default_factory=dict[str, str])  # for the authorization URL


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """What a token endpoint gave. `expires_in_s` is None where it did not say."""

    access_token: str
    refresh_token: str | None
    expires_in_s: float | None
    scopes: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """An authorization that a person came back from."""

    payload: Mapping[str, Any]
    redirect_uri: str
    verifier: str


def browser_mark(state: str) -> str:
    """Return what a browser keeps, to show that it began the log-in of this state."""
    return hmac.new(settings.SECRET_KEY.encode(), f"browser:{state}".encode(), hashlib.sha256).hexdigest()


def begin(
    *, kind: str, provider: Provider, redirect_uri: str, payload: Mapping[str, Any], now: datetime
) -> tuple[str, str, datetime]:
    """Return (authorization URL, state, until when the state lives). `payload` comes back with the person."""
    nonce = secrets.token_urlsafe(24)
    row = OAuthState.objects.create(
        digest=_digest(nonce), kind=kind, payload=dict(payload), redirect_uri=redirect_uri, expires_at=now + LIVES
    )
    state = signing.dumps(nonce, salt=_SALT)
    client = WebApplicationClient(provider.client_id)
    asked: dict[str, Any] = dict(provider.extra)
    if provider.pkce:
        challenge = client.create_code_challenge(_verifier(nonce), "S256")
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    try:
        url = client.prepare_request_uri(
            provider.authorize_url, redirect_uri=redirect_uri, scope=list(provider.scopes) or None, state=state, **asked
        )
    except OAuth2Error as exc:
        raise Invalid(f"The authorization URL cannot be used: {exc.description or exc.error}") from exc
    return str(url), state, row.expires_at


def finish(*, kind: str, state: str, now: datetime) -> Begun:
    """Take a state back; it is dead from then on. Raises: StateInvalid."""
    try:
        nonce = str(signing.loads(state, salt=_SALT, max_age=LIVES))
    except signing.BadSignature as exc:
        raise StateInvalid("This log-in is not valid, or not any more.", field="state") from exc
    row = OAuthState.objects.filter(digest=_digest(nonce), kind=kind, expires_at__gt=now).first()
    if row is None or not OAuthState.objects.filter(pk=row.pk).delete()[0]:
        raise StateInvalid("This log-in is not valid, or not any more.", field="state")
    return Begun(row.payload, row.redirect_uri, _verifier(nonce))


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()


def _verifier(nonce: str) -> str:
    made = hmac.new(settings.SECRET_KEY.encode(), f"pkce:{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


# -- the token endpoint ----------------------------------------------------------------------------------------------
def code_request(provider: Provider, begun: Begun, code: str) -> Request:
    """Return the request that trades a code for tokens."""
    body = WebApplicationClient(provider.client_id).prepare_request_body(
        code=code,
        redirect_uri=begun.redirect_uri,
        include_client_id=False,
        code_verifier=begun.verifier if provider.pkce else None,
    )
    return _token_request(provider, body)


def refresh_request(provider: Provider, refresh_token: str) -> Request:
    """Return the request that trades a refresh token for new tokens."""
    return _token_request(
        provider, WebApplicationClient(provider.client_id).prepare_refresh_body(refresh_token=refresh_token)
    )


def client_request(provider: Provider) -> Request:
    """Return the request by which a client gets a token for itself."""
    scope = " ".join(provider.scopes) or None
    return _token_request(provider, BackendApplicationClient(provider.client_id).prepare_request_body(scope=scope))


def _token_request(provider: Provider, body: str) -> Request:
    headers = [("Accept", "application/json")]
    if provider.client_auth == "basic":
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
        headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
    else:
        body += f"&client_id={quote(provider.client_id, safe='')}"
        if provider.client_secret:
            body += f"&client_secret={quote(provider.client_secret, safe='')}"
    return request_of(
        "POST", provider.token_url, headers=headers, body=body.encode(),
        content_type="application/x-www-form-urlencoded", timeout_s=TIMEOUT_S, max_redirects=0,
        max_bytes=MOST_REPLY_BYTES,
    )  # fmt: skip


def tokens_of(reply: Response) -> Tokens:
    """Return what a token endpoint's answer holds. Raises: OAuthRefused."""
    text = reply.body.decode("utf-8", "replace")
    try:
        found = WebApplicationClient("").parse_request_body_response(text)
    except OAuth2Error as exc:
        is_final = reply.status < 500 and exc.error not in ("temporarily_unavailable", "server_error")
        if reply.status >= 400 and not text.lstrip().startswith("{"):
            raise OAuthRefused(f"http_{reply.status}", "", is_final=400 <= reply.status < 429) from exc
        raise OAuthRefused(str(exc.error)[:100], str(exc.description or "")[:300], is_final=is_final) from exc
    except (ValueError, TypeError, AttributeError) as exc:
        raise OAuthRefused("invalid_answer", f"status {reply.status}", is_final=False) from exc
    lasts = found.get("expires_in")
    scope = found.get("scope")
    return Tokens(
        str(found["access_token"]),
        str(found["refresh_token"]) if found.get("refresh_token") else None,
        float(lasts) if isinstance(lasts, (int, float)) or (isinstance(lasts, str) and lasts.isdigit()) else None,
        tuple(scope) if isinstance(scope, (list, tuple)) else None,
    )
