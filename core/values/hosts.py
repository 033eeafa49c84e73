"""Names of hosts, as they stand in addresses and in the `Host` of a request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

LONGEST = 2000  # of a host with what stands before it; names have up to 253
_PORTS = {"https": 443, "http": 80}
_PATH = re.compile("[/?#]")
_LEFT_OUT = re.compile("[\x00-\x20]+")  # before a scheme, and line breaks anywhere


def url_parts(url: str) -> SplitResult:
    """Return the parts of an address. Raises: ValueError, also where its host is of no sane length.

    The library normalizes the host, which takes quadratic time for one of many combining marks.
    """
    if len(url) > LONGEST and not url.isascii():
        before, slashes, behind = _LEFT_OUT.sub("", url).partition("//")
        if slashes and (not before or before.endswith(":")) and len(_PATH.split(behind, maxsplit=1)[0]) > LONGEST:
            raise ValueError("The host is too long")
    return urlsplit(url)


def readable_parts(url: str) -> SplitResult:
    """Return the parts of an address; of one that cannot be read they are empty."""
    try:
        return url_parts(url)
    except ValueError:
        return urlsplit("")


def host_of(url: str) -> str:
    """Return the host of an address without its port, in lower case; one of IPv6 in its brackets."""
    host = url_parts(url).hostname or ""
    return f"[{host}]" if ":" in host else host


def host_named(header: str) -> str:
    """Return the host that a `Host` names, without its port."""
    return host_of(f"//{header}".lower().rstrip(".")).rstrip(".")


def is_named(url: str, names: Iterable[str]) -> bool:
    """Tell whether an address is one of those named: `host`, `*.host` for all below it, `host:port`, `http://host:port`.

    Where a name has no scheme it means https, and without a port the scheme's own.
    """
    wanted = _origin(url)
    return wanted is not None and any(_fits(wanted, name) for name in names)


def _origin(text: str) -> tuple[str, str, int | None] | None:
    """Return (scheme, host, port) of an address or a name of hosts, in lower case; None where it cannot be read."""
    try:
        parts = url_parts(text if "://" in text else f"https://{text}")
        return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None


def _fits(wanted: tuple[str, str, int | None], name: str) -> bool:
    allowed = _origin(name)
    if allowed is None or not allowed[1] or (wanted[0], wanted[2]) != (allowed[0], allowed[2]):
        return False
    host = allowed[1]
    return wanted[1] == host or (host.startswith("*.") and wanted[1].endswith(host[1:]))


def fault_of_hooks_url(url: str, public_url: str) -> str | None:
    """Return what is wrong with the address of webhooks, or None."""
    parts = url_parts(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
        return "HEDDLE_HOOKS_URL must be an address without a path, as https://hooks.example.org"
    if public_url and host_of(public_url) == host_of(url):
        return "HEDDLE_HOOKS_URL must name another host than HEDDLE_PUBLIC_URL: browsers share much between ports"
    return None
