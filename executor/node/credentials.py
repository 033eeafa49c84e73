"""Credentials of a running node: opened at the moment of use, renewed if need be, remembered by what must not leak."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from core.clock import CLOCK
from core.http.client import GuardedClient, ResponseTooLarge, Unreachable
from core.http.oauth import OAuthNotConfigured
from core.http.requests import HttpAuth
from core.http.resolve import BlockedAddress
from core.text.scrubbing import Secrets
from credentials import oauth, vault
from credentials.access import Visitor
from credentials.catalogue import TYPES
from credentials.placing import CredentialUnfit, placed
from credentials.vault import Secret
from executor.node.providing import Caller, InDatabase, Provider, Services
from nodes.base import NodeFailed

LOOK_AGAIN_S = 0.25
PATIENCE_S = 30


def provider(services: Services) -> Provider:
    """Return what opens credentials for nodes."""

    def bound(caller: Caller) -> NodeCredentials:
        run_id = UUID(caller.execution_id) if caller.execution_id else None
        visitor = Visitor(caller.owner_id, None, caller.workflow_id, run_id)
        return NodeCredentials(visitor, caller.slots, services.in_database, services.http, caller.secrets)

    return Provider(bound)


@dataclass(slots=True)
class NodeCredentials:
    """The filled slots of a node, in the name of its run's owner."""

    visitor: Visitor
    slots: Mapping[str, str]
    in_database: InDatabase
    http: GuardedClient
    secrets: Secrets

    async def get(self, slot: str) -> tuple[str, dict[str, str]] | None:
        secret = await self._opened(slot)
        return None if secret is None else (secret.type, secret.fields)

    async def for_http(self, slot: str) -> HttpAuth | None:
        secret = await self._opened(slot)
        if secret is None:
            return None
        try:
            parts = placed(TYPES[secret.type], secret.fields)
        except CredentialUnfit as exc:
            raise NodeFailed("credential_invalid", str(exc)) from exc
        self.secrets.add(value for _, value in (*parts.headers, *parts.query) if _holds(value, secret.secrets))
        return parts

    async def _opened(self, slot: str) -> Secret | None:
        credential_id = self.slots.get(slot)
        if not credential_id:
            return None
        try:
            secret = await self._revealed(credential_id)
            if secret.type in TYPES and oauth.is_due(secret, CLOCK.now()):
                secret = await self._renewed(credential_id, secret)
        except vault.CredentialMissing as exc:
            raise NodeFailed("credential_missing", str(exc)) from exc
        except (oauth.CredentialInvalid, OAuthNotConfigured) as exc:
            raise NodeFailed("credential_invalid", exc.message) from exc
        except Unreachable as exc:
            raise NodeFailed("credential_invalid", str(exc), retryable=True) from exc
        if secret.type not in TYPES:
            raise NodeFailed("credential_invalid", f"The credential type {secret.type!r} is not known here")
        if TYPES[secret.type].oauth is not None and not secret.fields.get("access_token"):
            raise NodeFailed("credential_invalid", "Nobody has logged in with this credential yet")
        self.secrets.add(secret.secrets)
        return secret

    async def _revealed(self, credential_id: str) -> Secret:
        found: Secret = await self.in_database(
            vault.reveal, owner_id=self.visitor.user_id, credential_id=credential_id, visitor=self.visitor
        )
        return found

    async def _renewed(self, credential_id: str, secret: Secret) -> Secret:
        """Return the credential with a token that lives: got here, or by whoever is at it already."""
        self.secrets.add(secret.secrets)
        order = await self.in_database(oauth.refresh_order, secret)
        if order is None:
            return await self._got_elsewhere(credential_id, secret)
        try:
            reply, problem = await self.http.send(order), ""
        except (BlockedAddress, Unreachable, ResponseTooLarge) as exc:
            reply, problem = None, str(exc)
        renewed: Secret = await self.in_database(oauth.store_refreshed, secret.id, reply, problem)
        return renewed

    async def _got_elsewhere(self, credential_id: str, secret: Secret) -> Secret:
        if secret.expires_at is not None and secret.expires_at > CLOCK.now():
            return secret
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await asyncio.sleep(LOOK_AGAIN_S)
                    found = await self._revealed(credential_id)
                    if not oauth.is_due(found, CLOCK.now()):
                        return found
        except TimeoutError as exc:
            raise Unreachable("Its token is being renewed elsewhere, and no answer came") from exc


def _holds(text: str, secrets: frozenset[str]) -> bool:
    return any(secret in text for secret in secrets) or text.startswith("Basic ")
