"""From a file to what is found in it, with the real process of the models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import OutboxRow, User
from inference.documents import indexing
from inference.documents.cutting import wanted
from inference.documents.models import Chunk, Document
from inference.embeddings import asking
from tests.integration.inference.inference_process import inference_process
from tests.integration.inference.reading import BASE, indexed, read, search, upload

pytestmark = pytest.mark.django_db(transaction=True)
HANDBOOK = """# Staff handbook

## Absence

Whoever is ill tells the team lead before nine o'clock. From the third day on we need a note from a physician.

## Travel

Trains are booked in second class. Hotels cost at most 140 euros a night; receipts go to Ms Okonkwo.

## Equipment

Laptops are replaced after four years. Serial number ZX-81-4471 is the spare one.
"""


@pytest.fixture(scope="module", autouse=True)
def process(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), inference_process() as made:
        asking.embed(["ready"], deadline_s=60)
        yield made


@pytest.fixture
def staff_api(make_user: Callable[..., User], as_user: Callable[[User], APIClient]) -> APIClient:
    return as_user(make_user(is_staff=True))


def test_an_uploaded_text_is_found_by_meaning_and_by_words(api: APIClient) -> None:
    document = indexed(api, HANDBOOK, "handbook.md", name="Handbook")

    by_meaning = search(api, "What must I do when I feel sick?")
    by_word = search(api, "ZX-81-4471")

    assert (document["status"], document["chunk_count"], document["progress"], document["error"]) == (
        "indexed", 3, 100, None,
    )  # fmt: skip
    assert document["indexed_at"] is not None
    assert by_meaning[0]["headings"] == "Staff handbook › Absence"
    assert (by_meaning[0]["document_id"], by_meaning[0]["document_name"]) == (document["id"], "Handbook")
    assert (by_meaning[0]["chunk_index"], by_meaning[0]["page"]) == (0, None)
    assert by_word[0]["headings"] == "Staff handbook › Equipment"
    assert [by_word[0]["text"][a:b] for a, b in by_word[0]["highlights"]] == ["ZX-81-4471"]


def test_what_has_nothing_to_do_with_it_is_not_found(api: APIClient) -> None:
    indexed(api, HANDBOOK, "handbook.md")

    assert search(api, "How are black holes formed by collapsing stars?", min_score=0.3) == []
    assert len(search(api, "How are black holes formed by collapsing stars?", min_score=0)) == 3


def test_a_deleted_document_is_found_no_more_at_once(api: APIClient) -> None:
    document = indexed(api, HANDBOOK, "handbook.md")
    assert search(api, "booking a train")

    assert api.delete(f"{BASE}{document['id']}/").status_code == 204

    assert search(api, "booking a train", min_score=0) == []
    assert Chunk.objects.count() == 0


def test_somebody_elses_private_document_is_found_at_no_level(
    api: APIClient, other_api: APIClient, staff_api: APIClient
) -> None:
    document = indexed(api, HANDBOOK, "handbook.md")

    for other in (other_api, staff_api):
        assert search(other, "booking a train", min_score=0) == []
        assert search(other, "booking a train", min_score=0, level="platform") == []
        asked = {"query": "booking a train", "level": "file", "document_id": document["id"]}
        assert other.post("/api/inference/rag/search/", asked, format="json").status_code == 404


def test_a_shared_document_is_found_by_all_until_it_is_taken_back(other_api: APIClient, staff_api: APIClient) -> None:
    document = indexed(staff_api, HANDBOOK, "handbook.md")
    share = f"{BASE}{document['id']}/share/"
    file = {"level": "file", "document_id": document["id"]}

    staff_api.post(share, {"scope": "platform"}, format="json")
    shared = search(other_api, "booking a train", level="platform")
    alone = search(other_api, "booking a train", **file)
    own = search(other_api, "booking a train", min_score=0)
    staff_api.post(share, {"scope": "private"}, format="json")

    assert shared[0]["headings"] == alone[0]["headings"] == "Staff handbook › Travel"
    assert own == []
    assert search(other_api, "booking a train", min_score=0, level="platform") == []


def test_tags_and_dates_narrow_what_is_found(api: APIClient) -> None:
    first = indexed(api, "Apples are red and grow on trees.", "a.txt", tags=["fruit"])
    second = indexed(api, "Tomatoes are red and grow on vines.", "b.txt", tags=["vegetable"])
    between = "2026-06-01T00:00:00Z"
    Document.objects.filter(pk=first["id"]).update(created_at="2026-01-01T00:00:00Z")

    def found(**fields: Any) -> set[str]:
        return {one["document_id"] for one in search(api, "What is red?", min_score=0, **fields)}

    assert found() == {first["id"], second["id"]}
    assert found(tags=["fruit"]) == {first["id"]}
    assert found(tags=["fruit", "vegetable"]) == {first["id"], second["id"]}
    assert found(created_after=between) == {second["id"]}
    assert found(created_before=between) == {first["id"]}
    assert found(level="file", document_id=second["id"]) == {second["id"]}


def test_a_document_that_is_read_anew_is_found_all_the_while(api: APIClient, settings: Any) -> None:
    document = indexed(api, HANDBOOK, "handbook.md")
    settings.CHUNK_TOKENS = 20
    indexing.ask_to_read(Document.objects.get(pk=document["id"]))
    read(document["id"], turns=1)

    between = search(api, "booking a train")
    read(document["id"])
    after = search(api, "booking a train")

    assert "receipts go to Ms Okonkwo" in between[0]["text"]
    assert Chunk.objects.filter(is_live=False).count() == 0
    assert api.get(f"{BASE}{document['id']}/").json()["chunk_count"] > 3
    assert max(Chunk.objects.values_list("tokens", flat=True)) <= 20
    assert after[0]["headings"] == "Staff handbook › Travel"


def test_a_file_that_breaks_fails_alone_and_says_why(api: APIClient) -> None:
    broken = indexed(api, b"%PDF-1.7 and no more", "a.pdf")
    empty = indexed(api, "  \n ", "a.txt")
    whole = indexed(api, "Whole sentences.", "b.txt")

    assert (broken["status"], broken["error"]) == ("failed", "This PDF is broken: it cannot be opened.")
    assert (empty["status"], empty["error"]) == ("failed", "This document holds no text.")
    assert whole["status"] == "indexed"


def test_a_document_waits_where_nobody_embeds(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    document = upload(api, "One sentence.")

    def away(*arguments: Any, **keywords: Any) -> Any:
        raise asking.InferenceAway("nobody is there")

    with monkeypatch.context() as patch:
        patch.setattr(asking, "embed", away)
        read(document["id"], turns=3)
    assert api.get(f"{BASE}{document['id']}/").json()["status"] == "processing"
    read(document["id"])

    assert api.get(f"{BASE}{document['id']}/").json()["status"] == "indexed"
    assert search(api, "One sentence.")[0]["score"] > 0.9


@pytest.mark.parametrize(
    "wrong",
    [{"query": ""}, {"query": "x", "top_k": 0}, {"query": "x", "top_k": 51}, {"query": "x", "level": "file"},
     {"query": "x", "level": "world"}, {"query": "x", "min_score": 2}],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_400(api: APIClient, wrong: dict[str, Any]) -> None:
    indexed(api, "One sentence.")

    assert api.post("/api/inference/rag/search/", wrong, format="json").status_code == 400


@pytest.mark.parametrize(
    "query", ["'", "\\", "a'b\\c", ":*", "!x & (y | z)", "日本語", "🙂", "<->", "x" * 4000, "a " * 2000]
)
def test_any_text_is_a_question(api: APIClient, query: str) -> None:
    indexed(api, "It's a back\\slash, isn't it? " + query)

    assert search(api, query, min_score=0)


def test_documents_that_would_be_cut_otherwise_now_are_read_anew(api: APIClient, settings: Any) -> None:
    document = indexed(api, HANDBOOK, "handbook.md")
    indexing.ask_for_outdated()
    before = OutboxRow.objects.count()
    settings.CHUNK_TOKENS = 20

    indexing.ask_for_outdated()
    indexing.ask_for_outdated()

    assert (before, OutboxRow.objects.count()) == (0, 1)
    read(document["id"])
    assert Document.objects.get().cut == str(wanted())


def test_what_was_read_is_shown_and_read_anew(api: APIClient, other_api: APIClient) -> None:
    document = indexed(api, HANDBOOK, "handbook.md")
    path = f"{BASE}{document['id']}/"

    chunks = api.get(f"{path}chunks/").json()
    again = api.post(f"{path}read/")
    read(document["id"])

    assert [(one["number"], one["headings"]) for one in chunks["results"]] == [
        (0, "Staff handbook › Absence"), (1, "Staff handbook › Travel"), (2, "Staff handbook › Equipment"),
    ]  # fmt: skip
    assert (again.status_code, again.json()["status"]) == (202, "processing")
    assert api.get(path).json()["status"] == "indexed"
    assert (other_api.get(f"{path}chunks/").status_code, other_api.post(f"{path}read/").status_code) == (404, 404)
