"""What a node did, but not as it was asked to, stands in its row."""

from __future__ import annotations

from typing import Any

import pytest

from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from tests.builders import chain, node
from tests.conftest import Peer
from tests.integration.executor.running import engine_thread, finished, queue

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = b"[" + b'"x",' * 200_000  # read in a process of its own


@pytest.mark.parametrize("body", [b'{"a": NaN', b'{"a": NaN}', LARGE])
@pytest.mark.parametrize("where", [{}, {"queue": "nodes"}])
def test_a_reply_that_says_it_is_json_and_is_not_is_text_with_a_warning(
    db: None, peer: Peer, body: bytes, where: dict[str, Any]
) -> None:
    peer.answer("/", (200, {"Content-Type": "application/json"}, body))
    engine: EngineThread = engine_thread(allowed_hosts=(peer.host,))
    engine.start()
    execution_id = queue(chain(node("h", "http_request", {"url": f"{peer.url}/"}, settings=where)), [{}, {}])
    engine.ring(str(execution_id))
    execution = finished(execution_id)
    engine.stop(1)
    assert execution.state.status == "completed", execution.error
    shown = execution.output[0]["json"]["body"]
    assert (list(shown) == ["$blob"]) if body is LARGE else (shown == body.decode())
    (warning,) = NodeRun.objects.get(execution_id=execution_id, node_id="h").warnings
    assert (warning["code"], warning["node_id"], warning["field"]) == ("not_json", "h", "outputs.body")
    assert "as text" in warning["message"]
