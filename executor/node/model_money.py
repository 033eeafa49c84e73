"""What a call of a model may cost, and did: budgets of the node, the run's family, the owner's day and month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from core.ids import new_id
from core.json import loads_own
from executor.node import budgets
from executor.node.budgets import Limit, Reservation
from executor.sql import budgets_sql
from nodes.usage import Usage


@dataclass(frozen=True, slots=True)
class Spending:
    """Who wants to spend: a node of a run; `max_cost_usd` is what the node may spend in its run."""

    execution_id: UUID
    owner_id: UUID
    node_id: str
    max_cost_usd: Decimal | None
    now: datetime


def reserve(spending: Spending, usage: Usage, reservation_id: UUID) -> Reservation:
    """Reserve what a call may use in all budgets that it counts to. Raises: BudgetExceeded."""
    told = _told(spending)
    return budgets.reserve(
        id=reservation_id, execution_id=spending.execution_id, epoch=told.epoch, usd=usage.cost_usd,
        tokens=usage.input_tokens + usage.output_tokens, limits=_limits(spending, told),
    )  # fmt: skip


def new_reservation_id() -> UUID:
    return new_id()


class _Told(NamedTuple):
    """What the rows say of who spends: the run that its family began with, and what may be spent."""

    root_id: UUID
    epoch: int
    workflow: Any  # `settings.budget` of that run's workflow
    person: Any  # what its owner may spend in a day and a month


def _told(spending: Spending) -> _Told:
    asked = {"id": spending.execution_id, "owner": spending.owner_id}
    with connection.cursor() as cursor:
        cursor.execute(budgets_sql.WHO_SPENDS, asked)
        row = cursor.fetchone()
    return _Told(*row)


def _limits(spending: Spending, told: _Told) -> Sequence[Limit]:
    """Return the budgets of a call; what has no limit is counted all the same."""
    owner, now = spending.owner_id, spending.now
    settings, person = _object(told.workflow), _object(told.person)
    limits = [
        Limit(
            budgets.of_family(told.root_id), amount(settings.get("max_cost_usd")), _whole(settings.get("max_tokens"))
        ),
        *personal_limits(owner, person, now),
    ]
    if spending.max_cost_usd is not None:
        limits.append(Limit(budgets.of_node(spending.execution_id, spending.node_id), spending.max_cost_usd))
    return limits


def personal_limits(owner_id: UUID, person: Any, now: datetime) -> Sequence[Limit]:
    """Return what somebody may spend in a day and a month, as his row says it."""
    given: Mapping[str, Any] = person if isinstance(person, dict) else {}
    return [
        Limit(f"day:{owner_id}:{now:%Y-%m-%d}", amount(given.get("day_usd"))),
        Limit(f"month:{owner_id}:{now:%Y-%m}", amount(given.get("month_usd"))),
    ]


def _object(raw: str | None) -> Mapping[str, Any]:
    """Return what a column of JSON holds, if that is an object."""
    found = None if raw is None else loads_own(raw)
    return found if isinstance(found, dict) else {}


def amount(value: Any) -> Decimal | None:
    """Return an amount of money as it is stored; None where there is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
