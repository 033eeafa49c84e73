"""Programs that change lists and objects: what they come to is what Node.js 20 gives for the same text and data.

`changing_programs.json` holds [program, value]; the value is that of `new Function("$json", "$input", "return (" + program + ")")`.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from compiler.expressions import ExpressionFailed, Names, compile_template, limits

PROGRAMS: list[tuple[str, Any]] = json.loads(Path(__file__).with_name("changing_programs.json").read_text())
ITEM: dict[str, Any] = {
    "l": [{"k": "a", "v": 1}, {"k": "b", "v": 2}, {"k": "a", "v": 3}], "o": {"x": {"y": 1}}, "n": 1,
}  # fmt: skip


class View:
    """A node that gave one item."""

    is_executed = True

    def __init__(self, item: dict[str, Any], params: dict[str, Any]) -> None:
        self.item = item
        self.params = params

    def items(self, output: int = 0) -> list[Any]:
        return [self.item]

    def item_of(self, item_index: int) -> Any:
        return self.item


def names() -> Names:
    item = {"json": copy.deepcopy(ITEM), "binary": {"f": {"size": 1}}}
    given = {"p": {"q": 1}}
    return Names(
        json=item["json"], items=[item], variables=copy.deepcopy(given), event=copy.deepcopy(given),
        execution=copy.deepcopy(given), workflow=copy.deepcopy(given), loop=copy.deepcopy(given),
        params=copy.deepcopy(given), previous=copy.deepcopy(given), node=lambda label, /: View(item, given),
    )  # fmt: skip


def value_of(text: str, given: Names | None = None) -> Any:
    return compile_template(f"{{{{ {text} }}}}").evaluate(given or names())


@pytest.mark.parametrize(("text", "value"), PROGRAMS, ids=[text for text, _ in PROGRAMS])
def test_values_are_changed_as_in_javascript_and_those_of_the_run_are_not(text: str, value: Any) -> None:
    given = names()

    assert value_of(text, given) == value
    assert given.json == ITEM
    assert given.items[0]["json"] is given.json


@pytest.mark.parametrize(
    "source",
    ["$json.o", "$data.o", "$input.item.json.o", "$input.first().json.o", "$input.last().json.o", "$input.all()[0].json.o",
     "$input.o", "$input.params.p", "$items()[0].json.o", "$items('A')[0].json.o", "$item(0).$json.o", "$binary.f",
     "$('A').item.json.o", "$('A').first().json.o", "$('A').all()[0].json.o", "$('A').last().json", "$('A').params.p",
     "$('A').json.o", "$('A').binary.f", "$('A').itemMatching(0).json.o", "$node['A'].json.o", "$node.A.parameter.p",
     "$vars.p", "event.p", "$execution.p", "$workflow.p", "$loop.p", "$parameter.p", "$prevNode.p", "$loop", "event", "$vars",
     "Object.values($json)[1]", "$json.l.filter(x => x.v)[0]", "$json.l.find(x => x.v)", "$json.l.at(-1)", "[...$json.l][0]",
     "{...$json}.o", "$ifEmpty($json.o, 1)", "$evaluateExpression('{ { $json.o }}'.replace('{ {', '{{'))", "$json.l.first()"],
)  # fmt: skip
def test_nothing_of_the_run_is_changed_whichever_way_it_is_reached(source: str) -> None:
    given = names()
    before = copy.deepcopy((given.json, given.items, given.variables, given.event, given.execution, given.workflow))
    more = copy.deepcopy((given.loop, given.params, given.previous))

    text = f"(() => {{ const a = {source}; a.added = 1; const b = {source}; return [a.added, b.added, a === b] }})()"
    found = value_of(text, given)

    assert found[0] == 1
    if not source.startswith("{..."):
        assert found == [1, 1, True], "there is one copy in one evaluation"
    assert (given.json, given.items, given.variables, given.event, given.execution, given.workflow) == before
    assert (given.loop, given.params, given.previous) == more


def test_one_body_of_a_text_does_not_see_what_another_changed() -> None:
    text = "{{ $json.l.push(1) }} {{ $json.l.length }} {{ $json.l.push(1) }}"

    assert compile_template(text).evaluate(names()) == "4 3 4"


@pytest.mark.parametrize(
    "text",
    ["(() => { const a = 'x'; a.b = 1; return 1 })()", "(() => { const a = $json.missing; a.b = 1; return 1 })()",
     "(() => { const a = [1]; a.x = 2; return 1 })()", "(() => { const a = [1]; a['01'] = 2; return 1 })()",
     "(() => { const a = [1]; a[-1] = 2; return 1 })()", "(() => { const a = [1]; a[100000] = 2; return 1 })()",
     "(() => { const a = [1]; a.length = 1.5; return 1 })()", "(() => { const a = $now; a.b = 2; return 1 })()",
     "(() => { const a = Object.freeze({}); a.b = 2; return 1 })()", "Object.assign('x', {a: 1})"],
)  # fmt: skip
def test_what_cannot_be_changed_comes_to_nothing_and_is_told(text: str) -> None:
    notes: list[str] = []

    assert compile_template(f"{{{{ {text} }}}}").evaluate(names(), notes) is None
    assert notes == [text]


@pytest.mark.parametrize(
    "text",
    [
        "const {assign} = Object; return assign($json, {a: 1})",
        "const k = 'assign'; const f = Object[k]; return f($json.o, {a: 1})",
    ],
)
def test_a_change_that_the_text_does_not_show_is_refused(text: str) -> None:
    given = names()

    with pytest.raises(ExpressionFailed, match="cannot be changed in this way"):
        value_of(f"(() => {{ {text} }})()", given)
    assert given.json == ITEM


@pytest.mark.parametrize(
    "change",
    ["a.push(1)", "a.push(...a)", "a.unshift(1)", "a.splice(0, 0, 1)", "a.splice(0, 0, ...a)", "a[a.length + 900] = 1",
     "a.length += 1000", "a.push(a)", "Object.assign(a, [...a, 1])", "o[i++] = 1", "a.forEach(x => a.push(x))",
     "a.sort()", "a.fill(1)", "o['x' + i++] = a"],
)  # fmt: skip
def test_growing_values_are_paid_for(change: str) -> None:
    with pytest.raises(ExpressionFailed, match="than"):
        value_of(f"(() => {{ let i = 0; const o = {{}}; const a = [1]; while (true) {{ {change} }} }})()")


def test_the_copy_of_what_comes_in_is_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_STEPS", 500)
    given = Names(json={"l": list(range(100_000)), "m": [[at] for at in range(100_000)]})

    for name in ("l", "m"):
        with pytest.raises(ExpressionFailed, match="steps"):
            value_of(f"$json.{name}.push(1)", given)


@pytest.mark.parametrize("text", ["a.push(a)", "a[0] = {a}"])
def test_a_value_within_itself_is_refused(text: str) -> None:
    with pytest.raises(ExpressionFailed, match="deep"):
        value_of(f"(() => {{ const a = [1]; {text}; return a }})()")
