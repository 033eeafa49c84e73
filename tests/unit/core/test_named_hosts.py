"""Which addresses a list of hosts names."""

from __future__ import annotations

import pytest

from core.values.hosts import is_named


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("api.example.org", "https://api.example.org/a?b=c"),
        ("api.example.org", "https://API.example.org:443/"),
        ("api.example.org:443", "https://api.example.org/"),
        ("*.example.org", "https://api.example.org/"),
        ("*.example.org:8443", "https://a.b.example.org:8443/"),
        ("http://api.example.org", "http://api.example.org:80/"),
        ("http://127.0.0.1:9107", "http://127.0.0.1:9107/x"),
        ("[::1]:8080", "https://[::1]:8080/"),
        ("https://api.example.org/v1", "https://api.example.org/other"),
    ],
)
def test_an_address_is_named_with_its_scheme_and_port(name: str, url: str) -> None:
    assert is_named(url, ["other.example", name])


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("api.example.org", "http://api.example.org/"),
        ("api.example.org", "https://api.example.org:8443/"),
        ("api.example.org", "http://api.example.org:443/"),
        ("api.example.org", "https://api.example.org.evil.net/"),
        ("api.example.org", "https://evil.net/api.example.org"),
        ("api.example.org", "https://api.example.org@evil.net/"),
        ("*.example.org", "https://example.org/"),
        ("*.example.org", "https://evilexample.org/"),
        ("http://api.example.org", "https://api.example.org/"),
        ("api.example.org:99999", "https://api.example.org/"),
        ("api.example.org", "https://api.example.org:99999/"),
        ("[::1", "https://[::1"),
        ("*", "https://evil.net/"),
        (":443", "https:///x"),
    ],
)
def test_another_scheme_port_or_host_is_not_named(name: str, url: str) -> None:
    assert not is_named(url, [name])
