"""Whose a request is: the user's whom its credentials are known to belong to, else its network's.

What is said in a header counts only once a view has found it true: whoever makes up a hundred keys stays one caller.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from django.conf import settings

from core.asgi.callers import caller_of, network_of
from core.asgi.types import Scope, header

MOST_KNOWN = 10_000
IN_SCOPE = "heddle.caller"
CREDENTIALS = (b"authorization", b"x-api-key")


class KnownCredentials:
    """Digests of credentials that were good, with whose they are; the ones used last."""

    def __init__(self, most: int = MOST_KNOWN) -> None:
        self._most = most
        self._owners: OrderedDict[bytes, Hashable] = OrderedDict()
        self._lock = threading.Lock()  # views find out in their threads

    def owner_of(self, digest: bytes | None) -> Hashable | None:
        if digest is None:
            return None
        with self._lock:
            owner = self._owners.get(digest)
            if owner is not None:
                self._owners.move_to_end(digest)
            return owner

    def learn(self, digest: bytes, owner: Hashable) -> None:
        with self._lock:
            self._owners[digest] = owner
            self._owners.move_to_end(digest)
            if len(self._owners) > self._most:
                self._owners.popitem(last=False)

    def forget(self, digest: bytes | None) -> None:
        """Take credentials for good no more: a revoked key, a token that ran out, a user who may not come in."""
        with self._lock:
            if digest is not None:
                self._owners.pop(digest, None)


KNOWN = KnownCredentials()


@dataclass(slots=True, eq=False)
class Caller:
    """Who makes one request or holds one socket."""

    network: str
    digest: bytes | None = None  # of the credentials it brings
    user: Hashable | None = None  # once it is known

    @property
    def owner(self) -> Hashable:
        return self.user or KNOWN.owner_of(self.digest) or self.network

    @property
    def is_known(self) -> bool:
        return self.owner != self.network

    def is_like(self, other: Caller) -> bool:
        """Tell whether what is known of the other is known of this one too."""
        return self is other or (self.digest is not None and self.digest == other.digest)


def network_in(scope: Scope) -> str:
    """Return the network that a request comes from, as all doors count it."""
    client = scope.get("client")
    peer = client[0] if client else ""
    return network_of(caller_of(peer, header(scope, b"x-forwarded-for"), settings.TRUSTED_PROXIES))


def caller_in(scope: Scope) -> Caller:
    """Return who makes a request, as far as its head tells."""
    said = [value for name, value in scope["headers"] if name in CREDENTIALS]
    return Caller(network_in(scope), hashlib.sha256(b"\n".join(said)).digest() if said else None)
