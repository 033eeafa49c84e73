"""OAuth credentials: sending a person to log in, taking the tokens, and renewing them ahead of their end.

One process renews a token at a time: it notes until when it will be at it, asks the server outside of any transaction,
and stores what came. Who finds it at work uses the old token while that still lives, or waits for the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from core.clock import database_now
from core.errors import Invalid
from core.http import once
from core.http.client import Response, ResponseTooLarge, Unreachable
from core.http.oauth import (
    OAuthNotConfigured,
    OAuthRefused,
    Provider,
    Tokens,
    begin,
    client_request,
    code_request,
    finish,
    refresh_request,
    tokens_of,
)
from core.http.requests import Request
from core.http.resolve import BlockedAddress
from core.outbox import queue
from core.values.hosts import readable_parts
from credentials import access, services, vault
from credentials.access import Visitor
from credentials.catalogue import TYPES
from credentials.models import Credential
from credentials.types import OAuthSettings
from credentials.vault import Secret

AHEAD = timedelta(minutes=2)  # a token is renewed so long before its end
AT_IT = timedelta(seconds=30)
KIND = "credential"
RENEW = "renew_token"
RENEWED_AHEAD = 5 * AHEAD  # by the outbox, where the credential is in use
UNSENT = (BlockedAddress, Unreachable, ResponseTooLarge)


class CredentialInvalid(Invalid):
    """The credential's log-in is over, or was never made: a person must log in again."""

    code = "credential_invalid"


def provider_of(settings_: OAuthSettings, fields: Mapping[str, str]) -> Provider:
    """Return the OAuth server of a credential. Raises: OAuthNotConfigured where there is no client for it."""
    client_id, client_secret = fields.get("client_id", ""), fields.get("client_secret", "")
    if not client_id and settings_.client:
        client_id, client_secret = settings.OAUTH_CLIENTS.get(settings_.client, ("", ""))
    if not client_id:
        raise OAuthNotConfigured("Neither the credential nor this installation has a client id for it")
    return Provider(
        settings_.authorize_url or fields.get("authorize_url", ""),
        settings_.token_url or fields.get("token_url", ""),
        client_id,
        client_secret,
        tuple(fields.get("scopes", "").split()) or settings_.scopes,
        settings_.pkce,
        "basic" if fields.get("client_auth", settings_.client_auth) == "basic" else "body",
        settings_.extra,
    )


def is_configured(settings_: OAuthSettings) -> bool:
    """Tell whether this installation has a client of its own for a type."""
    return bool(settings_.client and settings.OAUTH_CLIENTS.get(settings_.client, ("", ""))[0])


# -- a person logs in ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Wanted:
    """What a log-in is for: a new credential of a type, or one that is there."""

    type: str
    name: str
    credential: Credential | None = None
    scopes: tuple[str, ...] = ()
    return_to: str = ""


def start(*, visitor: Visitor, wanted: Wanted, base_url: str, now: datetime) -> tuple[str, str, datetime]:
    """Return (authorization URL, state, until when). Raises: Invalid, OAuthNotConfigured."""
    kind = TYPES.get(wanted.type)
    if kind is None or kind.oauth is None:
        raise Invalid("This is no type that one logs in with.", field="type", reason="invalid_choice")
    if wanted.credential is not None and wanted.credential.type != wanted.type:
        raise Invalid("The credential is of another type.", field="type")
    fields = vault.opened(wanted.credential).fields if wanted.credential is not None else {}
    if wanted.scopes:
        fields = {**fields, "scopes": " ".join(wanted.scopes)}
    provider = provider_of(kind.oauth, fields)
    if not readable_parts(provider.authorize_url).scheme == "https":
        raise Invalid("It has no authorization URL that begins with https://.", field="data.authorize_url")
    if wanted.return_to and not _is_ours(wanted.return_to, base_url):
        raise Invalid("This address is not one of ours.", field="return_to")
    payload = {
        "user_id": str(visitor.user_id), "type": wanted.type, "name": wanted.name, "return_to": wanted.return_to,
        "credential_id": str(wanted.credential.pk) if wanted.credential is not None else None,
        "scopes": list(wanted.scopes),
    }  # fmt: skip
    return begin(kind=KIND, provider=provider, redirect_uri=callback_url(base_url), payload=payload, now=now)


def callback_url(base_url: str) -> str:
    return f"{base_url}/api/credentials/oauth/callback/"


def _is_ours(url: str, base_url: str) -> bool:
    parts = readable_parts(url)
    if not parts.scheme and not parts.netloc:
        return url.startswith("/") and not url.startswith(("//", "/\\"))
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin in (base_url, *settings.CORS_ALLOWED_ORIGINS)


@dataclass(frozen=True, slots=True)
class Returned:
    """Where a person goes on, with the credential that was made or the reason why not."""

    return_to: str
    credential_id: UUID | None = None
    error: str = ""


def come_back(*, state: str, code: str, error: str, ip: str, now: datetime) -> Returned:
    """Trade the code a person came back with for tokens, and store them. Raises: StateInvalid."""
    begun = finish(kind=KIND, state=state, now=now)
    payload: Mapping[str, Any] = begun.payload
    return_to, owner_id = payload["return_to"], UUID(payload["user_id"])
    if error or not code:
        return Returned(return_to, error=(error or "no_code")[:100])
    credential, fields = None, dict[str, str]()
    if payload["credential_id"]:
        credential = Credential.objects.filter(pk=payload["credential_id"], owner_id=owner_id).first()
        if credential is None:
            return Returned(return_to, error="credential_missing")
        fields = vault.opened(credential).fields
    settings_ = TYPES[payload["type"]].oauth
    assert settings_ is not None  # noqa: S101 (`start` let nothing else in)
    try:
        tokens = tokens_of(once.send(code_request(provider_of(settings_, fields), begun, code)))
    except OAuthRefused as exc:
        return Returned(return_to, error=exc.error)
    except UNSENT:
        return Returned(return_to, error="connection_failed")
    action = "update"
    if credential is None:
        credential = Credential(owner_id=owner_id, name=payload["name"], type=payload["type"])
        action = "create"
    if payload["scopes"]:
        credential.data = {**credential.data, "scopes": " ".join(payload["scopes"])}
    _take(credential, tokens, now)
    credential.verified, credential.verified_at = True, now
    try:
        services.save(credential)
    except services.NameTaken:
        return Returned(return_to, error="name_taken")
    _plan_renewal(credential, now)
    access.note(action, credential, Visitor(owner_id, ip))
    return Returned(return_to, credential.pk)


def _take(credential: Credential, tokens: Tokens, now: datetime) -> None:
    sealed = {**credential.sealed, "access_token": vault.seal(credential, "access_token", tokens.access_token)}
    if tokens.refresh_token:
        sealed["refresh_token"] = vault.seal(credential, "refresh_token", tokens.refresh_token)
    credential.sealed, credential.last_error, credential.refreshing_until = sealed, None, None
    lasts = tokens.expires_in_s
    credential.token_expires_at = now + timedelta(seconds=lasts) if lasts is not None else None
    if tokens.scopes is not None:
        credential.data = {**credential.data, "granted_scopes": " ".join(tokens.scopes)}


def _plan_renewal(credential: Credential, now: datetime) -> None:
    """Ask for the renewal of a token before it ends; one that lives shortly is renewed in the middle of its time."""
    ends_at = credential.token_expires_at
    if ends_at is not None:
        due_at = max(ends_at - RENEWED_AHEAD, now + (ends_at - now) / 2)
        payload, key = {"credential_id": str(credential.pk)}, f"{RENEW}:{credential.pk}"
        queue.add(RENEW, owner_id=credential.owner_id, payload=payload, key=key, due_at=due_at)


# -- tokens are renewed ----------------------------------------------------------------------------------------------
def is_due(secret: Secret, now: datetime) -> bool:
    """Tell whether a credential's token has to be renewed before it is used."""
    if TYPES[secret.type].oauth is None:
        return False
    if not secret.fields.get("access_token"):
        return secret.fields.get("grant") == "client_credentials"
    return secret.expires_at is not None and secret.expires_at - now < AHEAD


def refresh_order(secret: Secret) -> Request | None:
    """Claim the renewal of a token: what is to be sent, None while somebody else is at it.

    Raises: CredentialInvalid, OAuthNotConfigured.
    """
    settings_ = TYPES[secret.type].oauth
    assert settings_ is not None  # noqa: S101 (callers come with OAuth types only)
    provider = provider_of(settings_, secret.fields)
    refresh_token = secret.fields.get("refresh_token")
    if secret.fields.get("grant") == "client_credentials":
        request = client_request(provider)
    elif refresh_token:
        request = refresh_request(provider, refresh_token)
    else:
        raise CredentialInvalid("Its token cannot be renewed: log in again", field="credential")
    free = Q(refreshing_until=None) | Q(refreshing_until__lt=Now())
    claimed = Credential.objects.filter(free, pk=secret.id, token_expires_at=secret.expires_at)
    return request if claimed.update(refreshing_until=Now() + AT_IT) else None


def store_refreshed(credential_id: UUID, reply: Response | None, problem: str = "") -> Secret:
    """Store what a token endpoint answered; None: nothing, for this `problem`.

    Raises: CredentialInvalid, Unreachable.
    """
    try:
        if reply is None:
            raise OAuthRefused("connection_failed", problem, is_final=False)
        tokens = tokens_of(reply)
    except OAuthRefused as exc:
        Credential.objects.filter(pk=credential_id).update(
            refreshing_until=None, last_error=f"The token could not be renewed: {exc}"[:500],
            **({"verified": False} if exc.is_final else {}),
        )  # fmt: skip
        if exc.is_final:
            raise CredentialInvalid(f"Its token could not be renewed: {exc.error}", field="credential") from exc
        raise Unreachable(f"Its token could not be renewed: {exc}"[:300]) from exc
    with transaction.atomic():
        credential = Credential.objects.select_for_update().get(pk=credential_id)
        now = database_now()
        _take(credential, tokens, now)
        credential.save()
        _plan_renewal(credential, now)
        access.note("refresh", credential, Visitor(None))
    return vault.opened(credential)


def fresh(credential: Credential, secret: Secret, now: datetime, *, even_if_valid: bool = False) -> Secret:
    """Return a credential with a token that lives, renewed here if need be. Raises: CredentialInvalid, Unreachable."""
    if not even_if_valid and not is_due(secret, now):
        return secret
    order = refresh_order(secret)
    if order is None:
        if secret.expires_at is not None and secret.expires_at > now:
            return secret
        raise Unreachable("Its token is being renewed by another process; try again")
    try:
        reply: Response | None = once.send(order)
        problem = ""
    except UNSENT as exc:
        reply, problem = None, str(exc)
    return store_refreshed(credential.pk, reply, problem)
