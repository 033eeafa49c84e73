"""Names of hosts, as they stand in addresses and in the `Host` of a request."""

from __future__ import annotations

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """Return the host of an address without its port, in lower case; one of IPv6 in its brackets."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host


def host_named(header: str) -> str:
    """Return the host that a `Host` names, without its port."""
    return host_of(f"//{header}".lower().rstrip(".")).rstrip(".")


def fault_of_hooks_url(url: str, public_url: str) -> str | None:
    """Return what is wrong with the address of webhooks, or None."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
        return "HEDDLE_HOOKS_URL must be an address without a path, as https://hooks.example.org"
    if public_url and host_of(public_url) == host_of(url):
        return "HEDDLE_HOOKS_URL must name another host than HEDDLE_PUBLIC_URL: browsers share much between ports"
    return None
