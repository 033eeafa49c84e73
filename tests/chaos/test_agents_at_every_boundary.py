"""A crash at every boundary of an agent's run, and of a plan's: calls of tools, two of them at once.

Whatever the boundary: the same answer, no finished call made again, one that was cut off made again with its key.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from core.models import User
from executor.selectors import execution_by_id
from tests.chaos.test_every_boundary import Place, Position, describe, in_a_loop, take_over
from tests.integration.agents.running import agent, effect, said, steps, three_and_four
from tests.integration.agents.test_plans import by_task, plan, planned
from tests.integration.executor.running import SEEN, check_events, queue
from tests.integration.inference.models_engine import credential
from tests.providers import Provider, Reply, calls, says, serving
from tests.providers.server import Asked
from tests.thoroughness import sample

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 2


def counted(execution_id: UUID, provider: Provider) -> Counter[str]:
    """Return how often each call was begun, by its key without the run's id."""
    keys = [*(asked.key for asked in provider.asked), *(key for _, key in SEEN)]
    return Counter(key.replace(str(execution_id), "run") for key in keys)


def run_with_crash(
    document: dict[str, object], user: User, provider: Provider, crash_at: Place | None
) -> tuple[UUID, Position]:
    SEEN.clear()
    provider.asked.clear()
    execution_id = queue(document, {"q": "Do it"}, owner=user.pk)
    position = in_a_loop(execution_id, crash_at, allowed_hosts=[provider.host])
    if crash_at is not None:
        take_over()
        in_a_loop(execution_id, None, allowed_hosts=[provider.host])
    return execution_id, position


def asking(provider: Provider, credential_id: str) -> dict[str, object]:
    """Script three rounds with four calls of tools, two of them at once."""
    return agent(credential_id, *three_and_four(provider))


def planning(provider: Provider, credential_id: str) -> dict[str, object]:
    """Script a plan of three tasks, two of them side by side with a tool each, and another plan where one fails."""
    plans = [plan((1, "one", []), (2, "two", []), (3, "three", [1, 2])), plan((4, "four", [1]))]

    def uses(tool: str, then: str) -> Callable[[Asked], Reply]:
        return lambda asked: says(then) if asked.body["messages"][-1]["role"] == "tool" else calls((tool, {}))

    def answer(asked: Asked) -> Reply:
        left = [plans["Plan what is left" in asked.prompt]]
        scripted = by_task(left, one=uses("one", "first"), two=uses("two", "second"), three=says("FAILED: no"),
                           four=uses("three", "last"))  # fmt: skip
        reply: Reply = scripted(asked)
        return reply

    provider.answers = answer
    return planned(credential_id, *(effect(name) for name in ("one", "two", "three")))


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("script", "total"), [(asking, 3 + 1 + 4), (planning, 2 + 7 + 1 + 3)])
def test_a_crash_at_any_boundary_repeats_no_finished_call(
    api: APIClient, user: User, script: Callable[[Provider, str], dict[str, object]], total: int
) -> None:
    with serving() as provider:
        document = script(provider, credential(api, provider))
        undisturbed, position = run_with_crash(document, user, provider, None)
        expected, made = said(execution_by_id(undisturbed)), counted(undisturbed, provider)
        assert set(made.values()) == {1}
        assert len(made) == total, "of models, with the last answer, and of tools"
        tried = sample(position.places, kind=lambda place: place[0])
        crashed = repeated = 0
        for crash_at in tried:
            execution_id, position = run_with_crash(document, user, provider, crash_at)
            execution = execution_by_id(execution_id)
            found = said(execution) if execution.state.status == "completed" else describe(execution_id)
            assert without_times(found) == without_times(expected), crash_at
            seen = counted(execution_id, provider)
            assert seen.keys() == made.keys(), crash_at
            again = sum(times - 1 for times in seen.values())
            assert again <= AT_ONCE, f"{crash_at}: {seen}"
            assert {status for _, status in steps(execution)} == {"completed"}, crash_at
            check_events(execution)
            crashed += position.crashed.is_set()
            repeated += again
        assert crashed * 2 > len(tried), "a commit may hold other events than before"
        sys.stderr.write(f"{crashed} crashes, {repeated} calls begun again, each with its key\n")


def without_times(found: object) -> object:
    """Return an answer without what a clock says."""
    if not isinstance(found, dict):
        return found
    steps_of = {"steps": [{**step, "ms": 0} for step in found["steps"]]} if "steps" in found else {}
    return {**found, **steps_of}
