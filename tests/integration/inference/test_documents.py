"""Documents over REST: what is kept, who sees it, what becomes of its file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from core.ids import new_id
from core.models import AuditEntry, Blob, BlobChunk, BlobUse, User
from core.storage import blob_lifetime
from inference.documents.models import Document
from orchestrator.workflows import leaving

pytestmark = pytest.mark.django_db
BASE, FILES = "/api/inference/documents/", "/api/orchestrator/blobs/"
ZIP = b"PK\x03\x04rest"


def sent(api: APIClient, content: bytes = b"All of it", name: str = "a.txt", kind: str = "", /, **fields: Any) -> Any:
    return api.post(BASE, {"file": SimpleUploadedFile(name, content, kind), **fields}, format="multipart")


def ids(reply: Any) -> list[str]:
    assert reply.status_code == 200, reply.content
    return [one["id"] for one in reply.json()["results"]]


def test_a_document_is_kept_read_changed_downloaded_and_deleted(api: APIClient) -> None:
    reply = sent(api, "Grüße".encode(), "notes.md", name="Notes", tags=["hr", "2026", "hr"])
    made = reply.json()
    path = f"{BASE}{made['id']}/"

    patched = api.patch(path, {"name": "Better", "tags": ["x"], "status": "indexed"}, format="json")
    same = api.patch(path, {"name": "Better"}, format="json")
    download = api.get(f"{path}download/")
    read = api.get(path).json()
    gone = api.delete(path)

    assert (reply.status_code, reply["Location"]) == (202, path)
    assert {key: made[key] for key in made.keys() - {"id", "created_at"}} == {
        "name": "Notes", "mime_type": "text/markdown", "size_bytes": 7, "scope": "private", "status": "pending",
        "error": None, "chunk_count": 0, "tags": ["hr", "2026"], "duplicate_of": None, "indexed_at": None,
        "progress": 0,
    }  # fmt: skip
    assert (patched.status_code, same.status_code) == (200, 200)
    assert read == {**made, "name": "Better", "tags": ["x"]}
    assert (download.content, download["Content-Type"]) == ("Grüße".encode(), "text/markdown")
    assert download["Content-Disposition"] == 'attachment; filename="notes.md"'
    assert (gone.status_code, api.get(path).status_code, api.delete(path).status_code) == (204, 404, 404)
    assert (Document.objects.count(), Blob.objects.count(), BlobChunk.objects.count()) == (0, 0, 0)
    assert list(AuditEntry.objects.order_by("at").values_list("action", flat=True)) == [
        "document.create", "document.update", "document.delete",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "content", "mime_type"),
    [
        ("a.PDF", "", b"junk\n%PDF-1.7", "application/pdf"),
        ("a.docx", "", ZIP, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", "text/plain", ZIP, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.htm", "", b"<p>", "text/html"),
        ("a.csv", "application/vnd.ms-excel", b"a,b", "text/csv"),
        ("a.json", "", b"{}", "application/json"),
        ("a.txt", "", "Wörter".encode("utf-16"), "text/plain"),
        ("notes", "text/markdown; charset=utf-8", b"# a", "text/markdown"),
    ],
)
def test_the_type_is_told_by_name_then_by_what_was_sent(
    api: APIClient, name: str, kind: str, content: bytes, mime_type: str
) -> None:
    reply = sent(api, content, name, kind)

    assert (reply.status_code, reply.json().get("mime_type")) == (202, mime_type)


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("a.exe", "text/plain", b"text"), ("a", "image/png", b"text"), ("a", "", b"text"), ("a.pdf", "", b"no pdf"),
        ("a.docx", "", b"no zip"), ("a.xlsx", "", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ("a.txt", "", b"a\x00b"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused_and_leaves_nothing(
    api: APIClient, name: str, kind: str, content: bytes
) -> None:
    reply = sent(api, content, name, kind)

    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_media_type")
    assert (Document.objects.count(), Blob.objects.count()) == (0, 0)


def test_empty_too_large_and_badly_tagged_files_are_refused(api: APIClient, settings: Any) -> None:
    refused = [
        sent(api, b""), api.post(BASE, {"name": "x"}, format="multipart"), sent(api, tags=["a,b"]), sent(api, tags=["x" * 65]),
        sent(api, b"x", "a.txt", tags=[str(number) for number in range(51)]),
    ]  # fmt: skip
    settings.STORAGE_QUOTA_BYTES = 10
    full = sent(api, b"x" * 11)
    settings.BLOB_MAX_BYTES = 5
    large = sent(api, b"x" * 6)

    assert [one.status_code for one in refused] == [400] * 5
    assert [one.json()["errors"][0]["field"].partition(".")[0] for one in refused] == ["file", "file", *["tags"] * 3]
    assert (full.status_code, full.json()["code"]) == (413, "storage_full")
    assert (large.status_code, large.json()["code"], large.json()["limit_bytes"]) == (413, "payload_too_large", 5)
    assert (Document.objects.count(), Blob.objects.count()) == (0, 0)


def test_uploads_are_counted_and_looking_is_not(api: APIClient, settings: Any) -> None:
    settings.RATE_LIMITS = settings.PLANS = True
    assert [sent(api).status_code for _ in range(11)] == [202] * 10 + [429]
    assert api.get(BASE).status_code == 200


def test_lists_are_filtered_searched_and_ordered(api: APIClient) -> None:
    one = sent(api, b"1", "one.txt", tags=["a", "b"]).json()["id"]
    two = sent(api, b"22", "two.csv", tags=["b"]).json()["id"]
    three = sent(api, b"333", "three.md").json()["id"]

    assert ids(api.get(BASE)) == [three, two, one]
    assert ids(api.get(f"{BASE}?ordering=-size_bytes")) == [three, two, one]
    assert ids(api.get(f"{BASE}?ordering=name")) == [one, three, two]
    assert ids(api.get(f"{BASE}?tags=a")) == [one]
    assert ids(api.get(f"{BASE}?tags=a,b")) == [two, one]
    assert ids(api.get(f"{BASE}?mime_type=text/csv,text/markdown")) == [three, two]
    assert ids(api.get(f"{BASE}?search=ONE")) == [one]
    assert ids(api.get(f"{BASE}?status=indexed,failed")) == []
    assert ids(api.get(f"{BASE}?scope=private")) == [three, two, one]
    assert api.get(f"{BASE}?status=read").status_code == 400


def test_a_duplicate_is_said_of_ones_own_documents_alone(
    api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    other = as_user(make_user())
    assert sent(other, b"the same").json()["duplicate_of"] is None

    first, second, third = (sent(api, b"the same", f"{n}.txt").json() for n in range(3))

    assert (first["duplicate_of"], second["duplicate_of"], third["duplicate_of"]) == (None, first["id"], first["id"])
    assert api.delete(f"{BASE}{first['id']}/").status_code == 204
    listed = {one["id"]: one["duplicate_of"] for one in api.get(BASE).json()["results"]}
    assert listed == {second["id"]: None, third["id"]: second["id"]}


def test_staff_share_with_everybody_who_then_reads_and_changes_nothing(
    api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    staff, another = as_user(make_user(is_staff=True)), as_user(make_user(is_staff=True))
    mine, shared = sent(api).json()["id"], sent(staff).json()["id"]
    path = f"{BASE}{shared}/"
    assert ids(api.get(BASE)) == [mine]

    refused = api.post(f"{BASE}{mine}/share/", {"scope": "platform"}, format="json")
    given = staff.post(f"{path}share/", {"scope": "platform"}, format="json")

    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert (given.status_code, given.json()["scope"]) == (200, "platform")
    assert ids(api.get(BASE)) == [shared, mine]
    assert ids(api.get(f"{BASE}?scope=platform")) == [shared]
    assert api.get(path).status_code == 200
    assert api.get(f"{path}download/").content == b"All of it"
    for reply in (
        api.patch(path, {"name": "x"}, format="json"), api.delete(path), another.delete(path),
        api.post(f"{path}share/", {"scope": "private"}, format="json"),
    ):  # fmt: skip
        assert (reply.status_code, reply.json()["code"]) == (403, "read_only")
    assert staff.get(f"{BASE}{mine}/").status_code == 404
    assert staff.post(f"{BASE}{mine}/share/", {"scope": "platform"}, format="json").status_code == 404

    assert another.post(f"{path}share/", {"scope": "private"}, format="json").status_code == 200
    assert (api.get(path).status_code, ids(api.get(BASE))) == (404, [mine])
    assert AuditEntry.objects.filter(action="document.share").count() == 2


def test_the_file_of_a_document_stays_with_it(api: APIClient, user: User) -> None:
    made = sent(api).json()["id"]
    blob = Document.objects.get(pk=made).blob
    Blob.objects.update(created_at=timezone.now() - timedelta(days=2))

    refused = api.delete(f"{FILES}{blob.pk}/")
    removed = blob_lifetime.remove_orphans(user.pk, (), timezone.now())

    assert (refused.status_code, refused.json()["code"], refused.json()["document_id"]) == (409, "file_in_use", made)
    assert (removed, api.get(f"{BASE}{made}/download/").content) == (0, b"All of it")


def test_a_file_that_a_run_was_given_outlives_the_document_until_that_run_goes(api: APIClient, user: User) -> None:
    made = sent(api).json()["id"]
    blob = Document.objects.get(pk=made).blob
    run = new_id()
    BlobUse.objects.create(blob=blob, execution_id=run)
    Blob.objects.update(created_at=timezone.now() - timedelta(days=2))

    assert api.delete(f"{BASE}{made}/").status_code == 204
    assert blob_lifetime.remove_orphans(user.pk, (), timezone.now()) == 0
    blob_lifetime.release([run])

    assert blob_lifetime.remove_orphans(user.pk, (), timezone.now()) == 1
    assert not Blob.objects.exists()


def test_an_account_that_goes_takes_its_documents_with_it(api: APIClient, user: User) -> None:
    sent(api)
    sent(api, b"another")
    row: Any = type("Row", (), {"payload": {"user_id": str(user.pk)}})()

    while leaving.clear_row(row) is not None:
        pass

    assert (Document.objects.count(), Blob.objects.count()) == (0, 0)
