"""What a client reads of a node type says the same as the type itself."""

from __future__ import annotations

from typing import Any

import pytest

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
    assert {option["value"]: option["label"] for option in silence["options"]}["cancel"] == "cancel the run"


def test_choices_are_shown_in_words_and_as_they_are_spelled():
    [mode] = [field for field in shown("code")[1]["fields"] if field["name"] == "language"]
    [keep] = [field for field in shown("limit")[1]["fields"] if field["name"] == "keep"]
    assert [option["label"] for option in [*mode["options"], *keep["options"]]] == [
        "Python", "JavaScript", "First items", "Last items",
    ]  # fmt: skip
