"""HTTP for a running node: the guarded client, in the name of its run's owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from core.http.client import GuardedClient, ResponseTooLarge, TooManyRedirects, Unreachable
from core.http.requests import SAFE, Request
from core.http.resolve import BlockedAddress
from executor.node.providing import Provider, Services
from nodes.abilities import HttpReply
from nodes.base import NodeFailed
from nodes.budget import arriving


def provider(services: Services) -> Provider:
    """Return what gives nodes the process's client."""
    return Provider(lambda caller: NodeHttp(services.http, caller.before_effect, caller.owner_id))


@dataclass(slots=True)
class NodeHttp:
    client: GuardedClient
    before_effect: Callable[[], None]
    owner_id: UUID

    async def send(self, request: Request) -> HttpReply:
        if request.method not in SAFE:
            self.before_effect()
        try:
            with arriving() as told:
                reply = await self.client.send(replace(request, owner=self.owner_id, arriving=told))
        except BlockedAddress as exc:
            raise NodeFailed("ssrf_blocked", str(exc)) from exc
        except ResponseTooLarge as exc:
            raise NodeFailed("http_too_large", str(exc)) from exc
        except Unreachable as exc:
            retryable = not isinstance(exc, TooManyRedirects)
            raise NodeFailed("http_unreachable", str(exc), retryable=retryable) from exc
        return HttpReply(reply.status, reply.reason, reply.headers, reply.body, reply.url, reply.cookies)
