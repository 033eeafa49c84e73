"""Tokens are renewed ahead of their end: each has a row of the outbox, made when it came, due before it ends."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from core.clock import database_now
from core.http.oauth import OAuthNotConfigured
from core.http.requests import Request
from core.outbox.kinds import Kind, Outcome, Row
from core.outbox.tools import Tools
from credentials import oauth, vault
from credentials.models import Credential

IN_USE = timedelta(days=7)  # what was not used for so long is renewed when somebody uses it again


def _order(credential_id: UUID) -> Request | None:
    """Return what is to be sent; None where there is nothing to do, or somebody is at it."""
    now = database_now()
    in_use = Credential.objects.filter(pk=credential_id, last_used_at__gt=now - IN_USE)
    credential = in_use.filter(token_expires_at__lt=now + oauth.RENEWED_AHEAD).first()
    if credential is None:
        return None
    try:
        return oauth.refresh_order(vault.opened(credential))
    except (oauth.CredentialInvalid, OAuthNotConfigured, vault.CredentialMissing):
        return None  # a person has to do something, and sees so


async def renew(row: Row, tools: Tools) -> Outcome:
    """Renew a token. Raises: Unreachable where its server is silent."""
    credential_id = UUID(row.payload["credential_id"])
    order = await tools.call(_order, credential_id)
    if order is None:
        return None
    try:
        reply, problem = await tools.send(order), ""
    except oauth.UNSENT as exc:
        reply, problem = None, str(exc)
    try:
        await tools.call(oauth.store_refreshed, credential_id, reply, problem)
    except oauth.CredentialInvalid:
        return None  # its row says so
    return None


KINDS = (Kind(oauth.RENEW, "calls", renew),)
