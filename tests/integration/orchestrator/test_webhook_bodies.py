"""What a webhook's call brings: text in any charset, packed bodies, every file, and the bytes as they came."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.models import Blob, User
from core.storage import blobs
from executor.models import Execution
from tests.builders import edge, graph, node

pytestmark = pytest.mark.django_db(transaction=True)
BOUNDARY = "xYzZY"
PARTS = f"multipart/form-data; boundary={BOUNDARY}"


def hook(api: APIClient, user: User, **params: Any) -> str:
    """Return the path of a deployed webhook."""
    document = graph([node("h", "webhook_trigger", {"path": "in", **params}), node("z")], [edge("h", "z")])
    made = api.post("/api/orchestrator/workflows/", {"name": "in", **document}, format="json")
    assert made.status_code == 201, made.json()
    deployed = api.post(f"/api/orchestrator/workflows/{made.json()['id']}/deploy/", {}, format="json")
    assert deployed.status_code == 200, deployed.json()
    return f"/api/webhooks/{user.pk}/in"


def came(url: str, body: bytes, kind: str, **headers: str) -> dict[str, Any]:
    """Call a webhook; returns the input of its run."""
    reply: Any = Client().generic("POST", url, body, kind, headers=headers)
    assert reply.status_code == 202, reply.content
    given: dict[str, Any] = Execution.objects.get(pk=reply.json()["execution_id"]).input
    return given


def files(user: User, given: dict[str, Any]) -> dict[str, tuple[str, str, bytes]]:
    """Return {name: (the file's name, its type, its bytes)}."""
    return {
        name: (one["file_name"], one["mime_type"], blobs.load(owner_id=user.pk, blob_id=one["id"]))
        for name, one in given.get("$binary", {}).items()
    }


def form(*parts: tuple[str, bytes], end: str = "--") -> bytes:
    """Return a body of parts, each by its headers and its content."""
    made = b"".join(f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts)
    return made + f"--{BOUNDARY}{end}\r\n".encode()


def said(name: str, file_name: str | None = None) -> str:
    return f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file_name}"' if file_name else "")


def test_every_file_of_a_form_is_kept(api: APIClient, user: User) -> None:
    url = hook(api, user)
    body = form(
        (said("files", "a.txt"), b"A"), (said("files", "b.txt") + "\r\nContent-Type: text/css", b"B"), (said("note"), b"hello"),
        (said("files", "c.txt"), b"C"), (said("docs[]", "d.txt"), b"D"), (said("docs[]", "e.txt"), b"E"),
        ('Content-Disposition: form-data; filename="nameless.bin"', b"N"), (said("pic"), b"\x89PNG\x00\xff"),
        (said("page") + "\r\nContent-Type: application/pdf", b"%PDF"), (said("none") + '; filename=""', b""),
        ("Content-Disposition: form-data; name=uml; filename*=UTF-8''%C3%A4%20b.txt", b"U"),
    )  # fmt: skip

    given = came(url, body, PARTS)

    assert given["body"] == {"note": "hello"}
    assert files(user, given) == {
        "files": ("a.txt", "application/octet-stream", b"A"), "files_1": ("b.txt", "text/css", b"B"),
        "files_2": ("c.txt", "application/octet-stream", b"C"), "docs": ("d.txt", "application/octet-stream", b"D"),
        "docs_1": ("e.txt", "application/octet-stream", b"E"),
        "file": ("nameless.bin", "application/octet-stream", b"N"),
        "pic": ("pic", "application/octet-stream", b"\x89PNG\x00\xff"), "page": ("page.pdf", "application/pdf", b"%PDF"),
        "uml": ("ä b.txt", "application/octet-stream", b"U"),
    }  # fmt: skip


def test_names_of_files_have_no_folders(api: APIClient, user: User) -> None:
    url = hook(api, user)
    body = form(
        (said("a", "../../etc/passwd"), b"1"), (said("b", "C:\\Users\\x\\y.doc"), b"2"), (said("c", "a%22b.txt"), b"3")
    )

    assert [one[0] for one in files(user, came(url, body, PARTS)).values()] == ["passwd", "y.doc", 'a"b.txt']


@pytest.mark.parametrize(
    ("body", "reason"),
    [(form((said("a", "a.txt"), b"A"), end=""), "last boundary"), (b"nothing", "boundary is not in it"),
     (b"--" + BOUNDARY.encode() + b"\r\nno end", "last boundary")],
)  # fmt: skip
def test_a_form_that_ends_early_starts_nothing(api: APIClient, user: User, body: bytes, reason: str) -> None:
    reply: Any = Client().generic("POST", hook(api, user), body, PARTS)

    assert (reply.status_code, reply.json()["code"]) == (400, "malformed_json")
    assert reason in reply.json()["detail"]
    assert not Execution.objects.exists()
    assert not Blob.objects.exists()


@pytest.mark.parametrize(
    ("kind", "body", "value"),
    [
        ("application/json", b'\xef\xbb\xbf{"a":"\xc3\xa9"}', {"a": "é"}),
        ("application/json; charset=ISO-8859-1", b'{"a":"\xe9"}', {"a": "é"}),
        ("application/json", '{"a":"é"}'.encode("utf-16"), {"a": "é"}),
        ("application/json", '{"a":"é"}'.encode("utf-16-le"), {"a": "é"}),
        ("application/vnd.api+json; charset=utf-16be", '{"a":"é"}'.encode("utf-16-be"), {"a": "é"}),
        ("text/plain; charset=windows-1252", b"5 \x80", "5 €"),
        ("text/plain; charset=iso-8859-1", b"5 \x80", "5 €"),
        ("text/xml", b"<?xml version='1.0' encoding='ISO-8859-2'?><a>\xb9</a>", "<?xml version='1.0' encoding='ISO-8859-2'?><a>š</a>"),
        ("text/xml; charset=iso-8859-1", b"<a>\xe9</a>", "<a>é</a>"),
        ("text/html", b'<meta charset="koi8-r"><p>\xf0</p>', '<meta charset="koi8-r"><p>П</p>'),
        ("text/csv", "a;b".encode("utf-16"), "a;b"),
        ("application/x-www-form-urlencoded", b"a=%C3%B6&b=1&b=2", {"a": "ö", "b": ["1", "2"]}),
        ("application/x-www-form-urlencoded; charset=windows-1252", b"a=%F6&b=\xf6", {"a": "ö", "b": "ö"}),
        ("application/x-www-form-urlencoded", b"_charset_=iso-8859-1&a=%F6", {"_charset_": "iso-8859-1", "a": "ö"}),
    ],
)  # fmt: skip
def test_text_is_read_in_the_charset_it_is_in(api: APIClient, user: User, kind: str, body: bytes, value: Any) -> None:
    given = came(hook(api, user), body, kind)

    assert given["body"] == value
    assert "guessed_encoding" not in given


@pytest.mark.parametrize(
    ("kind", "body", "value"),
    [("text/plain", b"K\xf6ln", "Köln"), ("application/x-www-form-urlencoded", b"a=%F6", {"a": "ö"}),
     ("text/plain; charset=utf-8", b"K\xf6ln", "Köln")],
)  # fmt: skip
def test_text_that_is_in_no_charset_it_says_is_told_to_be_a_guess(
    api: APIClient, user: User, kind: str, body: bytes, value: Any
) -> None:
    given = came(hook(api, user), body, kind)

    assert (given["body"], given["guessed_encoding"]) == (value, "windows-1252")


@pytest.mark.parametrize(
    ("kind", "body", "disposition", "named"),
    [
        ("application/pdf", b"%PDF-1.7", None, "data.pdf"),
        ("image/gif", b"GIF89a plain", 'attachment; filename="x.gif"', "x.gif"),
        ("application/octet-stream", b"\x00\x01", "attachment; filename*=utf-8''%E2%82%AC.bin", "€.bin"),
        ("", b"\xff\x00\xff", None, "data"),
    ],
)
def test_a_body_that_is_no_text_is_a_file(
    api: APIClient, user: User, kind: str, body: bytes, disposition: str | None, named: str
) -> None:
    headers = {"Content-Disposition": disposition} if disposition else {}
    given = came(hook(api, user), body, kind, **headers)

    assert given["body"] == {}
    assert files(user, given) == {"data": (named, kind or "application/octet-stream", body)}


@pytest.mark.parametrize(
    ("packing", "packed"),
    [("gzip", gzip.compress(b'{"a":1}', mtime=0)), ("deflate", zlib.compress(b'{"a":1}')), ("GZIP", gzip.compress(b'{"a":1}', mtime=0)),
     ("identity", b'{"a":1}'), ("deflate, gzip", gzip.compress(zlib.compress(b'{"a":1}'), mtime=0))],
)  # fmt: skip
def test_a_packed_body_is_unpacked(api: APIClient, user: User, packing: str, packed: bytes) -> None:
    given = came(hook(api, user), packed, "application/json", **{"Content-Encoding": packing})

    assert given["body"] == {"a": 1}


@pytest.mark.parametrize(
    ("packed", "status", "code"),
    [(gzip.compress(b"0" * 20_000_000, mtime=0), 413, "payload_too_large"), (gzip.compress(b"{}", mtime=0)[:-4], 400, "malformed_json"),
     (b"{}", 400, "malformed_json")],
)  # fmt: skip
def test_a_body_that_is_not_what_its_packing_says_is_refused(
    api: APIClient, user: User, packed: bytes, status: int, code: str
) -> None:
    sent = {"Content-Encoding": "gzip"}
    reply: Any = Client().generic("POST", hook(api, user), packed, "application/json", headers=sent)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert not Execution.objects.exists()


@pytest.mark.parametrize("kind", ["application/json", PARTS, "text/plain", "application/x-www-form-urlencoded"])
def test_the_bytes_of_any_body_can_be_had(api: APIClient, user: User, kind: str) -> None:
    body = form((said("raw_body", "a.txt"), b"A")) if kind == PARTS else b'{ "a" : 1 }'

    kept = files(user, came(hook(api, user, raw_body=True), body, kind))

    assert kept["raw_body"] == ("raw_body", kind.partition(";")[0], body)
    assert (kept.get("raw_body_1") is not None) == (kind == PARTS)


def test_fields_keep_the_charset_of_their_part(api: APIClient, user: User) -> None:
    body = form((said("a") + "\r\nContent-Type: text/plain; charset=iso-8859-1", b"\xe9"), (said("b"), "é".encode()),
                (said("c") + "\r\nContent-Transfer-Encoding: base64", b"aGk="))  # fmt: skip

    assert came(hook(api, user), body, PARTS)["body"] == {"a": "é", "b": "é", "c": "hi"}


def test_the_key_of_a_stranger_counts_for_the_same_call_alone(api: APIClient, user: User) -> None:
    url = hook(api, user)
    key = {"Idempotency-Key": "order-1001"}
    replies: list[Any] = [
        Client().generic("POST", url, body, "application/json", headers=key)
        for body in (b'{"a":1}', b'{"a":2}', b'{"a":1}')
    ]

    ids = [reply.json()["execution_id"] for reply in replies]
    assert [reply.get("Idempotent-Replayed") for reply in replies] == [None, None, "true"]
    assert ids[0] == ids[2] != ids[1]
    assert Execution.objects.values_list("idempotency_key", flat=True).distinct().get() == "order-1001"


def test_the_header_that_carries_a_secret_is_never_stored(api: APIClient, user: User) -> None:
    made = api.post("/api/credentials/", {"name": "k", "type": "http_header", "fields": {"name": "X-Hook-Secret", "value": "s3cr3t"}}, format="json")  # fmt: skip
    if made.status_code == 400:
        made = api.post("/api/credentials/", {"name": "k", "type": "http_header", "data": {"name": "X-Hook-Secret", "value": "s3cr3t"}}, format="json")  # fmt: skip
    assert made.status_code == 201, made.json()
    trigger = node("h", "webhook_trigger", {"path": "in", "auth": {"type": "header"}})
    trigger["data"]["credentials"] = {"auth": made.json()["id"]}
    document = graph([trigger, node("z")], [edge("h", "z")])
    workflow = api.post("/api/orchestrator/workflows/", {"name": "in", **document}, format="json").json()
    deployed = api.post(f"/api/orchestrator/workflows/{workflow['id']}/deploy/", {}, format="json")
    assert deployed.status_code == 200, deployed.json()

    given = came(f"/api/webhooks/{user.pk}/in", b"{}", "application/json", **{"X-Hook-Secret": "s3cr3t"})

    assert given["headers"]["x-hook-secret"] == "***"
    assert "s3cr3t" not in str(given)
