"""The Merge node: two or more streams of items become one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.values.compare import equals, identity, sort_key
from core.values.paths import get_path
from nodes import costs
from nodes.base import BatchNodeType, Look, NodeContext, NodeParams, NodeResult, Port
from nodes.budget import Budget, counted
from nodes.items import Item, Items


class FieldPair(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    field1: str = Field(min_length=1, title="Field of input 1")
    field2: str = Field(min_length=1, title="Field of input 2")


class MergeParams(NodeParams):
    mode: Literal["append", "combine_by_position", "combine_by_field", "combine_all", "choose_branch"] = Field(
        default="append", title="Mode"
    )
    field: str = Field(default="", title="Field", description="The field that both sides share")
    fields: list[FieldPair] = Field(default=[], title="Fields", description="Pairs, where the names differ")
    join_mode: Literal["keep_matches", "keep_non_matches", "keep_everything", "enrich_input1", "enrich_input2"] = Field(
        default="keep_matches", title="Keep"
    )
    output_data_from: Literal["both", "input1", "input2"] = Field(default="both", title="Data from")
    include_unpaired: bool = Field(default=False, title="Include unpaired items")
    clash_handling: Literal["prefer_input1", "prefer_input2", "add_suffix"] = Field(
        default="prefer_input2", title="Clashes"
    )
    multiple_matches: Literal["all", "first"] = Field(default="all", title="Several matches")
    number_inputs: int = Field(default=2, ge=2, le=10, title="Number of inputs")
    choose_input: int = Field(default=1, ge=1, le=10, title="Input to choose")

    @model_validator(mode="after")
    def _fields_are_named(self) -> MergeParams:
        if self.mode == "combine_by_field" and not (self.field or self.fields):
            raise ValueError("name the field by which items are combined")
        if self.mode.startswith("combine") and self.number_inputs != 2:
            raise ValueError("only two inputs can be combined; append takes more")
        return self

    def pairs(self) -> list[tuple[str, str]]:
        named = [(name.strip(), name.strip()) for name in self.field.split(",") if name.strip()]
        return named + [(pair.field1, pair.field2) for pair in self.fields]


class Merge(BatchNodeType[MergeParams]):
    """Wait for all inputs and make one list of items.

    Raises: NodeFailed "items_limit" before so many pairs are made, "invalid_output".
    """

    kind = "merge"
    Params = MergeParams
    inputs = (Port("input_1", "Input 1"), Port("input_2", "Input 2"))
    dynamic_inputs = {"param": "number_inputs", "prefix": "input_", "default": 2, "min": 2, "max": 10}
    look = Look(
        label="Merge",
        description="Brings several branches together.",
        category="flow",
        icon="merge",
        color="#7c3aed",
        summary="{{ mode }}",
        aliases=("join", "combine", "append"),
        docs="Append puts one list behind the other; by position pairs the first with the first; by field joins like a "
        "database; all combinations pairs each with each. It runs when all its branches have "
        "reported and one is active.",
    )

    def input_names(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        number = params.get("number_inputs", 2)
        count = number if isinstance(number, int) and 2 <= number <= 10 else 2
        return tuple(f"input_{at}" for at in range(1, count + 1))

    async def run_all(self, params: MergeParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        sides = [inputs.get(f"input_{at}") or [] for at in range(1, params.number_inputs + 1)]
        joins = params.mode in ("combine_by_field", "combine_all")
        count = sum(map(len, sides))
        cost_ms = costs.of_pairs(sides) if joins else costs.of_items(count, 6)
        if params.mode == "combine_by_field":  # a text of many names is as many fields, looked for in each item
            cost_ms += costs.of_text(params.field, 50) + costs.of_items(
                count * (params.field.count(",") + 1 + len(params.fields)), 3
            )
        cost_ms += costs.of_value(sides)
        return await ctx.compute(merged_result, params, sides, cost_ms=cost_ms)


def merged_result(params: MergeParams, sides: list[Items]) -> NodeResult:
    """Return what comes of several lists, counted. Raises: NodeFailed."""
    return counted(merged(params, sides))


def merged(params: MergeParams, sides: list[Items]) -> Iterable[Item]:
    """Return the items that come of several lists."""
    if params.mode == "append":
        return (_from(item, at, number) for number, items in enumerate(sides) for at, item in enumerate(items))
    if params.mode == "choose_branch":
        number = min(params.choose_input, len(sides)) - 1
        return (_from(item, at, number) for at, item in enumerate(sides[number]))
    first, second = sides
    if params.mode == "combine_by_position":
        return _by_position(params, first, second)
    if params.mode == "combine_all":
        Budget().expect(len(first) * len(second))
        return (
            _both(params, (at, one), (other, two)) for at, one in enumerate(first) for other, two in enumerate(second)
        )
    return _by_field(params, first, second)


def _from(item: Item, at: int, number: int) -> Item:
    return {**item, "pairedItem": {"item": at, "input": number}}


def _both(params: MergeParams, left: tuple[int, Item], right: tuple[int, Item]) -> Item:
    """Return an item of two, with its links to both."""
    (at, one), (other, two) = left, right
    links = [{"item": at, "input": 0}, {"item": other, "input": 1}]
    result: Item = {"json": _joined(params, one["json"], two["json"]), "pairedItem": links}
    binary = _files_of_both(one.get("binary", {}), two.get("binary", {}))
    return {**result, "binary": binary} if binary else result


def _files_of_both(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    """Return all files: one of the second item whose name the first has, too, gets a number behind it."""
    files = dict(one)
    for name, file in two.items():
        free, number = name, 0
        while free in files and files[free] != file:
            number += 1
            free = f"{name}_{number}"
        files[free] = file
    return files


def _joined(params: MergeParams, one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    if params.clash_handling == "prefer_input1":
        return {**two, **one}
    if params.clash_handling == "add_suffix":
        clashes = one.keys() & two.keys()
        left = {f"{key}_1" if key in clashes else key: value for key, value in one.items()}
        return left | {f"{key}_2" if key in clashes else key: value for key, value in two.items()}
    return {**one, **two}


def _by_position(params: MergeParams, first: Items, second: Items) -> Iterator[Item]:
    for at in range(max(len(first), len(second)) if params.include_unpaired else min(len(first), len(second))):
        if at < len(first) and at < len(second):
            yield _both(params, (at, first[at]), (at, second[at]))
        else:
            yield _from(first[at], at, 0) if at < len(first) else _from(second[at], at, 1)


@dataclass(slots=True)
class Matches:
    """What a join by fields found: pairs where they are wanted, else only which items have a partner."""

    pairs: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    alone: list[int] = field(default_factory=list[int])  # of the first input
    met: set[int] = field(default_factory=set[int])  # of the second input: chosen as a partner
    matched: set[int] = field(default_factory=set[int])  # of the second input: could be one


def _by_field(params: MergeParams, first: Items, second: Items) -> Iterator[Item]:
    makes_pairs = params.join_mode != "keep_non_matches" and (
        params.join_mode != "keep_matches" or params.output_data_from == "both"
    )
    yield from _kept(params, first, second, _matches(params, first, second, makes_pairs=makes_pairs))


def _matches(params: MergeParams, first: Items, second: Items, *, makes_pairs: bool) -> Matches:
    """Find partners; items with equal values have the same, which are looked for once. Raises: NodeFailed."""
    pairs, budget, result = params.pairs(), Budget(), Matches()
    index: dict[Any, list[int]] = {}
    for at, item in enumerate(second):
        index.setdefault(_key([get_path(item["json"], name) for _, name in pairs]), []).append(at)
    partners: dict[Any, list[int]] = {}
    for at, item in enumerate(first):
        wanted = [get_path(item["json"], name) for name, _ in pairs]
        known = identity(wanted)
        found = partners.get(known)
        if found is None:
            found = index.get(_key(wanted), []) if all(value is not None for value in wanted) else []
            found = [other for other in found if _same(second[other], wanted, pairs)]
            result.matched.update(found)
            found = partners[known] = found if params.multiple_matches == "all" else found[:1]
            result.met.update(found)
        if not found:
            result.alone.append(at)
        elif makes_pairs:
            budget.expect(len(result.pairs) + len(found))
            result.pairs.extend((at, other) for other in found)
    return result


def _kept(params: MergeParams, first: Items, second: Items, matches: Matches) -> Iterator[Item]:
    mode, source = params.join_mode, params.output_data_from
    others = [at for at in range(len(second)) if at not in matches.matched]
    alone = set(matches.alone)
    if mode == "keep_non_matches":
        yield from (_from(first[at], at, 0) for at in matches.alone if source != "input2")
        yield from (_from(second[at], at, 1) for at in others if source != "input1")
        return
    if mode == "keep_matches" and source == "input1":
        yield from (_from(item, at, 0) for at, item in enumerate(first) if at not in alone)
        return
    if mode == "keep_matches" and source == "input2":
        yield from (_from(second[at], at, 1) for at in sorted(matches.met))
        return
    if mode == "enrich_input2":
        order = sorted(matches.pairs, key=lambda pair: pair[1])
        yield from (_both(params, (one, first[one]), (two, second[two])) for one, two in order)
        yield from (_from(second[at], at, 1) for at in others)
        return
    lonely = alone if mode in ("keep_everything", "enrich_input1") else set[int]()
    found: dict[int, list[int]] = {}
    for one, two in matches.pairs:
        found.setdefault(one, []).append(two)
    for at, item in enumerate(first):
        yield from (_both(params, (at, item), (two, second[two])) for two in found.get(at, ()))
        if at in lonely:
            yield _from(item, at, 0)
    if mode == "keep_everything":
        yield from (_from(second[at], at, 1) for at in others)


def _key(values: list[Any]) -> tuple[Any, ...]:
    """Return what values have in common that are equal as conditions have it: their place in the order of all."""
    return tuple(map(sort_key, values))


def _same(item: Item, wanted: list[Any], pairs: list[tuple[str, str]]) -> bool:
    return all(equals(get_path(item["json"], name), value) for (_, name), value in zip(pairs, wanted, strict=True))
