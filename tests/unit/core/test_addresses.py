"""Which hosts and addresses the guarded client lets through."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.http.addresses import is_public, is_strict_host
from core.http.client import _parsed
from core.http.resolve import BlockedAddress
from tests.thoroughness import examples


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


# -- any text as a URL ---------------------------------------------------------------------------------------------------
PIECES = st.lists(
    st.sampled_from(["http", "https", "ftp", "file", ":", "//", "/", "@", "#", "?", "\\", "[", "]", "%", "%2f", ".", "127", "0x7f",
                     "localhost", "::1", "::ffff:127.0.0.1", "example.org", "user", "80", "\t", " ", "\n", "\u3002", "①", "\u00ad", "0"])
    | st.text(max_size=5), max_size=12,
).map("".join)  # fmt: skip


@given(text=PIECES)
@settings(max_examples=examples(500), deadline=None)
def test_any_text_as_a_url_leads_to_a_strict_host_or_nowhere(text: str) -> None:
    try:
        parsed = _parsed(text)
    except BlockedAddress:
        return
    assert parsed.scheme in ("http", "https")
    assert not parsed.userinfo
    host = parsed.raw_host.decode().strip("[]").lower()
    if is_strict_host(host) and ("." in host or ":" in host):
        assert not host.startswith(("127.", "0.")) or not is_public(host)


@given(octets=st.binary(min_size=16, max_size=16))
@settings(max_examples=examples(500), deadline=None)
def test_no_form_of_a_private_address_is_public(octets: bytes) -> None:
    """Every IPv6 address that carries a private IPv4 one at its end, in the forms that some stack unwraps."""
    private = ip_address(b"\x0a" + octets[1:4])
    for prefix in ("::ffff:0:0", "::", "64:ff9b::", "64:ff9b:1::", "2002::", "::ffff:0:0:0"):
        wrapped = ip_address(int(ip_address(prefix)) | int(private))
        assert not is_public(str(wrapped)), wrapped
    assert not is_public(f"2002:0a{octets[1]:02x}:{octets[2]:02x}{octets[3]:02x}::1")
