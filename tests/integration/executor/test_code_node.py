"""The Code node in runs: results, failures as errors of the node, a jail that refuses."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from core.health.report import sandbox_of
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from executor.sandbox.pool import State
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import check_events, run

pytestmark = pytest.mark.django_db(transaction=True)


def code(text: str, language: str = "python", **params: Any) -> dict[str, Any]:
    return node("code", "code", {"language": language, "code": text, **params})


def test_python_and_javascript_in_a_run(engine: EngineThread) -> None:
    python = code(
        "rate = vars['rate']\nreturn [{'brutto': item['json']['n'] * rate, 'text': f'{{{rate}}}'} for item in items]"
    )
    script = node("js", "code", {"language": "javascript", "mode": "each_item", "code": "console.log('{{', $json.brutto, '}}');"
                                 "return {b: $json.brutto, from: item.json.text}"})  # fmt: skip
    document = chain(python, script, set_node("z", first="{{ $('code').item.json.brutto }}"))
    execution = run(engine, document, [{"n": 1}, {"n": 2}], variables={"rate": 3})

    assert execution.state.status == "completed", execution.error
    assert [item["json"]["b"] for item in execution.output] == [3, 6]
    assert execution.output[0]["json"]["from"] == "{3}", "braces in code are the code's"
    row = NodeRun.objects.get(execution_id=execution.pk, node_id="js")
    assert (row.logs, row.outputs["main"][1]["pairedItem"]) == (["{{ 3 }}", "{{ 6 }}"], {"item": 1})
    check_events(execution)


@pytest.mark.parametrize(
    ("text", "language", "error"),
    [("x = 1\nraise ValueError('no stock')", "python", "code_error"), ("open('/etc/passwd')", "python", "sandbox_violation"),
     ("import socket", "python", "sandbox_violation"), ("while True: pass", "python", "code_timeout"),
     ("x = 'a' * 10**9", "python", "code_memory"), ("return 5", "python", "code_error"),
     ("throw new Error('no')", "javascript", "code_error"), ("while (1) {}", "javascript", "code_timeout")],
)  # fmt: skip
def test_what_goes_wrong_is_the_nodes_error(engine: EngineThread, text: str, language: str, error: str) -> None:
    document = graph(
        [code(text, language, limit_s=1, memory_mb=64), set_node("caught", code="{{ $json.error.code }}")],
        [edge("start", "code"), edge("code", "caught", "error")],
    )
    execution = run(engine, document, {"n": 1})
    assert execution.state.status == "completed"
    assert execution.output[0]["json"]["code"] == error
    row = NodeRun.objects.get(execution_id=execution.pk, node_id="code")
    if "stock" in text:
        assert row.error["message"] == "ValueError: no stock (line 2)"


def test_what_is_large_comes_and_goes_as_it_is(engine: EngineThread) -> None:
    """It is read in a child and written piece by piece, as the loop is everybody's."""
    made = code("return [{'n': n, 'text': str(n) * 20, 'deep': [[n]]} for n in range(20_000)]", limit_s=60)
    took = node("took", "code", {"limit_s": 60, "code": "return [{'count': len(items), 'last': items[-1]['json']}]"})
    execution = run(engine, chain(made, took))
    assert execution.state.status == "completed", execution.error
    last = {"n": 19_999, "text": "19999" * 20, "deep": [[19_999]]}
    assert [item["json"] for item in execution.output] == [{"count": 20_000, "last": last}]


def test_a_jail_that_refuses_fails_the_node_and_shows_red(engine: EngineThread) -> None:
    assert engine.engine is not None
    pool = engine.engine.sandbox
    pool.state = State("down", [], "the probe 'forks' succeeded")
    pool._tried_at = float("inf")
    execution = run(engine, chain(code("return items")), {"n": 1})
    assert (execution.state.status, execution.error["code"]) == ("failed", "code_sandbox_unavailable")
    assert "forks" in execution.error["message"]

    down, fine = pool.state.as_dict(), {"status": "ok", "layers": ["seccomp"], "reason": ""}
    assert sandbox_of([fine, down]) == {"status": "down", "layers": [], "reason": "the probe 'forks' succeeded"}
    assert sandbox_of([fine]) == {"status": "ok", "layers": ["seccomp"]}
    assert sandbox_of([])["status"] == "unknown"


def test_code_runs_on_other_queues_too(engine: EngineThread) -> None:
    sent = code("return [{'n': item['json']['n'] + vars['add']} for item in items]")
    sent["data"]["settings"] = {"queue": "nodes"}
    execution = run(engine, chain(sent), [{"n": 1}], variables={"add": 2}, owner=uuid4())
    assert execution.state.status == "completed", execution.error
    assert execution.output[0]["json"] == {"n": 3}


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [("if item['json']['n'] % 2: raise ValueError('odd')\nreturn {'n': item['json']['n']}", "python", "ValueError: odd (line 1)"),
     ("if ($json.n % 2) throw new TypeError('odd');\nreturn {n: $json.n}", "javascript", "TypeError: odd (line 1)"),
     ("return 5 if item['json']['n'] % 2 else {'n': item['json']['n']}", "python", "Items or objects are to be returned, not int")],
)  # fmt: skip
def test_for_each_item_those_that_fail_go_their_own_way(
    engine: EngineThread, text: str, language: str, said: str
) -> None:
    document = graph(
        [code(text, language, mode="each_item"), set_node("good", n="{{ $json.n }}"), set_node("bad", why="{{ $json.error.message }}")],
        [edge("start", "code"), edge("code", "good"), edge("code", "bad", "error")],
    )  # fmt: skip
    execution = run(engine, document, [{"n": at} for at in range(4)])
    assert execution.state.status == "completed", execution.error
    rows = {row.node_id: row for row in NodeRun.objects.filter(execution_id=execution.pk)}
    assert [(item["json"]["n"], item["pairedItem"]) for item in rows["code"].outputs["main"]] == [
        (0, {"item": 0}),
        (2, {"item": 2}),
    ]
    assert [(item["json"]["n"], item["pairedItem"]) for item in rows["code"].outputs["error"]] == [
        (1, {"item": 1}),
        (3, {"item": 3}),
    ]
    assert {item["json"]["why"] for item in rows["bad"].outputs["main"]} == {said}
    assert (rows["code"].status, rows["code"].error["code"]) == ("completed", "code_error")
    check_events(execution)


def test_for_each_item_nobody_handles_a_failure(engine: EngineThread) -> None:
    text = "if item['json']['n']: raise ValueError('odd')\nreturn item"
    execution = run(engine, chain(code(text, mode="each_item")), [{"n": 0}, {"n": 1}])
    assert (execution.state.status, execution.error["message"]) == ("failed", "ValueError: odd (line 1)")
    assert execution.error["details"]["item"] == 1
