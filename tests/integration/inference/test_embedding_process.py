"""Asking the process that holds the embedding model, over the queue."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings

from core.errors import Invalid
from inference.embeddings import asking
from inference.embeddings.vectors import similarity
from tests.integration.inference.inference_process import inference_process


@pytest.fixture(scope="module")
def process(django_db_setup: None) -> Iterator[Any]:
    with inference_process() as made:
        asking.embed(["ready"], deadline_s=60)
        yield made


def test_texts_come_back_as_vectors_in_order(process: Any) -> None:
    texts = ["Cancel an execution", "Bake a cake", "Cancel an execution"]

    given = asking.embed(texts, deadline_s=30)

    assert given.model == "onnx:all-MiniLM-L6-v2-int8"
    assert [len(vector) for vector in given.vectors] == [384] * 3
    assert given.vectors[0] == given.vectors[2]
    assert similarity(given.vectors[0], given.vectors[1]) < 0.3


def test_a_question_overtakes_texts_that_nobody_waits_for(process: Any) -> None:
    slow = {"texts": ["the text of a document " * 100] * 8, "is_query": False}
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=70)
    replies = [f"heddle:inference:reply:test-{number}" for number in range(4)]
    for reply in replies:
        asking.ring(asking.EMBED, slow, lasts_s=60, reply_to=reply)

    asking.embed(["a question"], deadline_s=60)

    assert client.llen(replies[-1]) == 0
    for reply in replies:
        assert client.blpop([reply], timeout=60)


def test_no_texts_are_no_work(process: Any) -> None:
    assert asking.embed([], deadline_s=30).vectors == []


def test_too_many_texts_are_refused_before_anybody_is_asked() -> None:
    with pytest.raises(Invalid):
        asking.embed(["x"] * 65)


def test_who_waits_for_nobody_hears_of_it_when_his_deadline_is_over() -> None:
    begun = time.monotonic()

    with pytest.raises(asking.InferenceAway, match="did not answer in"):
        asking.asked("inference.nobody_knows_this", {}, deadline_s=0.3)

    assert 0.2 < time.monotonic() - begun < 5
    assert redis.Redis.from_url(settings.REDIS_URL).get(asking.WANTED) == b"1"
