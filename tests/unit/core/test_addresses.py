"""Which hosts and addresses the guarded client lets through."""

from __future__ import annotations

import pytest

from core.http.addresses import is_public, is_strict_host


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "168.63.129.16", "192.0.0.192", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fec0::1", "2001:db8::1", "fe80::1%eth0", "not an address", "",
    ],
)  # fmt: skip
def test_private_and_special_addresses_are_refused_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_pass(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.1", "0", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "1.2.3", "①②⑦.0.0.1", "１２７.0.0.1", "a b",
     "fe80::1%1", "host。name", "exa\u00admple.org", "", "-", "256.1.1.1", "x..y", "0x7f.1"],
)  # fmt: skip
def test_hosts_that_are_written_in_tricky_ways_are_refused(host: str) -> None:
    assert not is_strict_host(host)


@pytest.mark.parametrize(
    "host", ["example.org", "a.b-c.example", "8.8.8.8", "2606:4700::1", "localhost", "xn--bcher-kva.de"]
)
def test_ordinary_hosts_pass_on_to_the_address_check(host: str) -> None:
    assert is_strict_host(host)
