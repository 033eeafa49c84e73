"""From a host's name to the address that may be connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection

from core.http.addresses import is_public, is_strict_host


class BlockedAddress(Exception):
    """The URL leads where nothing of ours may connect."""


class UnknownHost(OSError):
    """The name stands for no address."""


def allowed_hosts(texts: Collection[str]) -> frozenset[str]:
    """Return the hosts, `name` or `name:port`, that may be private."""
    return frozenset(text.strip().lower() for text in texts)


async def checked_address(host: str, port: int, allowed: Collection[str]) -> str:
    """Resolve a name once and check all it stands for. Raises: BlockedAddress, UnknownHost."""
    name = host.strip("[]").lower()
    free = name in allowed or f"{name}:{port}" in allowed
    if not free and not is_strict_host(name):
        raise BlockedAddress(f"The host {host[:100]!r} is not written as a name or address")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise UnknownHost(f"the name {host} is not known") from exc
    addresses = [str(entry[4][0]) for entry in found]
    if not free and not all(is_public(address) for address in addresses):
        raise BlockedAddress(f"The host {host[:100]!r} is not a public address")
    return addresses[0]
