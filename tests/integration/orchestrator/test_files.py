"""Files: stored with what refers to them, within their owner's room, for as long as a run refers to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import AsyncClient
from django.utils import timezone
from rest_framework.test import APIClient

from core.ids import new_id
from core.models import Blob, BlobChunk, BlobUse, User
from core.storage import blobs
from executor.models import Execution, RunState
from executor.verbs import executions, repair
from orchestrator.executions import pruning
from orchestrator.files import files
from tests.builders import chain, edge, node
from tests.integration.outbox.working import work_off

pytestmark = pytest.mark.django_db(transaction=True)
WORKFLOWS, FILES = "/api/orchestrator/workflows/", "/api/orchestrator/blobs/"


def upload(api: APIClient, content: bytes = b"hello", name: str = "a.txt") -> Any:
    return api.post(FILES, {"file": SimpleUploadedFile(name, content, "text/plain")}, format="multipart")


def call(url: str, data: Any, headers: dict[str, str] | None = None) -> Any:
    async def ask() -> Any:
        try:
            return await AsyncClient().post(url, data, headers=headers)
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(ask())


def hook(api: APIClient, kind: str = "webhook_trigger", **params: Any) -> str:
    document = {"name": "w", "nodes": [node("t", kind, {"path": "in", **params}), node("z")], "edges": [edge("t", "z")]}
    workflow = api.post(WORKFLOWS, document, format="json").json()
    deployed = api.post(f"{WORKFLOWS}{workflow['id']}/deploy/", {}, format="json").json()
    return str(deployed["triggers"][0]["url"]).removeprefix("http://testserver")


def a_file() -> dict[str, Any]:
    return {"cv": SimpleUploadedFile("cv.txt", b"all of it", "text/plain")}


def started(api: APIClient, **body: Any) -> Execution:
    workflow = api.post(WORKFLOWS, {"name": f"w {new_id()}", **chain(node("z"))}, format="json").json()
    reply = api.post(f"{WORKFLOWS}{workflow['id']}/execute/", body, format="json")
    assert reply.status_code == 202, reply.json()
    return Execution.objects.get(pk=reply.json()["id"])


def ended(execution: Execution) -> Execution:
    RunState.objects.filter(pk=execution.pk).update(status="completed")
    return execution


FORM = {"type": "object", "properties": {"cv": {"type": "string", "format": "binary"}}}


@pytest.mark.parametrize("kind", ["webhook_trigger", "form_trigger"])
def test_a_start_that_is_refused_stores_no_file(user: User, api: APIClient, kind: str, settings: Any) -> None:
    settings.PLANS = True
    url = hook(api, kind, **({"form": FORM} if kind == "form_trigger" else {}))
    User.objects.filter(pk=user.pk).update(credits=0)
    assert call(url, a_file()).status_code == 402
    assert (Execution.objects.count(), Blob.objects.count(), BlobChunk.objects.count()) == (0, 0, 0)


def test_a_delivery_that_came_before_stores_no_file_again(api: APIClient) -> None:
    url = hook(api)
    first = call(url, a_file(), {"Idempotency-Key": "a"}).json()
    again = call(url, a_file(), {"Idempotency-Key": "a"}).json()
    assert first["execution_id"] == again["execution_id"]
    blob = Blob.objects.get()
    run: Any = Execution.objects.get()
    assert (blob.execution_id, run.input["$binary"]["cv"]["id"]) == (run.pk, str(blob.pk))
    assert blobs.load(owner_id=blob.owner_id, blob_id=str(blob.pk)) == b"all of it"


def test_an_owner_has_so_much_room_and_no_more(api: APIClient, other_api: APIClient, settings: Any) -> None:
    settings.STORAGE_QUOTA_BYTES = 1000
    url = hook(api)
    assert upload(api, b"x" * 995).status_code == 201
    refused = upload(api, b"x" * 6)
    assert (refused.status_code, refused.json()["code"]) == (413, "storage_full")
    assert (refused.json()["limit_bytes"], refused.json()["used_bytes"]) == (1000, 995)
    assert call(url, a_file()).status_code == 413
    assert (Blob.objects.count(), Execution.objects.count()) == (1, 0), "nothing of a refused start stays"
    assert upload(other_api, b"x" * 900).status_code == 201
    listed = api.get(FILES).json()
    assert api.get("/api/usage/").json()["storage"] == {"used_bytes": 995, "quota_bytes": 1000}
    assert api.delete(listed["results"][0]["url"]).status_code == 204
    assert upload(api, b"x" * 900).status_code == 201
    settings.STORAGE_QUOTA_BYTES = 0
    assert upload(api, b"x" * 2000).status_code == 201


def test_uploads_are_counted_and_looking_is_not(api: APIClient, settings: Any) -> None:
    settings.RATE_LIMITS = settings.PLANS = True
    assert [upload(api).status_code for _ in range(11)] == [201] * 10 + [429]
    reply = api.get(FILES)
    assert (reply.status_code, "X-RateLimit-Limit" in reply) == (200, False)


def test_files_are_listed_and_removed_by_their_owner_alone(api: APIClient, other_api: APIClient) -> None:
    made = [upload(api, b"x" * size, name).json() for size, name in ((1, "one.txt"), (2, "two.txt"), (3, "three.csv"))]
    listed = api.get(f"{FILES}?ordering=-size_bytes&page_size=2").json()
    assert [one["file_name"] for one in listed["results"]] == ["three.csv", "two.txt"]
    assert (listed["count"], listed["results"][0]["execution_id"], listed["results"][0]["url"]) == (
        3,
        None,
        made[2]["url"],
    )
    assert [one["id"] for one in api.get(f"{FILES}?search=one").json()["results"]] == [made[0]["id"]]
    assert api.get(f"{FILES}?execution_id={made[0]['id']}").json()["results"] == []
    assert (other_api.get(FILES).json()["count"], other_api.get("/api/usage/").json()["storage"]["used_bytes"]) == (
        0,
        0,
    )
    assert other_api.delete(made[0]["url"]).status_code == 404
    assert [api.delete(made[0]["url"]).status_code, api.delete(made[0]["url"]).status_code] == [204, 404]
    assert api.get(made[0]["url"]).status_code == 404
    assert BlobChunk.objects.count() == 2


def test_a_file_that_a_run_still_needs_is_not_removed(api: APIClient) -> None:
    reference = upload(api).json()
    run = started(api, input={"file": reference})
    refused = api.delete(reference["url"])
    assert (refused.status_code, refused.json()["code"]) == (409, "file_in_use")
    assert refused.json()["execution_ids"] == [str(run.pk)]
    ended(run)
    assert api.delete(reference["url"]).status_code == 204


def test_a_run_takes_its_files_along_and_leaves_those_of_others(user: User, api: APIClient) -> None:
    run = ended(started(api))
    mine = blobs.save(owner_id=user.pk, content=b"x", file_name="x", mime_type="text/plain", execution_id=run.pk)
    reference = upload(api).json()
    assert api.delete(f"/api/orchestrator/executions/{run.pk}/").status_code == 204
    assert not Blob.objects.filter(pk=mine.pk).exists()
    assert api.get(reference["url"]).status_code == 200


def test_a_retry_keeps_what_it_took_over_whichever_of_its_sources_go(user: User, api: APIClient) -> None:
    """The first is removed by itself, the second by cleaning up; the third still has its file."""
    first = ended(started(api))
    blob = blobs.save(owner_id=user.pk, content=b"kept", file_name="x", mime_type="text/plain", execution_id=first.pk)
    second, third = (ended(started(api)) for _ in range(2))
    repair.copy_rows(source=first.pk, target=second.pk, keys=[])
    repair.copy_rows(source=second.pk, target=third.pk, keys=[])

    pruning.remove_each([second.pk])
    executions.delete(execution=first)
    assert blobs.load(owner_id=user.pk, blob_id=str(blob.pk)) == b"kept"
    assert Blob.objects.get().execution_id == third.pk
    executions.delete(execution=third)
    assert (Blob.objects.count(), BlobUse.objects.count(), BlobChunk.objects.count()) == (0, 0, 0)


def test_what_went_between_a_run_and_its_child_stays_while_one_of_them_does(user: User, api: APIClient) -> None:
    parent, child = ended(started(api)), ended(started(api))
    Execution.objects.filter(pk=child.pk).update(parent_execution_id=parent.pk)
    child.refresh_from_db()
    up, down = (
        blobs.save(owner_id=user.pk, content=b"x", file_name="x", mime_type="text/plain", execution_id=run.pk)
        for run in (child, parent)
    )
    executions.delete(execution=child)
    assert set(Blob.objects.values_list("pk", flat=True)) == {up.pk, down.pk}
    executions.delete(execution=parent)
    assert Blob.objects.count() == 0


def test_an_upload_that_nobody_uses_goes_after_a_day(
    user: User, api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    young, old, used, named, earlier = (upload(api, name=f"{n}.txt").json() for n in range(5))
    run = ended(started(api, input={"file": used}))
    fixed = node("s", "set", {"mode": "raw", "json": {"file": named}})
    assert api.post(WORKFLOWS, {"name": "names a file", **chain(fixed)}, format="json").status_code == 201
    stranger = upload(as_user(make_user())).json()
    before = timezone.now() - timedelta(days=1, minutes=1)
    Blob.objects.exclude(pk=young["id"]).update(created_at=before)
    Blob.objects.filter(pk=earlier["id"]).update(is_swept=False)

    files.ask(now=timezone.now())
    work_off()
    left = set(map(str, Blob.objects.values_list("pk", flat=True)))
    assert left == {young["id"], used["id"], named["id"], earlier["id"]}
    assert old["id"] not in left
    assert stranger["id"] not in left

    executions.delete(execution=run)
    files.ask(now=timezone.now())
    work_off()
    assert str(used["id"]) not in set(map(str, Blob.objects.values_list("pk", flat=True)))
