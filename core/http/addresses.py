"""Which addresses the guarded client may connect to. Source: IANA's special-purpose registries; own lists, see docs."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_BLOCKED_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
_BLOCKED_6 = tuple(
    IPv6Network(text) for text in ("2001:db8::/32", "2001::/23", "3fff::/20", "2001:10::/28", "2001:20::/28")
)
_NAT64 = (IPv6Network("64:ff9b::/96"),)
_REFUSED_6 = tuple(IPv6Network(text) for text in ("64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10"))
_DOTTED = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)")
_NAME = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?"
)
_LOOKS_NUMERIC = re.compile(r"0x[0-9a-f]*|\d+")


def is_strict_host(host: str) -> bool:
    """Tell whether a host is written in the one usual way: a name, a dotted quad, or an IPv6 address.

    `127.1`, `2130706433`, `0x7f.1` and the like name loopback for some resolvers, so they are refused as they stand.
    """
    if ":" in host:
        try:
            IPv6Address(host)
        except ValueError:
            return False
        return "%" not in host
    if _DOTTED.fullmatch(host):
        return True
    if not _NAME.fullmatch(host):
        return False
    return _LOOKS_NUMERIC.fullmatch(host.rstrip(".").rsplit(".", 1)[-1]) is None


def is_public(text: str) -> bool:
    """Tell whether an address lies in the public Internet, however it is wrapped."""
    try:
        address = ip_address(text.split("%", 1)[0])
    except ValueError:
        return False
    if "%" in text:
        return False
    if isinstance(address, IPv4Address):
        return _is_public_4(address)
    if address.ipv4_mapped is not None:
        return False
    for network in _NAT64:
        if address in network:
            return _is_public_4(IPv4Address(int(address) & 0xFFFFFFFF))
    if any(address in network for network in _REFUSED_6):
        return False
    return address in _PUBLIC_6 and not any(address in network for network in _BLOCKED_6)


def _is_public_4(address: IPv4Address) -> bool:
    return not any(address in network for network in _BLOCKED_4)
