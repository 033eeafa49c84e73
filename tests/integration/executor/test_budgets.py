"""A budget is a wall: calls side by side cannot spend more together than it holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from executor.models import Budget, Reservation, RunState
from executor.node.budgets import BudgetExceeded, Limit, of_family, reserve, settle
from executor.verbs.removing import remove
from nodes.usage import NOTHING, Usage
from tests.builders import chain, node
from tests.integration.executor.running import queue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run_id() -> UUID:
    """Return a run that a worker drives."""
    execution_id = queue(chain(node("t", "no_op")))
    RunState.objects.filter(pk=execution_id).update(status="running", epoch=1, worker_id=uuid4())
    return execution_id


def asked(run_id: UUID, *limits: Limit, usd: str = "1", tokens: int = 0) -> Any:
    return reserve(id=uuid4(), execution_id=run_id, epoch=1, limits=limits, usd=Decimal(usd), tokens=tokens)


def standing(key: str) -> tuple[float, float]:
    budget = Budget.objects.get(pk=key)
    return float(budget.spent_usd), float(budget.reserved_usd)


def test_calls_at_once_get_no_more_than_there_is(run_id: UUID) -> None:
    limit = Limit("run:x", usd=Decimal(7))

    def call(number: int) -> bool:
        try:
            asked(run_id, limit)
        except BudgetExceeded:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as threads:
        granted = sum(threads.map(call, range(40)))
    assert granted == 7
    assert standing("run:x") == (0, 7)


def test_what_was_used_takes_the_place_of_what_was_reserved(run_id: UUID) -> None:
    limit = Limit("run:x", usd=Decimal("1.5"))
    settle(asked(run_id, limit), Usage(cost_usd=Decimal("0.25"), input_tokens=3, output_tokens=4))
    settle(asked(run_id, limit), NOTHING)
    assert standing("run:x") == (0.25, 0)
    assert Budget.objects.get(pk="run:x").spent_tokens == 7
    asked(run_id, limit)
    with pytest.raises(BudgetExceeded) as refused:
        asked(run_id, limit, usd="0.5")
    assert refused.value.node_code == "budget_exceeded"
    assert refused.value.details == {
        "budget": "run:x", "limit": "1.500000", "spent_usd": "1.250000", "would_usd": "1.750000",
    }  # fmt: skip


def test_one_full_budget_of_several_refuses_and_nothing_is_reserved_in_the_others(run_id: UUID) -> None:
    wide, narrow = Limit("day:a"), Limit("run:a", tokens=100)
    with pytest.raises(BudgetExceeded, match="101 tokens"):
        asked(run_id, wide, narrow, tokens=101)
    assert (standing("day:a"), standing("run:a"), Reservation.objects.count()) == ((0, 0), (0, 0), 0)
    asked(run_id, narrow, wide, tokens=100)
    assert (standing("day:a"), standing("run:a")) == ((0, 1), (0, 1))


@pytest.mark.parametrize("lost", [{"epoch": 2}, {"status": "pending"}, {"status": "failed"}])
def test_what_a_lost_worker_had_reserved_is_given_back_when_somebody_needs_it(run_id: UUID, lost: Any) -> None:
    limit = Limit("run:x", usd=Decimal(1))
    held = asked(run_id, limit)
    with pytest.raises(BudgetExceeded):
        asked(run_id, limit)
    RunState.objects.filter(pk=run_id).update(**lost)
    other = queue(chain(node("t", "no_op")))
    RunState.objects.filter(pk=other).update(status="running", epoch=1, worker_id=uuid4())
    asked(other, limit)
    assert standing("run:x") == (0, 1)
    settle(held, Usage(cost_usd=Decimal("0.75")))  # its call came back after all: that was spent
    assert standing("run:x") == (0.75, 1)


@pytest.mark.parametrize("seed", range(6))
def test_spent_and_reserved_are_the_sums_of_what_was_done(run_id: UUID, seed: int) -> None:
    chance, limit = Random(seed), Limit("run:p", usd=Decimal(40))
    held: list[tuple[Any, int]] = []
    spent = 0
    for _ in range(30):
        usd = chance.randrange(30)
        if held and chance.random() < 0.5:
            settle(held.pop(chance.randrange(len(held)))[0], Usage(cost_usd=Decimal(usd)))
            spent += usd
            continue
        room = 40 - spent - sum(amount for _, amount in held)
        try:
            held.append((asked(run_id, limit, usd=str(usd)), usd))
        except BudgetExceeded:
            assert usd > room
        else:
            assert usd <= room
    assert standing("run:p") == (spent, sum(amount for _, amount in held))


def test_a_removed_run_gives_back_what_it_had_reserved_and_its_family_s_budget_goes(run_id: UUID) -> None:
    family, day = Limit(of_family(run_id)), Limit("day:x")
    asked(run_id, family, day)
    RunState.objects.filter(pk=run_id).update(status="completed")
    remove([run_id])
    assert standing("day:x") == (0, 0)
    assert not Budget.objects.filter(pk=of_family(run_id)).exists()
    assert not Reservation.objects.exists()


def test_a_call_that_is_told_of_twice_is_one_call(run_id: UUID) -> None:
    limit, one = Limit("run:x", usd=Decimal(1)), uuid4()
    asked_twice = [reserve(id=one, execution_id=run_id, epoch=1, limits=[limit, limit], usd=Decimal(1)) for _ in "ab"]
    assert standing("run:x") == (0, 1)
    for reservation in asked_twice:
        settle(reservation, Usage(cost_usd=Decimal("0.5")))
    assert standing("run:x") == (0.5, 0)


def test_what_a_run_has_reserved_is_not_lost_while_it_waits_for_another_queue(run_id: UUID) -> None:
    limit = Limit("run:x", usd=Decimal(1))
    asked(run_id, limit)
    RunState.objects.filter(pk=run_id).update(status="waiting")
    with pytest.raises(BudgetExceeded):
        asked(run_id, limit)


def test_a_family_s_budget_stays_as_long_as_one_of_it_is_there(run_id: UUID) -> None:
    again = queue(chain(node("t", "no_op")), root_execution_id=run_id)
    asked(run_id, Limit(of_family(run_id)))
    remove([run_id])
    assert standing(of_family(run_id)) == (0, 0)
    remove([again])
    assert not Budget.objects.filter(pk=of_family(run_id)).exists()
