"""Results that many callbacks tell of are rendered a few at a time where they are large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.models import User
from core.outbox import queue
from core.outbox.gathering import LATER
from orchestrator import outbox
from tests.builders import chain, node
from tests.conftest import Peer
from tests.integration.executor.running import queue as queue_run
from tests.integration.outbox.working import left, work_off

pytestmark = pytest.mark.django_db(transaction=True)


def test_large_results_are_rendered_one_after_another_and_all_are_told(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch, peer: Peer, settings: Any
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    peer.answer("/told", (204, {}, b""))
    monkeypatch.setattr(outbox, "RESULTS_BYTES", 1)  # any is large
    owners = [make_user().pk for _ in range(3)]
    ids = [queue_run(chain(node("a")), owner=owner) for owner in owners]
    found = outbox._results_of(ids)
    assert sorted(found) == sorted(ids)
    assert [body is LATER for body in found.values()].count(True) == 2
    for owner, one in zip(owners, ids, strict=True):
        payload = {"execution_id": str(one), "url": f"{peer.url}/told", "sealed": None}
        queue.add("callback", owner_id=owner, payload=payload)
    work_off()
    assert len(peer.calls) == 3
    assert not left(kind="callback")
