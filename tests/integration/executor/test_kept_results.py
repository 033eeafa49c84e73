"""`cache_ttl_s`: what a node made is used again for the same params and items, by the same owner, until it expires."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from compiler.checks import findings
from compiler.compiler import validate
from compiler.definition import read
from compiler.graph import Tables, link
from core.clock import database_now
from core.json import dumps
from core.models import User
from executor.models import CachedResult, NodeRun
from executor.node import kept_results
from executor.process.engine_thread import EngineThread
from nodes.registry import builtin_catalogue
from orchestrator.models import Workflow
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import GATE, SEEN, behave, eventually, finished, queue, run

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = UUID(int=7)


def kept(how: str = "pass", node_id: str = "b", ttl_s: float = 60, **params: Any) -> dict[str, Any]:
    made = behave(node_id, how)
    made["data"]["params"] |= params
    made["data"]["settings"] = {**made["data"].get("settings", {}), "cache_ttl_s": ttl_s}
    return made


def row(execution: Any, node_id: str = "b") -> NodeRun:
    return NodeRun.objects.get(execution_id=execution.pk, node_id=node_id, path="")


def made(engine: EngineThread, document: Any, value: Any, owner: UUID = OWNER) -> tuple[bool, list[Any], int]:
    """Run; return whether the node's result was kept from before, what it was, and how often it was made by now."""
    execution = run(engine, document, value, owner=owner)
    assert execution.state.status == "completed", execution.error
    found = row(execution)
    return found.cached, [item["json"] for item in found.outputs["main"]], len(SEEN)


def test_the_same_params_and_items_give_the_same_result_without_being_made(engine: EngineThread) -> None:
    document = chain(kept(), set_node("after", is_after=True))
    first = made(engine, document, {"n": 1})
    assert first == (False, [{"n": 1, "done": "pass"}], 1)
    assert made(engine, document, {"n": 1}) == (True, first[1], 1)
    assert made(engine, document, {"n": 2}) == (False, [{"n": 2, "done": "pass"}], 2)
    assert made(engine, chain(kept(times=3)), {"n": 1})[::2] == (False, 3), "other params"
    assert made(engine, document, {"n": 1}, owner=uuid4())[::2] == (False, 4), "another owner"
    assert made(engine, chain(behave("b", "pass")), {"n": 1})[::2] == (False, 5), "only where it is wanted"


def test_results_of_one_workflow_are_no_other_s(engine: EngineThread) -> None:
    """The same params may mean other things there: tables of a name, say, that not everybody may read."""
    document = chain(kept())
    seen = []
    for workflow in (None, *(Workflow.objects.create(owner_id=OWNER, name=name) for name in ("one", "two"))):
        fields = {} if workflow is None else {"workflow_id": workflow.pk}
        seen += [row(run(engine, document, {"n": 1}, owner=OWNER, **fields)).cached for _ in range(2)]
    assert seen == [False, True] * 3


def test_a_param_counts_as_what_it_becomes_and_a_kind_is_another_s_result(engine: EngineThread) -> None:
    # What it is called and where it stands does not matter; what its expressions become does.
    assert made(engine, chain(kept(times="{{ $json.n + 1 }}")), {"n": 1})[::2] == (False, 1)
    document = chain(set_node("before", n=1), kept(times=2))
    document["nodes"][-1]["data"]["label"] = "Another"
    assert made(engine, document, {})[::2] == (True, 1)


def test_some_items_of_several_are_known(engine: EngineThread) -> None:
    document = chain(kept())
    made(engine, document, [{"n": 1}, {"n": 2}])
    some, items, count = made(engine, document, [{"n": 3}, {"n": 2}])
    assert (some, [item["n"] for item in items], count) == (False, [3, 2], 3)
    execution = run(engine, document, [{"n": 2}, {"n": 1}], owner=OWNER)
    found = row(execution)
    assert found.cached
    assert [item["pairedItem"] for item in found.outputs["main"]] == [{"item": 0}, {"item": 1}]
    assert len(SEEN) == 3


def test_what_failed_is_made_again_and_attempts_look_for_what_others_made(engine: EngineThread) -> None:
    retry = {"retry": {"max_attempts": 3, "delay_s": 0.01}}
    flaky = kept("flaky", times=2)
    flaky["data"]["settings"] |= retry
    assert made(engine, chain(flaky), {})[::2] == (False, 3)
    assert made(engine, chain(flaky), {})[::2] == (True, 3)
    SEEN.clear()
    for _ in range(2):
        assert run(engine, chain(kept("fail")), {}, owner=OWNER).state.status == "failed"
    assert len(SEEN) == 2


def test_it_expires_and_is_swept(engine: EngineThread) -> None:
    document = chain(kept(ttl_s=60))
    made(engine, document, {})
    CachedResult.objects.update(expires_at=database_now() - timedelta(seconds=1))
    assert made(engine, document, {})[::2] == (False, 2)
    assert CachedResult.objects.count() == 1, "in the place of the old one"
    assert kept_results.sweep(database_now()) == 0
    assert kept_results.sweep(database_now() + timedelta(seconds=61)) == 1
    assert not CachedResult.objects.exists()


def test_branches_side_by_side_may_both_make_it(engine: EngineThread) -> None:
    document = graph([kept("gate", "b"), kept("gate", "c")], [edge("start", "b"), edge("start", "c")])
    GATE.clear()
    execution_id = queue(document, {}, owner=OWNER)
    engine.ring(str(execution_id))
    try:
        eventually(lambda: len(SEEN) == 2)
    finally:
        GATE.set()
    assert finished(execution_id).state.status == "completed"
    assert CachedResult.objects.count() == 1
    assert made(engine, document, {})[::2] == (True, 2)


def test_a_repaired_run_and_one_that_was_recorded_go_before_what_is_kept(engine: EngineThread) -> None:
    document = chain(kept())
    made(engine, document, {"n": 1})
    pinned = {"b": {"main": [{"json": {"pinned": True}}]}}
    execution = run(engine, document, {"n": 1}, owner=OWNER, pinned=pinned)
    found = row(execution)
    assert (found.pinned, found.cached, found.outputs["main"][0]["json"]) == (True, False, {"pinned": True})


def test_what_is_large_or_holds_files_is_not_kept_and_says_so(engine: EngineThread) -> None:
    execution = run(engine, chain(kept("grow")), {}, owner=OWNER)
    (told,) = [one for one in row(execution).warnings if one["code"] == "result_not_kept"]
    assert "larger than 1 MiB" in told["message"]
    assert not CachedResult.objects.exists()


def test_an_owner_has_room_for_so_much_and_the_oldest_goes(
    engine: EngineThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_results, "MOST_OWNER_ROWS", 3)
    monkeypatch.setattr(kept_results, "ROOM_EVERY", 1)
    other = uuid4()
    made(engine, chain(kept()), {"n": 0}, owner=other)
    for n in range(5):
        made(engine, chain(kept()), {"n": n})
    assert CachedResult.objects.filter(owner_id=OWNER).count() == 3
    assert CachedResult.objects.filter(owner_id=other).count() == 1
    monkeypatch.setattr(kept_results, "MOST_OWNER_BYTES", CachedResult.objects.filter(owner_id=OWNER)[0].size_bytes)
    assert made(engine, chain(kept()), {"n": 4})[0], "the newest is still there"
    made(engine, chain(kept()), {"n": 9})
    assert CachedResult.objects.filter(owner_id=OWNER).count() == 1


def test_neither_key_nor_result_holds_a_secret(api: APIClient, user: User, engine: EngineThread) -> None:
    secret = "s3cr3t-value-of-a-credential"
    given = {"name": "k", "type": "http_bearer", "data": {"token": secret, "allowed_hosts": "127.0.0.1"}}
    answer = api.post("/api/credentials/", given, format="json")
    assert answer.status_code == 201, answer.json()
    request = node(
        "open", "http_request", {"url": "http://127.0.0.1:9/"}, credentials={"auth": answer.json()["id"]},
        settings={"on_error": "continue"},
    )  # fmt: skip
    document = chain(request, kept(how="{{ $('start').item.json.n }}"))
    execution = run(engine, document, {"n": secret}, owner=user.pk)
    assert execution.state.status == "completed", execution.error
    (stored,) = CachedResult.objects.all()
    assert row(execution).outputs["main"][0]["json"]["done"] == "[secret]"
    assert secret.encode() not in dumps(stored.result)
    assert b"[secret]" in dumps(stored.result)
    assert len(bytes(stored.key)) == 32


def test_what_writes_keeps_no_results_and_the_compiler_says_so() -> None:
    def problems(document: Any) -> list[tuple[str | None, str]]:
        linked = link(read(document), builtin_catalogue(), Tables(workflows={}))
        return [(one.field, one.severity) for one in findings(linked) if one.code == "invalid_config"]

    refused: list[tuple[str | None, str]] = [("settings.cache_ttl_s", "error")]
    settings = {"cache_ttl_s": 60}
    for kind, params in (
        ("http_request", {"url": "https://example.org/", "method": "POST"}),
        ("send_email", {"to": "a@example.org"}),
        ("wait", {"seconds": 1}),
    ):
        assert problems(chain(node("x", kind, params, settings=settings)))[:1] == refused, kind
    for kind, params in (("http_request", {"url": "https://example.org/"}), ("set", {})):
        assert problems(chain(node("x", kind, params, settings=settings))) == [], kind
    diagnostics = validate(read(chain(node("x", "set", {}, settings={"cache_ttl_s": 0}))), builtin_catalogue())
    assert [one.field for one in diagnostics if one.severity == "error"] == ["settings.cache_ttl_s"]
