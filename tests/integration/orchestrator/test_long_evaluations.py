"""Expressions that compute for long in a web process: within their time, few at once, and none alone."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from compiler.expressions import ExpressionFailed, Names, compile_template
from compiler.expressions.template import raw_value
from core.fairness.blocking_places import BlockingPlaces
from core.models import User
from orchestrator.compiling import evaluating, previewing
from orchestrator.compiling.evaluating import bounded
from orchestrator.compiling.previewing import TooManyPreviews, preview, preview_all
from orchestrator.starting.limits import queueing_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BROKEN_S = 15  # a design that does not look at the clock takes longer than this
MATCHES = '"a".repeat(1000000).match(/a/g).length'
SORTS = "Array.from({length: 9000}, (_, i) => 9000 - i).map(x => [x, x, x, x].map(y => y * 2).join()).length"
SEARCH = '"a".repeat(1000000).match(/(a?){500}b/)'
TEST = '/(a?){500}b/.test("a".repeat(1000000))'
HOSTILE = [
    "{{ " + MATCHES + " }}", "x{{ " + MATCHES + " }}" * 200, "{{ " + SORTS + " }}" * 300, "{{ " + SEARCH + " }}",
    "a{{ " + SEARCH + " }}", "{{ " + TEST + " }}", "{{ " + '"a".repeat(1000000)' + " }}" * 2000,
    "{{ " + '"a".repeat(1000000).split("").sort().reverse().join("").split("").length' + " }}" * 500,
]  # fmt: skip


def counting_clock() -> Callable[[], float]:
    """Return a clock on which each look takes a second, so that time ends before steps do on any machine."""
    seconds = itertools.count()
    return lambda: float(next(seconds))


def somebody() -> User:
    return User(pk=uuid4())


def shown(text: str, **context: Any) -> dict[str, Any]:
    return preview(actor=somebody(), text=text, context=context, now=NOW)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_preview_ends_within_its_time_whatever_it_says(number: int) -> None:
    began = time.monotonic()
    answer = shown(HOSTILE[number])
    assert time.monotonic() - began < BROKEN_S
    assert answer["ok"] or answer["error"]["code"] == "expression_limit"
    assert evaluating.LONG.is_at_rest


def test_each_text_is_evaluated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated: list[Any] = []

    def noted(part: Any, scope: Any) -> Any:
        evaluated.append(part.text)
        return raw_value(part, scope)

    monkeypatch.setattr(previewing, "raw_value", noted)
    answer = shown("{{ 1 + 1 }} and {{ [1, undefined] }}{{ $json.no }}")
    assert evaluated == ["1 + 1", "[1, undefined]", "$json.no"]
    assert answer["value"] == "2 and 1,"
    assert [part["value"] for part in answer["parts"]] == [2, [1, None], None]


def test_a_large_item_named_a_thousand_times_is_not_shown_a_thousand_times() -> None:
    answer = shown("{{ $json }}" * 5000, items=[{"json": {"text": "x" * 100_000}}])
    assert (answer["ok"], answer["error"]["code"]) == (False, "expression_limit")
    assert sum(part["value"] is not None for part in answer["parts"]) < 100


def test_a_result_that_is_too_long_is_told_and_breaks_nothing() -> None:
    answer = shown('a{{ "x".repeat(600000) }}{{ "x".repeat(600000) }}')
    assert (answer["ok"], answer["error"]["code"]) == (False, "expression_limit")


def test_the_fields_after_one_that_took_all_the_time_are_not_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "bounded", partial(bounded, spent_s=counting_clock()))
    texts = {"first": "{{ " + SORTS + " }}" * 300, "second": "{{ 1 }}"}
    results = preview_all(actor=somebody(), texts=texts, context={}, now=NOW)
    assert results["first"]["error"]["code"] == "expression_limit"
    assert results["second"]["error"]["code"] == "not_evaluated"


def test_a_fifth_preview_of_one_user_at_once_is_refused_and_another_user_s_is_not() -> None:
    user, other = somebody(), somebody()
    with previewing._one_of(user.pk), previewing._one_of(user.pk), previewing._one_of(user.pk):
        assert preview(actor=user, text="{{ 1 }}", context={}, now=NOW)["value"] == 1
        with previewing._one_of(user.pk):
            with pytest.raises(TooManyPreviews) as refused:
                preview(actor=user, text="{{ 1 }}", context={}, now=NOW)
            assert preview(actor=other, text="{{ 1 }}", context={}, now=NOW)["value"] == 1
    assert (refused.value.code, refused.value.details, refused.value.retry_in_s) == (
        "rate_limited", {"scope": "previews"}, 1,
    )  # fmt: skip
    assert not previewing._at_once


def test_long_evaluations_have_two_places_and_an_owner_one_and_short_ones_need_none() -> None:
    places = BlockingPlaces(2)
    owner, other, third = uuid4(), uuid4(), uuid4()
    assert places.take(owner, 0)
    assert not places.take(owner, 0)
    with pytest.raises(ExpressionFailed), bounded(owner, 0.3, places=places) as watch:
        compile_template("{{ " + SORTS + " }}" * 300).evaluate(Names())
    assert watch.is_over
    assert places.take(other, 0)
    assert not places.take(third, 0)
    with bounded(third, 30, places=places):
        assert compile_template("{{ 1 + 1 }}").evaluate(Names()) == 2
    places.give_back(owner)
    places.give_back(other)
    assert places.is_at_rest


def test_who_waits_for_a_place_gets_it_when_it_is_free() -> None:
    places = BlockingPlaces(2)
    owner = uuid4()
    assert places.take(owner, 0)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(places.take, owner, 60.0)
        while not places._turns.waiting_of(owner):
            threading.Event().wait(0.001)
        places.give_back(owner)
        assert waiting.result(60)
    places.give_back(owner)
    assert places.is_at_rest


@pytest.mark.parametrize("key", ["{{ " + SORTS + " }}" * 20, "{{ " + SEARCH + " }}", "{{ " + TEST + " }}", "{{ "])
def test_a_key_of_a_limit_that_takes_long_counts_as_none(key: str) -> None:
    workflow_id = uuid4()
    began = time.thread_time()
    taken = queueing_of(workflow_id=workflow_id, settings={"concurrency": {"max": 2, "key": key}}, value=[])
    assert time.thread_time() - began < 1
    assert taken["limit_key"] in (f"workflow:{workflow_id}:", f"workflow:{workflow_id}:{{{{ ")


@pytest.mark.parametrize("key", ["{{ $json.raw.slice(0, 8) }}", "{{ $json.raw.match(/order=(\\d+)/)[1] }}"])
def test_a_key_that_takes_a_moment_of_a_large_text_is_a_key(key: str) -> None:
    text = "order=12" + " " * 90_000
    settings = {"concurrency": {"max": 2, "key": key}}
    taken = queueing_of(workflow_id=UUID(int=1), settings=settings, value={"raw": text})
    assert taken["limit_key"] in (f"workflow:{UUID(int=1)}:order=12", f"workflow:{UUID(int=1)}:12")


def test_the_key_of_a_limit_is_of_the_run_s_input() -> None:
    settings = {"concurrency": {"max": 2, "key": "{{ $json.customer }}"}}
    taken = queueing_of(workflow_id=UUID(int=1), settings=settings, value={"customer": "a"})
    assert taken["limit_key"] == f"workflow:{UUID(int=1)}:a"
