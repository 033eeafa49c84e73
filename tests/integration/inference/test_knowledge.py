"""Documents in runs and in answers: added, searched, answered from, as a tool."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import User
from executor.models import Budget, Reservation
from executor.process.engine_thread import EngineThread
from inference.documents.models import Document
from inference.embeddings import asking
from tests.builders import chain, node
from tests.integration.executor.running import run
from tests.integration.inference.inference_process import inference_process
from tests.integration.inference.models_engine import credential
from tests.integration.inference.reading import indexed, read
from tests.providers import Provider, fails, says

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "# Absence\n\nFrom the third day on a note from a physician is needed.\n\n# Travel\n\nTrains: second class.\n"
QUERY = "/api/inference/rag/query/"


@pytest.fixture(scope="module", autouse=True)
def process(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), inference_process() as made:
        asking.embed(["ready"], deadline_s=60)
        yield made


def test_a_run_adds_a_document_once_and_another_finds_it(api: APIClient, user: User, models: EngineThread) -> None:
    adding = node("add", "document_add", {"text": "{{ $json.t }}", "name": "Rules", "tags": ["hr", "hr"]})
    added = run(models, chain(adding), {"t": TEXT}, owner=user.pk)
    assert added.state.status == "completed", added.error
    (document,) = Document.objects.all()
    read(str(document.pk))

    searching = node("find", "knowledge_search", {"query": "{{ $json.q }}", "top_k": 1, "tags": ["hr"]})
    found = run(models, chain(searching), {"q": "Do I need a doctor's certificate?"}, owner=user.pk)

    assert added.output[0]["json"]["document"] == {
        "id": str(document.pk), "name": "Rules", "status": "pending", "duplicate_of": None,
    }  # fmt: skip
    assert document.tags == ["hr"]
    assert found.state.status == "completed", found.error
    (place,) = found.output[0]["json"]["results"]
    assert (place["document_name"], place["headings"], found.output[0]["json"]["count"]) == ("Rules", "Absence", 1)


def test_a_file_of_no_type_that_is_read_fails_the_node(user: User, models: EngineThread) -> None:
    adding = node("add", "document_add", {"file": "nothing"})

    failed = run(models, chain(adding), {}, owner=user.pk)

    assert (failed.state.status, failed.error["code"]) == ("failed", "invalid_input")
    assert Document.objects.count() == 0


def test_an_answer_names_its_sources(api: APIClient, user: User, provider: Provider, models: EngineThread) -> None:
    document = indexed(api, TEXT, "rules.md")
    provider.script(says("A note is needed from day three on [1]. The moon is made of cheese [7]."))
    params = {"question": "{{ $json.q }}", "provider": "openai", "model": "m1"}
    answering = node("ask", "knowledge_answer", params, credentials={"model": credential(api, provider)})

    made = run(models, chain(answering), {"q": "When do I need a physician's note?"}, owner=user.pk)

    assert made.state.status == "completed", made.error
    given = made.output[0]["json"]
    assert given["answer"] == "A note is needed from day three on [1]. The moon is made of cheese ."
    assert [(one["n"], one["document_id"]) for one in given["citations"]] == [(1, document["id"])]
    assert "third day" in provider.asked[0].text
    assert made.input_tokens == given["usage"]["input_tokens"] > 0


def test_no_model_is_asked_where_nothing_is_found(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    indexed(api, TEXT, "rules.md")
    params = {"question": "How are black holes formed?", "provider": "openai", "model": "m1"}
    answering = node("ask", "knowledge_answer", params, credentials={"model": credential(api, provider)})

    made = run(models, chain(answering), {}, owner=user.pk)

    assert made.output[0]["json"] == {"answer": None, "citations": [], "sources": [], "usage": None}
    assert provider.asked == []


def test_a_question_over_http_is_answered_with_sources(
    api: APIClient, other_api: APIClient, provider: Provider, settings: Any
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [provider.host]
    document = indexed(api, TEXT, "rules.md")
    key = credential(api, provider)
    provider.script(says("From day three on [1]."), says("NOT_IN_THE_DOCUMENTS"), fails(401))
    asked = {"query": "When is a physician's note needed?", "model": "m1", "credential_id": key}

    first = api.post(QUERY, asked, format="json").json()
    second = api.post(QUERY, asked, format="json").json()
    refused = api.post(QUERY, asked, format="json")
    nobody = api.post(QUERY, {"query": "When?"}, format="json")
    stranger = other_api.post(QUERY, asked, format="json")

    assert (first["answer"], first["model"]) == ("From day three on [1].", "m1")
    assert first["citations"][0]["document_id"] == first["sources"][0]["document_id"] == document["id"]
    assert first["tokens"] > 0
    assert (second["answer"], second["citations"], bool(second["sources"])) == (None, [], True)
    assert (refused.status_code, refused.json()["reason"]) == (502, "credential_invalid")
    assert (nobody.status_code, nobody.json()["code"]) == (503, "llm_not_configured")
    assert stranger.status_code == 404


def test_a_question_over_http_counts_to_the_budget_of_who_asks(
    api: APIClient, user: User, provider: Provider, settings: Any
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [provider.host]
    indexed(api, TEXT, "rules.md")
    asked = {
        "query": "When is a physician's note needed?",
        "model": "gpt-4.1",
        "credential_id": credential(api, provider),
    }
    provider.answers = lambda _: says("From day three on [1].", usage=(1000, 1000, 0, 0))
    assert (
        api.patch("/api/users/me", {"budget": {"day_usd": "0.02", "month_usd": None}}, format="json").status_code == 200
    )

    def spent() -> list[Any]:
        return list(Budget.objects.order_by("key").values_list("spent_usd", "reserved_usd"))

    assert api.post(QUERY, asked, format="json").status_code == 200
    one = Decimal("0.01")  # $2 a million in, $8 out
    assert spent() == [(one, 0), (one, 0)]
    provider.answers = lambda _: fails(401)
    assert api.post(QUERY, asked, format="json").status_code == 502
    assert spent() == [(one, 0), (one, 0)], "what was refused costs nothing"
    provider.answers = lambda _: says("From day three on [1].", usage=(1000, 1000, 0, 0))
    codes = [api.post(QUERY, asked, format="json").status_code for _ in range(3)]
    assert codes[-1] == 402
    assert len(provider.asked) == 2 + codes.count(200)
    assert not Reservation.objects.exists()
