"""No node keeps the event loop to itself, whatever its params and its items hold: large work goes elsewhere.

The kinds, their fields and the choices of those are walked, so that a new one is tried as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import typing
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal

import pytest
from pydantic import ValidationError

from core.json import NotStorable
from executor.compute.pool import HERE_MS
from nodes.abilities import Ability, HttpReply
from nodes.base import BatchNodeType, NodeFailed, NodeType
from nodes.helper_types import HelperType
from nodes.loop_types import LoopNodeType
from nodes.trigger_types import TriggerType
from tests.unit.nodes.running import CATALOGUE, Ctx, Scripted

MOST_S = 0.15  # processor time on the loop: what is thought to take 15 ms stays there
TAKES = (str(Any), str(str), str(dict[str, Any]))
ID = "0196a000-0000-7000-8000-000000000000"
SIDE = {"left": "{VALUE}", "operator": "matches", "right": "(a|b)*c"}
# What a kind needs to be tried; lists of other models are told, as what is in them cannot be guessed.
BASE: dict[str, list[dict[str, Any]]] = {
    **{kind: [{"model": "m", "prompt": "x"}] for kind in
       ("anthropic", "gemini", "ollama", "openai", "openrouter", "perplexity")},
    "llm": [{"prompt": "x"}],
    "agent": [{"prompt": "x"}],
    "aggregate": [{"fields_to_aggregate": [{"field": "data"}]}, {"aggregate": "aggregate_all_item_data"}],
    "filter": [{"conditions": [SIDE]}, {"conditions": [{**SIDE, "operator": "contains"}]}],
    "guardrail": [{"text": "{VALUE}"}, {"text": "{VALUE}", "checks": ["language"], "languages": ["en"]},
                  {"text": "{VALUE}", "checks": ["pii", "secrets"]}],
    "html_extract": [{"extraction_values": [{"key": "a", "css_selector": "b ~ i"}]}],
    "http_request": [{"url": "https://example.org/", "method": "POST"}],
    "information_extractor": [{"text": "{VALUE}", "fields": [{"name": "a"}]}],
    "if": [{"conditions": [SIDE]}, {"conditions": [{**SIDE, "operator": "equals", "right": "{VALUE}"}]}],
    "map": [{"workflow_id": ID}],
    "merge": [{}, {"mode": "combine_by_field", "field": "data"}],
    "rename_keys": [{"keys": [{"current_key": "data", "new_key": "b"}]}, {"patterns": [{"search_regex": "k(.*)"}]}],
    "mcp_tool": [{"server_id": "x", "tool": "x"}],
    "send_email": [{"to": "a@example.org"}],
    "sentiment": [{"text": "{VALUE}"}],
    "set": [{}, {"mode": "raw", "json_output": "{VALUE}"}]
    + [{"assignments": [{"name": "a", "type": type, "value": "{VALUE}"}]}
       for type in ("any", "string", "number", "boolean", "array", "object")],
    "sort": [{"sort_fields": [{"field_name": "data"}]}],
    "split_out": [{"field_to_split_out": "data"}],
    "stop_and_error": [{"message": "x"}],
    "sub_workflow": [{"workflow_id": ID}],
    "summarize": [{"fields_to_summarize": [{"field": "data", "aggregation": kind}]}
                  for kind in ("count_unique", "concatenate", "max")],
    "summarizer": [{"text": "{VALUE}"}],
    "switch": [{"cases": [{"name": "a", "conditions": [SIDE]}]}],
    "text_classifier": [{"text": "{VALUE}", "categories": [{"name": "a"}]}],
}  # fmt: skip
ELSEWHERE = {"code": "in the jail", "human_task": "stored by the engine", "map": "called by the engine",
             "sub_workflow": "called by the engine", "wait": "held by the engine"}  # fmt: skip


@cache
def values() -> dict[str, Any]:
    entry = '{"a":[1,"x"],"b":"<b>é</b>"},'
    return {
        "json": f"[{(entry * 150_000)[:-1]}]",
        "object": f'{{"a":[{(entry * 150_000)[:-1]}]}}',
        "words": "a,b <i>c</i>\n" * 300_000,
        "digits": "9" * 4_000_000,
        "list": list(range(300_000)),
        "rows": [{"a": at, "b": {"c": "x"}} for at in range(30_000)],
        "many": {f"k{at}": "x" for at in range(100_000)},
    }


class Left(BaseException):
    """Work went elsewhere."""


class Measured(Ctx):
    async def ability(self, which: Ability[Any]) -> Any:
        raise Left  # what an ability does is not the node's

    async def compute(self, work: Callable[..., Any], *arguments: Any, cost_ms: float) -> Any:
        if cost_ms > HERE_MS:
            raise Left
        return work(*arguments)


def placed(params: Any, value: Any) -> Any:
    if isinstance(params, dict):
        return {name: placed(entry, value) for name, entry in params.items()}
    if isinstance(params, list):
        return [placed(entry, value) for entry in params]
    return value if params == "{VALUE}" else params


def tried(node_type: NodeType[Any], value: Any) -> Iterator[dict[str, Any]]:
    """Yield params with a value in each field that takes it, under each choice that another field offers."""
    fields = node_type.Params.model_fields
    choices: list[dict[str, Any]] = [{}]
    for name, field in fields.items():
        if typing.get_origin(field.annotation) is Literal:
            choices += [{name: option} for option in typing.get_args(field.annotation)]
    for base in BASE.get(node_type.kind, [{}]):
        for choice in choices:
            yield {**choice, **placed(base, value)}
            for name, field in fields.items():
                if str(field.annotation) in TAKES and name not in base:
                    shown = {"a": value} if str(field.annotation) == TAKES[2] else value
                    yield {**choice, **placed(base, value), name: shown}


def held_s(node_type: NodeType[Any], given: dict[str, Any], item: dict[str, Any]) -> float:
    """Return for how long the loop was held."""
    try:
        params = node_type.Params.model_validate(given)
    except ValidationError:
        return 0
    ctx = Measured(Scripted(HttpReply(200, "OK", {}, b"", "https://example.org/")))

    async def go() -> float:
        began = time.thread_time()
        with contextlib.suppress(Left, NodeFailed, NotStorable):
            if isinstance(node_type, BatchNodeType):
                await node_type.run_all(params, {"main": [item], "input_1": [item], "input_2": [item]}, ctx)
            else:
                await node_type.run(params, item, ctx)
        return time.thread_time() - began

    return asyncio.run(go())


def kinds() -> list[str]:
    found = {kind: CATALOGUE.newest(kind) for kind in CATALOGUE.kinds()}
    return [kind for kind, one in found.items()
            if not isinstance(one, (TriggerType, LoopNodeType, HelperType)) and kind not in ELSEWHERE]  # fmt: skip


@pytest.mark.parametrize("kind", kinds())
def test_no_node_holds_the_loop_for_what_is_in_its_params_or_its_items(kind: str) -> None:
    node_type = CATALOGUE.newest(kind)
    assert node_type is not None
    assert any(accepted(node_type, given) for given in tried(node_type, "x")), "some params are accepted"
    found: dict[tuple[str, str], float] = {}
    for name, value in values().items():
        for given in tried(node_type, value):
            if len(found) == 5:
                break
            taken = held_s(node_type, given, {"json": {"data": value}})
            if taken > MOST_S:
                found[name, str({key: str(entry)[:40] for key, entry in given.items()})] = round(taken, 2)

    assert found == {}


def accepted(node_type: NodeType[Any], given: dict[str, Any]) -> bool:
    with contextlib.suppress(ValidationError):
        node_type.Params.model_validate(given)
        return True
    return False
