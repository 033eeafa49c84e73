"""Variables where a node's turn is made by a worker of another queue: read there, and no secret is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.models import User
from credentials import variables
from executor.process.engine_thread import EngineThread
from tests.builders import chain, node
from tests.integration.executor.running import engine_thread, finished, queue

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "s3cret-value-of-mine"


@pytest.fixture
def near() -> Iterator[EngineThread]:
    thread = engine_thread(queues=("nodes",))
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def went(engine: EngineThread, user: User, document: dict[str, Any]) -> Any:
    execution_id = queue(document, {"n": 1}, owner=user.pk)
    engine.ring(str(execution_id))
    return finished(execution_id)


def keep(user: User, name: str, value: Any, *, is_secret: bool = False) -> None:
    variables.create(owner_id=user.pk, workflow_id=None, name=name, value=value, is_secret=is_secret)


def test_code_reads_them_on_another_queue_and_its_secrets_are_masked(user: User, near: EngineThread) -> None:
    keep(user, "plain", {"zeta": 1, "b": 2})
    keep(user, "token", SECRET, is_secret=True)
    code = "return [{'plain': list(vars['plain']), 'size': len(vars['token']), 'token': vars['token']}]"

    execution = went(near, user, chain(node("c", "code", {"code": code}, settings={"queue": "nodes"})))

    made = execution.output[0]["json"]
    assert (made["plain"], made["size"]) == (["zeta", "b"], len(SECRET))
    assert SECRET not in str(made)


def test_a_secret_in_params_is_not_sent(user: User, near: EngineThread) -> None:
    keep(user, "token", SECRET, is_secret=True)
    params = {"assignments": [{"name": "t", "value": "{{ $vars.token }}"}]}

    execution = went(near, user, chain(node("s", "set", params, settings={"queue": "nodes"})))

    assert execution.state.status == "failed"
    assert "secret_not_sent" in str(execution.error)
