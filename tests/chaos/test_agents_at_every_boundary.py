"""A crash at every boundary of an agent's run: three rounds with four calls of tools, two of them at once.

Whatever the boundary: the same answer, no finished call made again, one that was cut off made again with its key.
"""

from __future__ import annotations

import sys
from collections import Counter
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from core.models import User
from executor.selectors import execution_by_id
from tests.chaos.test_every_boundary import Place, Position, describe, in_a_loop, take_over
from tests.integration.agents.running import agent, said, steps, three_and_four
from tests.integration.executor.running import SEEN, check_events, queue
from tests.integration.inference.models_engine import credential
from tests.providers import Provider, serving
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


@pytest.mark.timeout(900)
def test_a_crash_at_any_boundary_repeats_no_finished_call(api: APIClient, user: User) -> None:
    with serving() as provider:
        document = agent(credential(api, provider), *three_and_four(provider))
        undisturbed, position = run_with_crash(document, user, provider, None)
        expected, calls = said(execution_by_id(undisturbed)), counted(undisturbed, provider)
        assert set(calls.values()) == {1}
        assert len(calls) == 3 + 1 + 4, "four calls of the model, with its answer, and four of tools"
        tried = sample(position.places, kind=lambda place: place[0])
        crashed = repeated = 0
        for crash_at in tried:
            execution_id, position = run_with_crash(document, user, provider, crash_at)
            execution = execution_by_id(execution_id)
            found = said(execution) if execution.state.status == "completed" else describe(execution_id)
            assert without_times(found) == without_times(expected), crash_at
            seen = counted(execution_id, provider)
            assert seen.keys() == calls.keys(), crash_at
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
    return {**found, "steps": [{**step, "ms": 0} for step in found["steps"]]}
