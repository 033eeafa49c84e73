"""What a client reads of a node type says the same as the type itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from nodes.builtin import BUILTIN
from nodes.presentation import presented
from nodes.registry import builtin_catalogue


def shown(kind: str) -> tuple[Any, dict[str, Any]]:
    node_type = builtin_catalogue().newest(kind)
    assert node_type is not None
    return node_type, presented(node_type)


@pytest.mark.parametrize("asked", [2, 5, 10, 11, "3", None])
def test_the_number_of_inputs_can_be_told_from_the_catalogue(asked: object) -> None:
    merge, wire = shown("merge")
    rule = wire["dynamic_inputs"]
    fits = isinstance(asked, int) and rule["min"] <= asked <= rule["max"]
    count = int(str(asked)) if fits else rule["default"]

    assert merge.input_names({rule["param"]: asked}) == tuple(f"{rule['prefix']}{at}" for at in range(1, count + 1))


def test_outputs_named_by_options_exist_only_while_the_catalogue_says_so():
    human_task, wire = shown("human_task")
    rule = wire["dynamic_outputs"]
    options = [{rule["name_field"]: "later"}]

    assert "later" in human_task.output_names({rule["param"]: options, rule["when"]["field"]: rule["when"]["in"][0]})
    assert "later" not in human_task.output_names({rule["param"]: options, rule["when"]["field"]: "approval"})


def test_loops_name_the_handle_into_their_body_and_others_none():
    assert {kind: shown(kind)[1]["loop_handle"] for kind in ("loop", "split_in_batches", "set")} == {
        "loop": "loop",
        "split_in_batches": "loop",
        "set": None,
    }


def test_every_operator_and_every_answer_to_silence_has_words_of_its_own():
    defined = shown("if")[1]["params_schema"]["$defs"]["Condition"]["properties"]["operator"]
    assert set(defined["enum"]) == set(defined["option_labels"])

    [silence] = [field for field in shown("human_task")[1]["fields"] if field["name"] == "on_timeout"]
    assert {option["value"]: option["label"] for option in silence["options"]}["cancel"] == "Cancel the run"


def test_choices_are_shown_in_words_and_as_they_are_spelled():
    [mode] = [field for field in shown("code")[1]["fields"] if field["name"] == "language"]
    [keep] = [field for field in shown("limit")[1]["fields"] if field["name"] == "keep"]
    assert [option["label"] for option in [*mode["options"], *keep["options"]]] == [
        "Python", "JavaScript", "First items", "Last items",
    ]  # fmt: skip


# Words, begun like a sentence and not headed Like This; names are written as they are spelled.
WORDS = re.compile(r"[A-Z0-9][^_]*")


def labels_in(schema: object, at: str) -> Iterator[tuple[str, str]]:
    """Yield what is read of the params and values in a schema, inner ones too."""
    if isinstance(schema, list):
        for index, entry in enumerate(schema):
            yield from labels_in(entry, f"{at}[{index}]")
    elif isinstance(schema, dict):
        for name, entry in schema.get("properties", {}).items():
            yield f"{at}.{name}", entry["title"] if "$ref" not in entry else entry.get("title", "Section")
        values = [value for value in schema.get("enum", [schema.get("const")]) if isinstance(value, str)]
        yield from ((f"{at}={value}", schema["option_labels"].get(value, "")) for value in values)
        for name, entry in schema.items():
            if name not in {"option_labels", "enum", "default"}:
                yield from labels_in(entry, f"{at}.{name}")


@pytest.mark.parametrize("node_type", BUILTIN, ids=lambda node_type: node_type.kind)
def test_all_that_is_read_of_a_node_type_is_words_that_begin_in_upper_case(node_type: Any) -> None:
    wire = presented(node_type())
    read = [(wire["kind"], wire["label"]), *labels_in(wire["params_schema"], "schema")]
    read += [(port["name"], port["label"]) for port in [*wire["inputs"], *wire["outputs"]]]
    for field in wire["fields"]:
        read += [(field["name"], field["label"])]
        read += [(f"{field['name']}={option['value']}", option["label"]) for option in field["options"]]

    assert [found for found in read if not WORDS.fullmatch(found[1])] == []
    headed = [(at, label) for at, label in read if at != wire["kind"] and re.search(r"[a-z] [A-Z][a-z]{2}", label)]
    assert headed == []


HOLE = re.compile(r"\{\{ (\w+)(?:\.[\w.]+)? \}\}")


@pytest.mark.parametrize("kind", sorted(node_type.kind for node_type in BUILTIN))
def test_a_type_with_params_says_in_its_second_line_what_it_does(kind: str) -> None:
    node_type, wire = shown(kind)
    holes = HOLE.findall(wire["summary"])
    assert set(holes) <= set(node_type.Params.model_fields)
    # What is called, and what has nothing to fill in but names that are chosen elsewhere, goes by its label.
    assert holes or not any(field["required"] for field in wire["fields"]) or node_type.calls
