"""What a call of a model may cost, and did: budgets of the node, the run's family, the owner's day and month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from core.ids import new_id
from core.models import User
from executor.models import Definition, Execution, RunState
from executor.node import budgets
from executor.node.budgets import Limit, Reservation
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
    root = Execution.objects.filter(pk=spending.execution_id).values_list("root_execution_id", flat=True).first()
    epoch = RunState.objects.filter(pk=spending.execution_id).values_list("epoch", flat=True).first()
    root_id = root or spending.execution_id
    return budgets.reserve(
        id=reservation_id, execution_id=spending.execution_id, epoch=epoch or 0, usd=usage.cost_usd,
        tokens=usage.input_tokens + usage.output_tokens, limits=_limits(spending, root_id),
    )  # fmt: skip


def new_reservation_id() -> UUID:
    return new_id()


def _limits(spending: Spending, root_id: UUID) -> Sequence[Limit]:
    """Return the budgets of a call; what has no limit is counted all the same."""
    owner, now = spending.owner_id, spending.now
    settings = _settings_of(root_id)
    person: Mapping[str, Any] = User.objects.filter(pk=owner).values_list("budget", flat=True).first() or {}
    limits = [
        Limit(budgets.of_family(root_id), amount(settings.get("max_cost_usd")), _whole(settings.get("max_tokens"))),
        Limit(f"day:{owner}:{now:%Y-%m-%d}", amount(person.get("day_usd"))),
        Limit(f"month:{owner}:{now:%Y-%m}", amount(person.get("month_usd"))),
    ]
    if spending.max_cost_usd is not None:
        limits.append(Limit(budgets.of_node(spending.execution_id, spending.node_id), spending.max_cost_usd))
    return limits


def _settings_of(root_id: UUID) -> Mapping[str, Any]:
    """Return `settings.budget` of the workflow that a family of runs began with."""
    root = Execution.objects.filter(pk=root_id).values_list("definition_hash", flat=True).first()
    if root is None:
        return {}
    found = Definition.objects.filter(pk=root).values_list("body__settings__budget", flat=True).first()
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
