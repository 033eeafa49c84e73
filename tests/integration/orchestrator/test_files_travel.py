"""Files go with their items: through every node that hands items on, into runs below, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from nodes.helper_types import HelperType
from nodes.registry import builtin_catalogue
from nodes.trigger_types import TriggerType
from tests.builders import chain, edge, graph, node
from tests.integration.executor.running import finished

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"
IS_ONE: dict[str, Any] = {"conditions": [{"left": "{{ $json.n }}", "operator": "equals", "right": 1}]}
# Every node type that hands its items on, with params and the output they leave by.
HAND_ON: dict[str, tuple[dict[str, Any], str]] = {
    "document_add": ({"text": "x"}, "main"),
    "set": ({"assignments": [{"name": "a", "value": 1}]}, "main"), "filter": (IS_ONE, "main"),
    "limit": ({"max_items": 5}, "main"), "sort": ({"sort_fields": [{"field_name": "n"}]}, "main"), "no_op": ({}, "main"),
    "remove_duplicates": ({}, "main"), "rename_keys": ({"keys": [{"current_key": "n", "new_key": "m"}]}, "main"),
    "date_time": ({}, "main"), "split_out": ({"field_to_split_out": "list", "include": "all_other_fields"}, "main"),
    "crypto": ({"value": "x"}, "main"), "wait": ({"seconds": 0}, "main"),
    "json": ({"mode": "serialize", "field": "list"}, "main"), "xml": ({"mode": "serialize", "field": "tree"}, "main"),
    "html_extract": ({"field": "page", "destination": "found",
                      "extraction_values": [{"key": "p", "css_selector": "p"}]}, "main"),
    "code": ({"code": "return items"}, "main"), "if": (IS_ONE, "true"),
    "respond_webhook": ({}, "main"), "guardrail": ({"text": "x"}, "passed"),
}  # fmt: skip
MAKE_NEW = {  # items of their own, or none
    "aggregate", "summarize", "csv", "data_table", "http_request", "stop_and_error", "merge", "switch", "human_task", "loop",
    "split_in_batches", "map", "sub_workflow", "send_email", "openai", "anthropic", "gemini", "ollama", "openrouter",
    "perplexity", "llm", "agent", "tool_call", "mcp_tool", "summarizer",
    "plan_and_execute", "knowledge_search", "knowledge_answer",
}  # fmt: skip
ASK_A_MODEL = {"text_classifier", "sentiment", "information_extractor"}  # tests/unit/nodes/test_text_nodes.py


@pytest.fixture
def engine() -> Iterator[EngineThread]:
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def file(api: APIClient, name: str = "a.txt") -> dict[str, Any]:
    reply = api.post("/api/orchestrator/blobs/", {"file": SimpleUploadedFile(name, b"content", "text/plain")})
    assert reply.status_code == 201, reply.json()
    return dict(reply.json())


def given(api: APIClient) -> dict[str, Any]:
    more = {"n": 1, "list": [{"k": 1}], "tree": {"r": "x"}, "page": "<p>x</p>"}
    return {**more, "$binary": {"doc": file(api)}}


def ran(api: APIClient, engine: EngineThread, document: dict[str, Any], value: Any, name: str = "w") -> Any:
    made = api.post(BASE, {"name": name, **document}, format="json")
    assert made.status_code == 201, made.json()
    reply = api.post(f"{BASE}{made.json()['id']}/execute/", {"input": value}, format="json")
    assert reply.status_code == 202, reply.json()
    engine.ring(reply.json()["id"])
    execution = finished(reply.json()["id"])
    assert execution.state.status == "completed", execution.error
    return execution


def test_every_node_type_is_known_here() -> None:
    catalogue = builtin_catalogue()
    known = {kind: catalogue.newest(kind) for kind in catalogue.kinds()}
    actions = {kind for kind, one in known.items() if not isinstance(one, (TriggerType, HelperType))}
    assert actions - HAND_ON.keys() - MAKE_NEW - ASK_A_MODEL == set()


@pytest.mark.parametrize("kind", sorted(HAND_ON))
def test_a_node_that_hands_items_on_hands_their_files_on(api: APIClient, engine: EngineThread, kind: str) -> None:
    params, out = HAND_ON[kind]
    document = graph([node("n", kind, params), node("z")], [edge("start", "n"), edge("n", "z", out)])

    [item] = ran(api, engine, document, given(api)).output

    assert item["binary"]["doc"]["file_name"] == "a.txt"


@pytest.mark.parametrize(
    ("kind", "params"),
    [("sub_workflow", {}), ("sub_workflow", {"mode": "each"}), ("sub_workflow", {"input_mapping": {"m": "{{ $json.n }}"}}),
     ("sub_workflow", {"mode": "each", "output_mapping": {"m": 1}}), ("map", {}), ("map", {"input_mapping": {"m": 1}})],
)  # fmt: skip
def test_files_go_into_runs_below_and_come_back(
    api: APIClient, engine: EngineThread, kind: str, params: dict[str, Any]
) -> None:
    reads = node("r", "crypto", {"binary_property": "doc", "action": "base64_encode"})
    child = api.post(BASE, {"name": "child", **chain(reads)}, format="json").json()["id"]
    out = "main" if kind == "map" else "success"
    call = node("call", kind, {"workflow_id": child, **params})
    document = graph([call, node("z")], [edge("start", "call"), edge("call", "z", out)])

    [item] = ran(api, engine, document, given(api)).output

    assert item["binary"]["doc"]["file_name"] == "a.txt"
    if "output_mapping" not in params:
        assert item["json"]["data"] == "Y29udGVudA=="
