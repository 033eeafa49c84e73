"""Who calls, by what proxies say, and what an address is counted as."""

from __future__ import annotations

import pytest

from core.asgi.callers import UNKNOWN, caller_of, network_of


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "caller"),
    [
        ("127.0.0.1", "1.2.3.4", 0, "127.0.0.1"),
        ("127.0.0.1", "1.2.3.4, 5.6.7.8", 1, "5.6.7.8"),
        ("127.0.0.1", "1.2.3.4, 5.6.7.8", 2, "1.2.3.4"),
        ("127.0.0.1", "1.2.3.4, 5.6.7.8", 3, "127.0.0.1"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "not an address", 1, "10.0.0.1"),
        ("10.0.0.1", "x" * 10_000, 1, "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4:5678", 1, "1.2.3.4"),
        ("10.0.0.1", "[2001:db8::1]:443", 1, "2001:db8::1"),
        ("10.0.0.1", '"[2001:db8::1]"', 1, "2001:db8::1"),
        ("10.0.0.1", "fe80::1%eth0", 1, "fe80::1"),
        ("::ffff:10.0.0.1", "", 0, "10.0.0.1"),
        ("10.0.0.1", "::ffff:1.2.3.4", 1, "1.2.3.4"),
        ("10.0.0.1", " , ,", 1, "10.0.0.1"),
        ("10.0.0.1", "127.1", 1, "10.0.0.1"),
        ("/run/web.sock", "", 0, UNKNOWN),
        ("", "", 0, UNKNOWN),
    ],
)
def test_only_as_many_steps_count_as_there_are_proxies(peer: str, forwarded: str, proxies: int, caller: str) -> None:
    assert caller_of(peer, forwarded, proxies) == caller


def test_ipv6_is_counted_by_its_64() -> None:
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("2001:db8:1:2::/64") == "2001:db8:1:2::/64"
    assert network_of("1.2.3.4") == "1.2.3.4" == network_of("::ffff:1.2.3.4")
    assert network_of("nonsense") == UNKNOWN
