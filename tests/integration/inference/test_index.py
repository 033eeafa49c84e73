"""The index of vectors is a copy of the rows: whatever becomes of its process or its file."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from rest_framework.test import APIClient

from core.ids import new_id
from core.models import Blob, User
from inference.documents import changes
from inference.documents.models import INDEXED, PLATFORM, Chunk, Document
from inference.embeddings import asking
from inference.search import index as index_module
from inference.search.index import OwnerIndex
from tests.integration.inference.inference_process import inference_process
from tests.integration.inference.reading import BASE, indexed, search

SIZE = 8
MODEL = "m"


def document_with(owner: User, count: int, *, scope: str = "private") -> Document:
    blob = Blob.objects.create(id=new_id(), owner_id=owner.pk, file_name="a", mime_type="text/plain", size_bytes=1)
    document = Document.objects.create(
        owner_id=owner.pk, blob=blob, name="a", mime_type="text/plain", size_bytes=1, content_hash="0", scope=scope,
        status=INDEXED, version=1, chunk_count=count,
    )  # fmt: skip
    numbers = numpy.random.default_rng(random.randrange(2**32)).normal(size=(count, SIZE)).astype("<f4")
    numbers /= numpy.linalg.norm(numbers, axis=1, keepdims=True)
    Chunk.objects.bulk_create(
        Chunk(
            document=document, owner_id=owner.pk, version=1, number=at, is_live=True, headings="", text="x", tokens=1,
            model=MODEL, vector=numbers[at].tobytes(),
        )
        for at in range(count)
    )  # fmt: skip
    changes.note(document)
    return document


def brute(owner: User, question: Any, count: int) -> list[int]:
    """Return the nearest chunks by looking at all rows."""
    rows = Chunk.objects.filter(owner_id=owner.pk, is_live=True, model=MODEL).values_list("pk", "vector")
    near = [(float(numpy.frombuffer(bytes(vector or b""), "<f4") @ question), pk) for pk, vector in rows]
    return [pk for _, pk in sorted(near, reverse=True)[:count]]


def found(index: OwnerIndex, question: Any, count: int = 10) -> list[int]:
    index.refresh()
    return [pk for pk, _ in index.nearest(question.tobytes(), count)]


@pytest.fixture
def question() -> Any:
    made = numpy.random.default_rng(7).normal(size=SIZE).astype("<f4")
    return made / numpy.linalg.norm(made)


def opened(owner: User, folder: Path, model: str = MODEL) -> OwnerIndex:
    return OwnerIndex(str(owner.pk), model, SIZE, folder)


@pytest.mark.django_db
@pytest.mark.parametrize("half_from", [50_000, 20])
def test_it_finds_what_looking_at_all_rows_finds(
    user: User, tmp_path: Path, question: Any, monkeypatch: pytest.MonkeyPatch, half_from: int
) -> None:
    monkeypatch.setattr(index_module, "HALF_FROM", half_from)
    index = opened(user, tmp_path)
    assert found(index, question) == []
    first = document_with(user, 15)
    assert found(index, question) == brute(user, question, 10)
    document_with(user, 30)
    assert found(index, question) == brute(user, question, 10)
    Chunk.objects.filter(document=first).delete()
    changes.note(first)

    assert found(index, question) == brute(user, question, 10)
    assert len(index.ids) == 30


@pytest.mark.django_db
def test_a_filter_is_exact(user: User, tmp_path: Path, question: Any) -> None:
    document_with(user, 200)
    narrow = document_with(user, 5)
    index = opened(user, tmp_path)
    index.refresh()
    within = list(Chunk.objects.filter(document=narrow).values_list("pk", flat=True))

    assert {pk for pk, _ in index.nearest(question.tobytes(), 10, within)} == set(within)


@pytest.mark.django_db
def test_what_is_shared_has_an_index_of_its_own(user: User, make_user: Any, tmp_path: Path, question: Any) -> None:
    shared = document_with(make_user(), 3, scope=PLATFORM)
    document_with(user, 3)
    index = OwnerIndex(PLATFORM, MODEL, SIZE, tmp_path)

    assert set(found(index, question)) == set(Chunk.objects.filter(document=shared).values_list("pk", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("harm", ["none", "gone", "empty", "cut", "noise", "of another model", "older than the rows"])
def test_a_file_that_is_not_right_is_made_anew(user: User, tmp_path: Path, question: Any, harm: str) -> None:
    document = document_with(user, 50)
    before = opened(user, tmp_path)
    found(before, question)
    before.save()
    (file,) = tmp_path.iterdir()
    if harm == "gone":
        file.unlink()
    elif harm in ("empty", "cut", "noise"):
        raw = file.read_bytes()
        file.write_bytes({"empty": b"", "cut": raw[: len(raw) // 2], "noise": b"\x00" * 100}[harm])
    elif harm == "of another model":
        file.write_bytes(file.read_bytes().replace(b'"m"', b'"n"', 1))
    elif harm == "older than the rows":
        Chunk.objects.filter(document=document, number__lt=10).delete()
        changes.note(document)
        document_with(user, 5)

    after = opened(user, tmp_path)

    assert found(after, question) == brute(user, question, 10)


@pytest.mark.django_db(transaction=True)
class TestKilled:
    """With the real process."""

    @pytest.fixture(autouse=True)
    def process(self) -> Iterator[Any]:
        with inference_process() as made:
            asking.embed(["ready"], deadline_s=60)
            yield made

    def test_a_killed_process_loses_nothing_and_finds_nothing_that_is_deleted(
        self, api: APIClient, process: subprocess.Popen[bytes]
    ) -> None:
        kept = indexed(api, "Trains are booked in second class.", "a.txt")
        gone = indexed(api, "Hotels cost at most 140 euros.", "b.txt")
        assert search(api, "What may a hotel cost?")[0]["document_id"] == gone["id"]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        api.delete(f"{BASE}{gone['id']}/")

        with inference_process():
            asking.embed(["ready"], deadline_s=60)
            hotels = search(api, "What may a hotel cost?", min_score=0)
            trains = search(api, "Which class do I travel by train?")

        assert [one["document_id"] for one in hotels] == [kept["id"]]
        assert trains[0]["document_id"] == kept["id"]

    def test_its_one_child_that_is_killed_is_replaced(self, api: APIClient, process: subprocess.Popen[bytes]) -> None:
        indexed(api, "Trains are booked in second class.", "a.txt")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        end = time.monotonic() + 60

        while time.monotonic() < end:
            try:
                assert search(api, "Which class do I travel by train?")
                break
            except AssertionError:
                time.sleep(0.2)

        assert search(api, "Which class do I travel by train?")[0]["score"] > 0.5
