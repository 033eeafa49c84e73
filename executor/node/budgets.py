"""Money and tokens that a run may spend: reserved before a call, settled after it.

A budget is a sum with a name: that of a run's family, of a user's day. A limit is given with each call, so that who
changes it changes what comes next. What would go over any of its budgets is not granted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from executor.sql import budgets_sql
from nodes.base import NodeFailed
from nodes.usage import Usage


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget by its key, and how much may go out of it; None: any amount."""

    key: str
    usd: Decimal | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """Room in some budgets, for one call."""

    id: UUID
    keys: tuple[str, ...]
    execution_id: UUID
    epoch: int


class BudgetExceeded(NodeFailed):
    """What is to be spent would go over a budget."""

    def __init__(self, full: dict[str, Any], usd: Decimal, tokens: int) -> None:
        spent = full["spent_usd"] + full["reserved_usd"]
        limit = full["limit_usd"] if full["limit_usd"] is not None and spent + usd > full["limit_usd"] else None
        if limit is not None:
            said = f"${spent + usd:.6f} would be more than the budget of ${limit:.6f}"
        else:
            used = full["spent_tokens"] + full["reserved_tokens"] + tokens
            said = f"{used} tokens would be more than the budget of {full['limit_tokens']}"
        super().__init__(
            "budget_exceeded", said, budget=full["key"], spent_usd=f"{spent:.6f}", would_usd=f"{spent + usd:.6f}",
            limit=f"{limit:.6f}" if limit is not None else full["limit_tokens"],
        )  # fmt: skip


def reserve(
    *, id: UUID, execution_id: UUID, epoch: int, limits: Sequence[Limit], usd: Decimal = Decimal(0), tokens: int = 0
) -> Reservation:
    """Reserve what a call may cost in all its budgets, or in none; asked again with the same id, it is one call.

    Raises: BudgetExceeded.
    """
    reservation = Reservation(id, tuple(sorted({limit.key for limit in limits})), execution_id, epoch)
    asked: dict[str, Any] = {
        "id": reservation.id, "execution_id": execution_id, "epoch": epoch, "usd": usd, "tokens": tokens,
        "keys": list(reservation.keys), "asked_keys": [limit.key for limit in limits],
        "limits_usd": [limit.usd for limit in limits],
        "limits_tokens": [limit.tokens for limit in limits],
    }  # fmt: skip
    full = _asked(asked)
    if full is not None:
        with connection.cursor() as cursor:
            cursor.execute(budgets_sql.GIVE_BACK_LOST, asked)
        full = _asked(asked)
    if full is not None:
        raise BudgetExceeded(full, usd, tokens)
    return reservation


def _asked(asked: dict[str, Any]) -> dict[str, Any] | None:
    """Ask for room; returns the budget that has none."""
    with connection.cursor() as cursor:
        are_there, full = _reserved(cursor, asked)
        while not are_there:  # as only the first call of a run finds it; another may forget one meanwhile
            cursor.execute(budgets_sql.OPEN, asked)
            are_there, full = _reserved(cursor, asked)
    return full


def _reserved(cursor: Any, asked: dict[str, Any]) -> tuple[bool, dict[str, Any] | None]:
    cursor.execute(budgets_sql.RESERVE, asked)
    are_there, *values = cursor.fetchone()
    names = [column.name for column in cursor.description[1:]]
    return are_there, None if values[0] is None else dict(zip(names, values, strict=True))


def correct(reservation: Reservation, was: Usage, usage: Usage) -> None:
    """Put what a call used in the place of what it was settled as before."""
    asked: dict[str, Any] = {
        "keys": list(reservation.keys), "usd": usage.cost_usd - was.cost_usd,
        "tokens": usage.input_tokens + usage.output_tokens - was.input_tokens - was.output_tokens,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(budgets_sql.CORRECT, asked)


def forget_call(reservation: Reservation) -> None:
    """Forget a call that is no run's; what it was settled as stays counted."""
    with connection.cursor() as cursor:
        cursor.execute(budgets_sql.FORGET_CALL, {"id": reservation.id})


def of_family(root_id: UUID) -> str:
    """Return the key of what a run may spend with all below it and all retries of it."""
    return f"run:{root_id}"


def of_node(execution_id: UUID, node_id: str) -> str:
    """Return the key of what a node may spend in its run."""
    return f"node:{execution_id}:{node_id}"


def forget_nodes(execution_ids: Sequence[UUID]) -> None:
    """Forget the budgets of the nodes of runs, as long as their node runs are there."""
    with connection.cursor() as cursor:
        cursor.execute(budgets_sql.FORGET_NODES, {"ids": list(execution_ids)})


def forget(execution_ids: Sequence[UUID], root_ids: Sequence[UUID]) -> None:
    """Give back what removed runs still had reserved, and forget the budgets of families that are all gone."""
    asked: dict[str, Any] = {"ids": list(execution_ids), "roots": list(root_ids)}
    with connection.cursor() as cursor:
        cursor.execute(budgets_sql.GIVE_BACK_REMOVED, asked)
        cursor.execute(budgets_sql.FORGET, asked)


def settle(reservation: Reservation, usage: Usage) -> None:
    """Put what was used in the place of what was reserved, once; with nothing used, the room is given back."""
    asked: dict[str, Any] = {
        "id": reservation.id, "keys": list(reservation.keys), "usd": usage.cost_usd,
        "execution_id": reservation.execution_id, "epoch": reservation.epoch,
        "tokens": usage.input_tokens + usage.output_tokens,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(budgets_sql.SETTLE, asked)
