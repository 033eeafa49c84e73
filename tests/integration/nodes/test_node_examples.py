"""The examples of docs/nodes.md give what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from compiler.compiler import validate
from compiler.definition import read
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from nodes.base import NodeType
from nodes.builtin import BUILTIN
from nodes.registry import builtin_catalogue
from tests.builders import chain, edge, graph, node
from tests.integration.executor.running import run

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "examples"
EXAMPLES = {source.stem: json.loads(source.read_text()) for source in sorted(FOLDER.glob("*.json"))}
WITH_OUTPUT = sorted(kind for kind, example in EXAMPLES.items() if "output" in example)
TRIGGERS = {node_type.kind for node_type in BUILTIN if node_type.is_trigger}
LOOPS = {node_type.kind: node_type.loop_handle for node_type in BUILTIN if node_type.loop_handle}


def test_every_node_type_with_params_has_an_example() -> None:
    with_params = {node_type.kind for node_type in BUILTIN if node_type.Params.model_fields}

    assert with_params <= EXAMPLES.keys() <= {node_type.kind for node_type in BUILTIN}


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_the_params_of_an_example_are_accepted(kind: str) -> None:
    diagnostics = validate(read(document(kind)), builtin_catalogue())

    assert [found.message for found in diagnostics if found.severity == "error"] == []


def document(kind: str) -> dict[str, Any]:
    shown = node("example", kind, EXAMPLES[kind]["params"], credentials=credentials_of(kind))
    if kind in TRIGGERS:
        return graph([], []) | {"nodes": [shown]}
    if handle := LOOPS.get(kind):
        nodes = [shown, node("body")]
        return graph(nodes, [edge("start", "example"), edge("example", "body", handle), edge("body", "example")])
    if gives := type_of(kind).gives:
        taker, slot = next((one, slot) for one in BUILTIN for slot in one.slots if slot.accepts == gives)
        step = node("step", taker.kind, EXAMPLES[taker.kind]["params"], credentials=credentials_of(taker.kind))
        return graph([shown, step], [edge("start", "step"), edge("example", "step", gives, slot.name)])
    wanted = [one for one in type_of(kind).slots if one.required]
    if wanted:
        filling = [
            (node(one.name, helper_for(one.accepts)), edge(one.name, "example", one.accepts, one.name))
            for one in wanted
        ]
        return graph([shown, *(one for one, _ in filling)], [edge("start", "example"), *(one for _, one in filling)])
    first = type_of(kind).input_names(EXAMPLES[kind]["params"])[0]
    return graph([shown], [edge("start", "example", into=first)])


def helper_for(gives: str) -> str:
    """Return a type that fills a slot and needs nothing said."""
    return next(one.kind for one in BUILTIN if one.gives == gives and not one.Params.model_fields)


def type_of(kind: str) -> NodeType[Any]:
    found = builtin_catalogue().newest(kind)
    assert found is not None
    return found


def credentials_of(kind: str) -> dict[str, str]:
    """Return a credential for each slot."""
    slots = type_of(kind).credential_slots(EXAMPLES[kind]["params"])
    return {slot.name: str(uuid4()) for slot in slots}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", WITH_OUTPUT)
def test_an_example_gives_what_it_says(kind: str, engine: EngineThread) -> None:
    example = EXAMPLES[kind]
    execution = run(engine, chain(node("example", kind, example["params"])), example["input"])
    assert execution.state.status == "completed", execution.error
    outputs = NodeRun.objects.get(execution_id=execution.pk, node_id="example").outputs

    given = {handle: [item["json"] for item in items] for handle, items in outputs.items() if items}
    assert given == example["output"]
