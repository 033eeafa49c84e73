"""What the HTTP request node sends of files, and what it makes of names, charsets, cookies and pages."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.web.multipart import parts_of
from nodes.abilities import HttpReply
from nodes.base import NodeFailed, NodeResult
from nodes.registry import builtin_catalogue
from tests.unit.nodes.running import Ctx, Scripted

URL = "https://a.example/x"


def result(params: dict[str, Any], ctx: Ctx) -> NodeResult:
    kind = builtin_catalogue().newest("http_request")
    assert kind is not None
    checked = kind.Params.model_validate({"url": URL, **params})
    made: NodeResult = asyncio.run(kind.run(checked, {"json": {}}, ctx))
    return made


def answer(body: bytes = b"{}", kind: str = "application/json", url: str = URL, **headers: str) -> HttpReply:
    return HttpReply(200, "OK", {"content-type": kind, **headers}, body, url)


def kept(ctx: Ctx, content: bytes, name: str, kind: str) -> dict[str, Any]:
    """Return the reference of a file that an item has."""
    saved = asyncio.run(ctx.files.save(content, file_name=name, mime_type=kind))
    return {**saved, "url": f"/api/orchestrator/blobs/{saved['id']}/"}


def test_files_are_parts_of_a_form_with_their_names_and_types() -> None:
    ctx = Ctx(Scripted(answer()))
    file, other = kept(ctx, b"\x89PNG\r\n", 'ä "b".png', "image/png"), kept(ctx, b"2", "two.txt", "text/plain")

    result(
        {"method": "POST", "content_type": "multipart", "body": {"note": "hé", "file": file, "more": [other, file]}},
        ctx,
    )

    [request] = ctx.http.requests
    kind = dict(request.headers)["Content-Type"]
    parts = parts_of(request.body or b"", kind.partition("boundary=")[2])
    assert [(part.name, part.file_name, part.content_type, part.content) for part in parts] == [
        ("note", None, "", "hé".encode()), ("file", 'ä "b".png', "image/png", b"\x89PNG\r\n"),
        ("more", "two.txt", "text/plain", b"2"), ("more", 'ä "b".png', "image/png", b"\x89PNG\r\n"),
    ]  # fmt: skip
    again = Ctx(Scripted(answer()))
    again.files = ctx.files
    result(
        {"method": "POST", "content_type": "multipart", "body": {"note": "hé", "file": file, "more": [other, file]}},
        again,
    )
    assert again.http.requests[0].body == request.body


@pytest.mark.parametrize("kind", ["raw", "auto"])
def test_a_file_is_a_body(kind: str) -> None:
    ctx = Ctx(Scripted(answer()))
    file = kept(ctx, b"%PDF\x00\xff", "a.pdf", "application/pdf")

    result({"method": "PUT", "content_type": kind, "body": file}, ctx)

    assert ctx.http.requests[0].body == b"%PDF\x00\xff"
    assert dict(ctx.http.requests[0].headers)["Content-Type"] == "application/pdf"


def test_a_get_goes_without_its_body_and_says_so() -> None:
    ctx = Ctx(Scripted(answer(), answer()))

    made = result({"body": {"a": 1}}, ctx)

    assert (ctx.http.requests[0].body, [one[0] for one in made.warnings]) == (None, ["body_left_out"])
    assert not result({"body": {}}, ctx).warnings


def test_headers_that_frame_a_call_are_ours() -> None:
    ctx = Ctx(Scripted(answer()))

    made = result({"headers": {"Host": "evil", "content-length": 5, "Transfer-Encoding": "chunked", "X-A": 1}}, ctx)

    assert list(ctx.http.requests[0].headers) == [("X-A", "1")]
    assert [one[0] for one in made.warnings] == ["header_not_sent"] * 3


def test_a_user_in_the_address_is_a_header() -> None:
    ctx = Ctx(Scripted(answer()))

    result({"url": "https://us%40er:p%C3%A4ss@a.example:8443/x?y=1"}, ctx)

    [request] = ctx.http.requests
    assert request.url == "https://a.example:8443/x?y=1"
    assert dict(request.headers)["Authorization"] == "Basic dXNAZXI6cMOkc3M="


def test_a_password_is_in_no_error() -> None:
    with pytest.raises(NodeFailed) as caught:
        result({"url": "https://user:s3/cr3t@a.example/x"}, Ctx(Scripted()))
    assert "cr3t" not in str(caught.value.message)


def test_cookies_are_kept_apart() -> None:
    cookies = ("a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2")
    reply = HttpReply(200, "OK", {"content-type": "text/plain", "set-cookie": ", ".join(cookies)}, b"", URL, cookies)

    made = result({}, Ctx(Scripted(reply)))

    assert made.outputs["main"][0]["json"]["headers"]["set-cookie"] == list(cookies)


def pages(pagination: dict[str, Any], *replies: HttpReply, url: str = URL) -> tuple[list[str], NodeResult]:
    ctx = Ctx(Scripted(*replies))
    made = result({"url": url, "pagination": pagination}, ctx)
    return [request.url for request in ctx.http.requests], made


FULL, EMPTY = answer(b'{"a":[1]}'), answer(b'{"a":[]}')


@pytest.mark.parametrize(
    ("url", "first", "asked"),
    [
        (URL, 1, [f"{URL}?page=1", f"{URL}?page=2"]), (URL, 0, [f"{URL}?page=0", f"{URL}?page=1"]),
        (URL, 6, [f"{URL}?page=6", f"{URL}?page=7"]), (f"{URL}?page=5&q=a%20b", 1, [f"{URL}?page=5&q=a%20b", f"{URL}?page=6&q=a%20b"]),
        (f"{URL}?q=a%20b", 1, [f"{URL}?q=a%20b&page=1", f"{URL}?q=a%20b&page=2"]),
    ],
)  # fmt: skip
def test_pages_are_counted_from_the_first_one(url: str, first: int, asked: list[str]) -> None:
    paging = {"mode": "page_number", "first_page": first, "items_path": "a"}
    found, made = pages(paging, FULL, EMPTY, url=url)

    assert (found, made.warnings) == (asked, ())


def test_pages_are_followed_by_the_link_header() -> None:
    link = '<https://a.example/x?p=1>; rel="first prev", </x?p=2>; title="a, b"; rel="last next"'
    found, _ = pages({"mode": "link_header"}, answer(link=link), answer(link='</x>; rel="first"'))

    assert found == [URL, f"{URL}?p=2"]


def test_pages_are_followed_by_a_cursor() -> None:
    paging = {"mode": "cursor", "cursor_path": "meta.next", "cursor_param": "after"}
    found, _ = pages(paging, answer(b'{"meta":{"next":"a+b="}}'), answer(b'{"meta":{"next":""}}'))

    assert found == [URL, f"{URL}?after=a%2Bb%3D"]


def test_that_there_are_more_pages_is_told() -> None:
    found, made = pages({"mode": "page_number", "max_pages": 2, "items_path": "a"}, FULL, FULL)

    assert (len(found), [one[0] for one in made.warnings]) == (2, ["more_pages"])
