"""A request made of parts: which of them wins, and what is kept from other origins."""

from __future__ import annotations

from core.http.requests import HttpAuth, request_of

TOKEN = HttpAuth(headers=(("X-Token", "secret"),), query=(("key", "a b"),))


def test_what_a_credential_adds_wins_and_is_dropped_for_other_origins() -> None:
    made = request_of("GET", "https://a.example/?x=1", headers=[("x-token", "own"), ("Accept", "*/*")], auth=TOKEN)

    assert made.headers == (("Accept", "*/*"), ("X-Token", "secret"))
    assert made.private_headers == {"x-token"}
    assert made.url == "https://a.example/?x=1&key=a+b"


def test_a_key_goes_with_what_changes_something_unless_there_is_one() -> None:
    assert request_of("GET", "https://a.example", idempotency_key="k").headers == ()
    assert request_of("POST", "https://a.example", idempotency_key="k").headers == (("Idempotency-Key", "k"),)
    own = [("idempotency-key", "mine")]
    assert request_of("POST", "https://a.example", headers=own, idempotency_key="k").headers == tuple(own)


def test_the_type_of_a_body_is_said_once() -> None:
    own = [("content-type", "text/x")]
    assert request_of("POST", "https://a.example", body=b"{}", content_type="application/json").headers == (
        ("Content-Type", "application/json"),
    )
    assert request_of("POST", "https://a.example", headers=own, content_type="application/json").headers == tuple(own)
