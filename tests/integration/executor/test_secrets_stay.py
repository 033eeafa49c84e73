"""Canaries in every place where a secret goes in, and every place read where it could come out."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings as configuration
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import User
from core.process.logging import ScrubbingFormatter
from executor.models import Execution, NodeRun
from executor.process.engine_thread import EngineThread
from executor.selectors import stored_events
from executor.verbs import dead_letters
from tests.builders import chain, edge, graph, node, set_node
from tests.conftest import Peer
from tests.integration.executor.running import engine_thread, run

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "canary-7f3a&9/c"
TOKEN = "sk-live-abcdefghijklmnop"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(ScrubbingFormatter("%(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def near(peer: Peer, settings: Any) -> Iterator[EngineThread]:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    thread = engine_thread(allowed_hosts=[peer.host], queues=("nodes",))
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def credential(api: APIClient, type: str, **data: str) -> str:
    body = {"name": f"{type} {len(data)}", "type": type, "data": data}
    return str(api.post("/api/credentials/", body, format="json").json()["id"])


def everything_kept(api: APIClient, execution: Execution, log: io.StringIO) -> str:
    """Return all that is stored, sent and written of a run, as one text."""
    texts = [log.getvalue()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            texts += [row[0] for row in cursor.fetchall()]
    for row in NodeRun.objects.filter(execution_id=execution.pk):
        texts += [json.dumps(row.outputs, default=str), json.dumps([row.error, row.attempts, row.logs], default=str)]
    texts += [json.dumps(event.data, default=str) for event in stored_events(execution.pk, 0, 1000)]
    texts += [json.dumps([execution.output, execution.error], default=str)]
    for path in ("", "status/", "node-runs/", "why/"):
        texts.append(api.get(f"/api/orchestrator/executions/{execution.pk}/{path}").content.decode())
    texts.append(api.get(f"/api/streaming/executions/{execution.pk}/events/?limit=1000").content.decode())
    store = redis.Redis.from_url(configuration.REDIS_URL)
    for key in store.scan_iter(f"*{execution.pk}*"):
        texts.append(str(store.xrange(key) if store.type(key) == b"stream" else store.dump(key)))
    store.close()
    return "\n".join(texts)


def assert_gone(kept: str, *secrets: str) -> None:
    for secret in secrets:
        assert secret not in kept, kept[max(kept.index(secret) - 300, 0) : kept.index(secret) + 100]


def test_a_service_that_sends_the_secret_back(
    api: APIClient, user: User, peer: Peer, near: EngineThread, log: io.StringIO
) -> None:
    """The reply holds it raw, in JSON, quoted and as HTTP Basic."""
    basic = "YW5uOmNhbmFyeS03ZjNhJjkvYw=="
    body = {
        "raw": CANARY,
        "inside": f"key={CANARY}.",
        "basic": f"Basic {basic}",
        "quoted": "canary-7f3a%269%2Fc",
        "n": 1,
    }
    peer.answer("/echo", (200, {"Content-Type": "application/json", "X-Echo": CANARY}, json.dumps(body).encode()))
    auth = credential(api, "http_basic", username="ann", password=CANARY)
    document = chain(
        node("call", "http_request", {"url": f"{peer.url}/echo"}, credentials={"auth": auth}),
        set_node("after", copy="{{ $json.body.inside }}"),
    )
    execution = run(near, document, owner=user.pk)

    assert execution.state.status == "completed", execution.error
    assert peer.calls[0].headers["authorization"] == f"Basic {basic}", "it was sent as it is"
    assert execution.output[0]["json"]["copy"] == "key=[secret]."
    assert_gone(everything_kept(api, execution, log), CANARY, basic, "canary-7f3a%269%2Fc")
    assert [warning["code"] for warning in execution.warnings] == ["secret_in_output"]
    outputs = NodeRun.objects.get(execution_id=execution.pk, node_id="call").outputs
    assert outputs["main"][0]["json"]["body"]["n"] == 1


@pytest.mark.parametrize("settings_of_node", [{}, {"queue": "nodes"}, {"retry": {"max_attempts": 2, "delay_s": 0.01}}])
def test_a_service_that_quotes_the_secret_in_its_refusal(
    api: APIClient, user: User, peer: Peer, near: EngineThread, log: io.StringIO, settings_of_node: dict[str, Any]
) -> None:
    said = {
        "error": f"bad key {CANARY}",
        "password": "hunter22",
        "contact": "ada@example.org",
        "card": "4111 1111 1111 1111",
    }
    peer.answer("/no", (503, {"Content-Type": "application/json"}, json.dumps(said).encode()))
    auth = credential(api, "http_query", name="key", value=CANARY)
    nodes = [node("call", "http_request", {"url": f"{peer.url}/no"}, credentials={"auth": auth}, settings=settings_of_node),
             set_node("caught", code="{{ $json.error.code }}")]  # fmt: skip
    execution = run(near, graph(nodes, [edge("start", "call"), edge("call", "caught", "error")]), owner=user.pk)

    assert execution.output[0]["json"]["code"] == "http_status"
    kept = everything_kept(api, execution, log)
    assert_gone(kept, CANARY, "canary-7f3a%269%2Fc")
    error = NodeRun.objects.get(execution_id=execution.pk, node_id="call").error
    assert error is not None
    assert error["details"]["body"] == {
        "error": "bad key [secret]", "password": "[secret]", "contact": "[e-mail]", "card": "[card]",
    }  # fmt: skip
    item = NodeRun.objects.get(execution_id=execution.pk, node_id="call").outputs["error"][0]["json"]["error"]
    assert item["details"]["body"]["contact"] == "ada@example.org", "what goes on is data"


def test_what_code_prints_and_raises(api: APIClient, user: User, near: EngineThread, log: io.StringIO) -> None:
    text = f"print('the key is {TOKEN}')\nprint({{'password': 'hunter22'}})\nraise ValueError('{TOKEN} of ada@example.org')"
    execution = run(near, chain(node("code", "code", {"code": text})), owner=user.pk)
    row = NodeRun.objects.get(execution_id=execution.pk, node_id="code")
    assert execution.error["message"] == "ValueError: [key] of [e-mail] (line 3)"
    assert row.error["details"]["logs"] == ["the key is [key]", "{'password': [secret]}"]
    events = json.dumps([event.data for event in stored_events(execution.pk, 0, 1000)], default=str)
    assert TOKEN not in events + log.getvalue() + json.dumps([execution.error, row.error, row.attempts])


def test_dead_letters_hold_no_secrets(db: None) -> None:
    letter = dead_letters.keep(
        task_name="x", args=[{"password": "hunter22"}], kwargs={"id": 3, "api_key": "k"}, exception=f"ValueError({TOKEN!r})",
        traceback=f'File "x.py", line 1\n  call(token="{TOKEN}")', now=timezone.now(),
    )  # fmt: skip
    assert (letter.args, letter.kwargs) == ([{"password": "[secret]"}], {"id": 3, "api_key": "[secret]"})
    assert TOKEN not in letter.exception + letter.traceback
