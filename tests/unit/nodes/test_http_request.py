"""The HTTP request node: what it sends, and what it makes of replies."""

from __future__ import annotations

from typing import Any

import pytest

from core.json import dumps
from nodes.abilities import HttpReply
from nodes.base import NodeFailed
from nodes.handlers.network.http_reply import file_name_of
from tests.unit.nodes.running import Ctx, Scripted, run
from tests.unit.nodes.test_values_of_nodes import codes, result_of


def reply(status: int = 200, body: bytes = b'{"a": 1}', kind: str = "application/json", **headers: str) -> HttpReply:
    return HttpReply(status, "", {"content-type": kind, **headers}, body, "https://api.example.org/x")


def test_http_request_sends_what_it_is_told() -> None:
    ctx = Ctx(Scripted(reply()), ("http_bearer", {"token": "t0ken"}))
    params = {
        "method": "POST",
        "url": "https://api.example.org/x?a=1",
        "query": {"b": [1, 2]},
        "headers": {"X-Y": "z"},
        "body": {"k": 1},
    }

    made = run("http_request", params, {}, ctx=ctx)

    [request] = ctx.http.requests
    headers = dict(request.headers)
    assert request.url == "https://api.example.org/x?a=1&b=1&b=2"
    assert (request.body, headers["Content-Type"], headers["X-Y"]) == (b'{"k":1}', "application/json", "z")
    assert (headers["Authorization"], headers["Idempotency-Key"]) == ("Bearer t0ken", "run:node::0")
    assert made["main"] == [{"status": 200, "headers": {"content-type": "application/json"}, "body": {"a": 1}}]


@pytest.mark.parametrize(
    ("params", "body", "kind"),
    [
        ({"content_type": "form", "body": {"a": "x y", "b": 1}}, b"a=x+y&b=1", "application/x-www-form-urlencoded"),
        ({"body": "plain"}, b"plain", "text/plain"),
        ({"content_type": "json", "body": '{"a":1}'}, b'{"a":1}', "application/json"),
    ],
)
def test_http_request_bodies(params: dict[str, Any], body: bytes, kind: str) -> None:
    ctx = Ctx(Scripted(reply()))

    run("http_request", {"method": "POST", "url": "https://x.example", **params}, {}, ctx=ctx)

    assert (ctx.http.requests[0].body, dict(ctx.http.requests[0].headers)["Content-Type"]) == (body, kind)


def test_http_errors_fail_and_say_whether_another_try_can_help() -> None:
    for status, retryable in ((404, False), (429, True), (503, True)):
        with pytest.raises(NodeFailed) as caught:
            run(
                "http_request",
                {"url": "https://x.example"},
                {},
                ctx=Ctx(Scripted(HttpReply(status, "", {"retry-after": "7"}, b"no", "https://x.example/"))),
            )
        assert (caught.value.node_code, caught.value.retryable, caught.value.retry_after_s) == (
            "http_status",
            retryable,
            7,
        )
        assert caught.value.details["status"] == status
    made = run("http_request", {"url": "https://x.example", "never_fail": True}, {}, ctx=Ctx(Scripted(reply(404))))
    assert made["main"][0]["status"] == 404


def test_http_pages_are_walked() -> None:
    pages = [reply(body=b'{"next": "/x?p=2", "n": 1}'), reply(body=b'{"next": null, "n": 2}')]
    params = {
        "url": "https://api.example.org/x",
        "full_response": False,
        "pagination": {"mode": "next_url", "next_url": "next"},
    }

    made = run("http_request", params, {}, ctx=Ctx(Scripted(*pages)))

    assert [page["n"] for page in made["main"]] == [1, 2]


def test_a_next_page_on_another_host_is_refused() -> None:
    params = {"url": "https://api.example.org/x", "pagination": {"mode": "next_url", "next_url": "next"}}

    with pytest.raises(NodeFailed, match="another host"):
        run("http_request", params, {}, ctx=Ctx(Scripted(reply(body=b'{"next": "http://evil.example/"}'))))


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [("punycode", b"a" * 3_000_000, "a" * 3_000_000), ("idna", b"a..b", "a..b"), ("undefined", b"a", "a"),
     ("zlib", b"a", "a"), ("iso-8859-1", b"Gr\xfc\xdfe", "Grüße"), ("windows-1251", b"\xcf", "П")],
)  # fmt: skip
def test_a_reply_is_read_in_the_charset_it_names_where_that_is_one(charset: str, body: bytes, text: str) -> None:
    reply = HttpReply(200, "OK", {"content-type": f"text/plain; charset={charset}"}, body, "https://a.example/")
    made = run("http_request", {"url": "https://a.example/"}, {}, ctx=Ctx(Scripted(reply)))

    assert made["main"][0]["body"] == text


UNREADABLE = ["http://[::1", "http://a]b/", "http://\u2100.example/", "https://" + "a\u0315\u0300" * 2500]


@pytest.mark.parametrize("url", UNREADABLE)
@pytest.mark.parametrize("more", [{"query": {"a": 1}}, {}])
def test_an_address_that_cannot_be_read_fails_the_node(url: str, more: dict[str, Any]) -> None:
    ctx = Ctx(Scripted(reply()), ("http_header", {"name": "X-K", "value": "v", "allowed_hosts": "x.example"}))
    with pytest.raises(NodeFailed) as caught:
        run("http_request", {"url": url, **more}, {}, ctx=ctx)
    assert caught.value.node_code == "invalid_params"
    assert ctx.http.requests == []


@pytest.mark.parametrize("link", UNREADABLE)
def test_a_link_to_a_page_that_cannot_be_read_fails_the_node(link: str) -> None:
    ctx = Ctx(Scripted(reply(body=dumps({"next": link}))))
    pages = {"mode": "next_url", "next_url": "next"}
    with pytest.raises(NodeFailed) as caught:
        run("http_request", {"url": "https://x.example", "pagination": pages}, {}, ctx=ctx)
    assert caught.value.node_code in ("invalid_params", "invalid_pagination")


@pytest.mark.parametrize("url", UNREADABLE)
def test_a_file_of_an_address_that_cannot_be_read_has_a_name(url: str) -> None:
    odd = HttpReply(200, "", {"content-type": "application/octet-stream"}, b"x", url)
    made = run("http_request", {"url": "https://x.example"}, {}, ctx=Ctx(Scripted(odd)))
    assert len(made["main"]) == 1


@pytest.mark.parametrize(
    ("url", "first_page", "asked"),
    [
        ("https://api.example.org/x", 0, ["page=0", "page=1", "page=2"]),
        ("https://api.example.org/x?q=a", 1, ["q=a&page=1", "q=a&page=2", "q=a&page=3"]),
        ("https://api.example.org/x?page=5", 1, ["page=5", "page=6", "page=7"]),
    ],
)
def test_pages_are_counted_from_the_first(url: str, first_page: int, asked: list[str]) -> None:
    ctx = Ctx(Scripted(reply(body=b'{"l": [1]}'), reply(body=b'{"l": [2]}'), reply(body=b'{"l": []}')))
    pagination = {"mode": "page_number", "first_page": first_page, "items_path": "l"}
    run("http_request", {"url": url, "full_response": False, "pagination": pagination}, {}, ctx=ctx)

    assert [request.url.partition("?")[2] for request in ctx.http.requests] == asked


@pytest.mark.parametrize(
    ("said", "url", "name"),
    [
        ('attachment; filename="a b.pdf"', "https://x.example/y", "a b.pdf"),
        ("attachment; filename*=UTF-8''%e2%82%ac.txt; filename=x", "https://x.example/y", "€.txt"),
        ("attachment; filename=../../etc/passwd", "https://x.example/y", "passwd"), ("", "https://x.example/a%20b.pdf", "a b.pdf"),
        ("", "https://x.example/", "download"), ("attachment; filename=..", "https://x.example/", "download"),
    ],
)  # fmt: skip
def test_a_file_has_the_name_its_server_gives_it(said: str, url: str, name: str) -> None:
    assert file_name_of(HttpReply(200, "", {"content-disposition": said} if said else {}, b"", url)) == name


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("application/json", b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ("application/json; charset=iso-8859-1", '{"a": "é"}'.encode("latin-1"), {"a": "é"}),
        ("text/xml", '<?xml version="1.0" encoding="iso-8859-1"?><r>Região</r>'.encode("latin-1"),
         '<?xml version="1.0" encoding="iso-8859-1"?><r>Região</r>'),
        ("text/html", '<meta charset="windows-1252"><p>Região'.encode("cp1252"), '<meta charset="windows-1252"><p>Região'),
    ],
)  # fmt: skip
def test_replies_are_read_in_their_charset(kind: str, body: bytes, expected: object) -> None:
    made = run("http_request", {"url": "https://x.example"}, {}, ctx=Ctx(Scripted(reply(body=body, kind=kind))))
    assert made["main"][0]["body"] == expected


def test_what_does_not_get_through_is_told_of() -> None:
    lost = result_of(
        "http_request", {"url": "https://x.example", "body": {"a": 1}}, {"json": {}}, ctx=Ctx(Scripted(reply()))
    )
    assert codes(lost) == [("body_left_out", "body")]
    text = reply(body=b"a\0b", kind="text/plain")
    made = result_of("http_request", {"url": "https://x.example"}, {"json": {}}, ctx=Ctx(Scripted(text)))
    assert made.outputs["main"][0]["json"]["body"] == "a\ufffdb"
    assert codes(made) == [("replaced_character", "outputs.body")]


@pytest.mark.parametrize(
    ("kind", "encoding", "expected", "warned"),
    [
        ("text/plain", "auto", "é €", [("guessed_encoding", "outputs.body")]),
        ("text/plain; charset=utf-8", "auto", "é €", [("guessed_encoding", "outputs.body")]),
        ("text/plain; charset=windows-1252", "auto", "é €", []),
        ("text/plain; charset=iso-8859-1", "auto", "é €", []),
        ("text/plain; charset=utf-8", "windows-1252", "é €", []),
        ("text/plain", "utf-8", "\ufffd \ufffd", [("replaced_character", "outputs.body")]),
        ("text/plain", "koi8-r", "И ─", []),
    ],
)  # fmt: skip
def test_a_reply_is_read_as_chosen_as_it_says_or_as_windows_1252(
    kind: str, encoding: str, expected: str, warned: list[Any]
) -> None:
    ctx = Ctx(Scripted(reply(body="é €".encode("cp1252"), kind=kind)))
    params = {"url": "https://x.example", "response_encoding": encoding}
    made = result_of("http_request", params, {"json": {}}, ctx=ctx)

    assert made.outputs["main"][0]["json"]["body"] == expected
    assert codes(made) == warned


def test_json_is_read_in_its_encoding_and_an_unknown_one_is_refused() -> None:
    ctx = Ctx(Scripted(reply(body='{"a": "é"}'.encode("cp1252"), kind="application/json")))
    made = result_of("http_request", {"url": "https://x.example"}, {"json": {}}, ctx=ctx)
    assert (made.outputs["main"][0]["json"]["body"], codes(made)) == (
        {"a": "é"},
        [("guessed_encoding", "outputs.body")],
    )
    with pytest.raises(ValueError, match="not an encoding"):
        run("http_request", {"url": "https://x.example", "response_encoding": "klingon"}, {}, ctx=ctx)


def test_a_body_of_parts_has_a_thousand_at_most() -> None:
    ctx = Ctx(Scripted(reply()))
    params: dict[str, Any] = {"url": "https://example.org/", "method": "POST", "content_type": "multipart"}
    run("http_request", {**params, "body": {f"k{number}": "x" for number in range(1000)}}, {}, ctx=ctx)

    assert (ctx.http.requests[0].body or b"").count(b"form-data") == 1000
    with pytest.raises(NodeFailed, match="at most 1,000"):
        run("http_request", {**params, "body": {f"k{number}": "x" for number in range(1001)}}, {}, ctx=ctx)
