"""Calls of models that a person makes outside of runs: they count to his day and month as those of his runs do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from core.clock import CLOCK
from core.errors import PaymentNeeded
from core.ids import new_id
from core.models import User
from executor.node import budgets
from executor.node.budgets import BudgetExceeded
from executor.node.model_money import personal_limits
from inference.catalogue import catalogue
from inference.models.estimates import Estimates
from inference.models.failures import is_unpaid
from nodes.base import NodeFailed
from nodes.language_models import Completion, CompletionRequest
from nodes.usage import NOTHING


class PersonalBudgetExceeded(PaymentNeeded):
    """The call would go over what its caller may spend in a day or a month."""

    code = "budget_exceeded"


@contextmanager
def spending(
    owner_id: UUID, provider: str, model: str, request: CompletionRequest
) -> Iterator[Callable[[Completion], None]]:
    """Count a call before it is made; gives what is told the answer. A call that has none counts as what was thought.

    Raises: PersonalBudgetExceeded.
    """
    price = catalogue().find(provider, model).price
    guess = Estimates().of(None, request)
    guess = guess if price is None else replace(guess, cost_usd=price.of(guess))
    person = User.objects.filter(pk=owner_id).values_list("budget", flat=True).first()
    call_id = new_id()
    try:
        held = budgets.reserve(
            id=call_id, execution_id=call_id, epoch=0, usd=guess.cost_usd,
            tokens=guess.input_tokens + guess.output_tokens,
            limits=personal_limits(owner_id, person, CLOCK.now()),
        )  # fmt: skip
    except BudgetExceeded as exc:
        raise PersonalBudgetExceeded(exc.message) from exc
    budgets.settle(held, guess)  # nobody looks after what a lost web process had reserved

    def came(made: Completion) -> None:
        cost = made.cost_usd
        if cost is None:
            cost = Decimal(0) if price is None else price.of(made.usage, made.cache_write_tokens)
        budgets.correct(held, guess, replace(made.usage, cost_usd=cost))

    try:
        yield came
    except NodeFailed as exc:
        if is_unpaid(exc):
            budgets.correct(held, guess, NOTHING)
        raise
    finally:
        budgets.forget_call(held)
