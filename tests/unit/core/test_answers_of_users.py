"""What of a workflow's answer may reach a browser."""

from __future__ import annotations

import pytest

from core.web.answers_of_users import NO_TYPE, is_plain, passed, readable_type, redirect_target


@pytest.mark.parametrize(
    "given", ["application/json", "Application/JSON", "text/plain", "text/plain; charset=utf-8", "text/plain;charset=x"]
)
def test_json_and_plain_text_are_shown_as_they_are(given: str) -> None:
    assert is_plain(readable_type(given))


@pytest.mark.parametrize(
    "given",
    ["text/html", "Text/HTML", " text/html", "text/html ; charset=utf-8", "text/html;", "", "text", "text/plain, text/html",
     "text/plain; x=y", "application/xhtml+xml", "image/svg+xml", "text/xml", "text/plain\ttext/html", "application/jsonp",
     "text/javascript", "multipart/x-mixed-replace; boundary=a", "application/json; charset=\"utf-8\"", "text/plain/html",
     "text/plain;charset=utf-8,text/html", "message/rfc822", "TEXT/PLAIN; CHARSET=UTF-7; a=b"],
)  # fmt: skip
def test_any_other_spelling_is_isolated(given: str) -> None:
    assert not is_plain(readable_type(given))


@pytest.mark.parametrize("given", ["", "html", "text/plain, text/html", "a/b\nc: d", "text/html; ;"])
def test_a_type_that_none_can_read_is_bytes(given: str) -> None:
    assert readable_type(given) == NO_TYPE


def test_headers_pass_by_an_allow_list() -> None:
    wanted = {"X-R": "1", "Cache-Control": "no-store", "Retry-After": "3", "Access-Control-Allow-Origin": "*"}
    refused = ["Set-Cookie", "content-security-policy", "Clear-Site-Data", "Service-Worker-Allowed", "Refresh", "Location",
               "NEL", "Report-To", "Strict-Transport-Security", "Link", "X-Accel-Redirect", "X-Frame-Options", "Link ",
               "X-Content-Type-Options", "Access-Control-Allow-Credentials", "WWW-Authenticate", "SourceMap", "",
               "X-Sendfile", "Content-Length", "Content-Encoding", "Alt-Svc", "Reporting-Endpoints"]  # fmt: skip

    kept, left_out = passed({**wanted, **dict.fromkeys(refused, "x")})

    assert kept == wanted
    assert left_out == refused


@pytest.mark.parametrize("given", ["https://example.org/a?b=c#d", "http://example.org", "/thanks"])
def test_a_redirect_leads_to_an_address_or_a_path(given: str) -> None:
    assert redirect_target(given) == given


@pytest.mark.parametrize(
    "given", ["javascript:alert(1)", "//evil.example", "/\\evil.example", "https:evil", "https://a@evil", "data:text/html,x",
              "/a\r\nSet-Cookie: x", "", "https://", "ftp://a", "http://[", "relative"],
)  # fmt: skip
def test_a_redirect_leads_nowhere_else(given: str) -> None:
    assert redirect_target(given) is None
