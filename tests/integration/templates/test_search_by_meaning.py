"""Search by meaning, with the real model in its process: other words find the template, and without it the text does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from rest_framework.test import APIClient

from inference.embeddings import asking
from templates import loading, meaning
from templates.models import Template
from tests.integration.inference.inference_process import inference_process

pytestmark = pytest.mark.django_db
BASE = "/api/orchestrator/templates/"
QUESTIONS = {  # in other words than the template's name
    "remind customers who have not paid": "overdue_invoices",
    "is my homepage still reachable": "uptime_check",
    "wake me at night when production breaks": "incident_triage",
    "get bills signed off by my boss before paying them": "invoice_intake",
    "find out more about prospects": "lead_enrichment",
    "tidy up my address list": "csv_clean_up",
    "summary of newspaper headlines": "rss_digest",
    "let AI sort customer emails": "support_triage",
    "time off for employees": "vacation_request",
    "action items of a conversation": "meeting_notes",
    "did the nightly dump work": "daily_backup_check",
    "reorder goods before they run out": "stock_alert",
    "get told when something gets cheaper": "price_watch",
    "what changed in this version of our program": "release_notes",
    "put foreign messages into English": "translate_replies",
    "how content are my clients": "feedback_score",
    "watch a site for new content": "page_change",
    "store answers people type on a web page": "form_to_database",
    "morale of the teams": "weekly_survey_summary",
    "mirror records of another system": "data_sync",
}


@pytest.fixture(scope="module")
def process(django_db_setup: None) -> Iterator[Any]:
    with inference_process() as made:
        asking.embed(["ready"], deadline_s=60)
        yield made


def found(api: APIClient, query: str) -> list[dict[str, Any]]:
    reply = api.get(f"{BASE}search/", {"q": query})
    assert reply.status_code == 200, reply.json()
    return list(reply.json()["results"])


def test_other_words_find_the_template(process: Any, api: APIClient) -> None:
    loading.load()
    names = dict(Template.objects.values_list("library_key", "name"))
    places = {
        query: [one["name"] for one in found(api, query)[:3]].index(names[key]) + 1
        for query, key in QUESTIONS.items()
        if names[key] in [one["name"] for one in found(api, query)[:3]]
    }

    missed = sorted(QUESTIONS.keys() - places.keys())
    assert len(places) / len(QUESTIONS) >= 0.9, missed
    (first, *_) = found(api, "remind customers who have not paid")
    assert first["name"] == "Overdue invoices"
    assert "meaning" in first["matched_by"]
    assert found(api, "zebra crossing paint thickness norm") == []


def test_vectors_are_made_once_and_again_when_the_text_changes(
    process: Any, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading.load()
    asked: list[int] = []
    real = asking.embed

    def counted(texts: Sequence[str], **more: Any) -> asking.Embedded:
        asked.append(len(texts))
        return real(texts, **more)

    monkeypatch.setattr(asking, "embed", counted)
    for _ in range(2):
        found(api, "invoices")
    Template.objects.filter(library_key="stock_alert").update(description="Something else")
    found(api, "invoices")

    assert asked == [1, len(list(loading.LIBRARY.glob("*.json"))), 1, 1, 1]


def test_without_a_model_the_text_counts_and_nobody_waits_twice(
    api: APIClient, no_model: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading.load()
    (first, *_) = found(api, "overdue invoices")
    assert (first["name"], first["matched_by"]) == ("Overdue invoices", ["text"])
    assert first["score"] > 0.8
    monkeypatch.setattr(asking, "embed", lambda *texts, **more: pytest.fail("somebody is asked at once again"))
    assert found(api, "overdue invoices")[0]["name"] == "Overdue invoices"
    assert meaning._silent_until > 0


def test_similar_ones_are_near_by_meaning(process: Any, api: APIClient) -> None:
    loading.load()
    template = Template.objects.get(library_key="support_triage")
    results = api.get(f"{BASE}{template.pk}/similar/").json()["results"]
    assert {"Translate customer replies", "Customer feedback score"} & {one["name"] for one in results[:3]}
