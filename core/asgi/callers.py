"""Who calls: the address that our own proxies saw, and the network it is counted as."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

UNKNOWN = "unknown"
IPV6_PREFIX = 64  # what one customer gets at least: whoever counts single addresses counts nobody
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def caller_of(peer: str, forwarded_for: str, trusted_proxies: int) -> str:
    """Return the address of who calls.

    `peer` is the connection's other end. `X-Forwarded-For` counts only as far as our own proxies wrote it, and only
    where that is an address.
    """
    if trusted_proxies > 0 and forwarded_for:
        steps = [step.strip() for step in forwarded_for.split(",") if step.strip()]
        if len(steps) >= trusted_proxies:
            seen = _parsed(steps[-trusted_proxies])
            if seen is not None:
                return str(seen)
    address = _parsed(peer)
    return UNKNOWN if address is None else str(address)


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return what an address is counted as: itself, or its /64 where it is an IPv6 one."""
    found = _parsed(address.removesuffix(f"/{IPV6_PREFIX}"))
    if found is None:
        return UNKNOWN
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, IPV6_PREFIX), strict=False))


def _parsed(text: str) -> Address | None:
    """Read an address as proxies write it: with a port, in brackets, with a zone, as IPv4 inside of IPv6."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
