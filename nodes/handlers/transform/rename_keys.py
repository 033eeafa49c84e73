"""The Rename Keys node."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import re2
from pydantic import BaseModel, ConfigDict, Field

from core.values.kinds import is_list, is_object
from core.values.paths import get_path, has_path, remove_path, set_path
from nodes import budget, costs
from nodes.base import Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.items import Item


class Renaming(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    current_key: str = Field(min_length=1)
    new_key: str = Field(min_length=1)


class PatternRenaming(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    search_regex: str = Field(min_length=1, max_length=1000)
    replace_regex: str = ""
    depth: int = Field(default=-1, ge=-1, le=100, description="How deep; -1 is all the way")


class RenameKeysParams(NodeParams):
    keys: list[Renaming] = Field(default=[], title="Keys")
    patterns: list[PatternRenaming] = Field(default=[], title="By pattern")


class RenameKeys(NodeType[RenameKeysParams]):
    """Give fields other names.

    Raises: NodeFailed "invalid_params" for a pattern that cannot be used, "names_meet".
    """

    kind = "rename_keys"
    Params = RenameKeysParams
    look = Look(
        label="Rename Keys",
        description="Gives fields other names.",
        category="transform",
        icon="text-cursor-input",
        color="#0891b2",
        summary="{{ keys.length }} keys",
        aliases=("rename", "fields"),
        docs="By dotted path, or by regular expression on every key. All names are read before the first is "
        "written, so two fields can change places; a name that another field has is an error. In what replaces "
        "a pattern, `$1` and `$<name>` are groups, `$&` is what was found. Names that meet by a pattern are "
        "numbered: `tel`, `tel_2`.",
    )

    async def run(self, params: RenameKeysParams, item: Item, ctx: NodeContext) -> NodeResult:
        source = item["json"]
        cost_ms = costs.of_value(source) if params.patterns else costs.of_items(len(params.keys) * len(source), 0.05)
        return await ctx.compute(renamed_item, params, item, cost_ms=cost_ms + 0.5 * len(params.patterns))


def renamed_item(params: RenameKeysParams, item: Item) -> NodeResult:
    """Return an item with other names, and a warning of each key that is not there. Raises: NodeFailed."""
    source = item["json"]
    missing = [pair.current_key for pair in params.keys if not has_path(source, pair.current_key)]
    warnings = tuple(("field_missing", "keys", f"There is no field {name!r} to rename"[:300]) for name in missing)
    plain = {key: item[key] for key in item if key != "pairedItem"}
    return NodeResult({"main": [{**plain, "json": renamed(params, source)}]}, warnings=warnings)


def renamed(params: RenameKeysParams, source: dict[str, Any]) -> dict[str, Any]:
    """Return an object with other names. Raises: NodeFailed."""
    made = moved(source, [(renaming.current_key, renaming.new_key) for renaming in params.keys])
    for pattern in params.patterns:
        try:
            compiled = re2.compile(pattern.search_regex)
            made = _renamed(made, Renamer(compiled, replacement_of(pattern.replace_regex)), pattern.depth)
        except re2.error as exc:
            raise NodeFailed("invalid_params", f"{pattern.search_regex!r} cannot be used as a pattern") from exc
    return made


def moved(source: dict[str, Any], moves: Sequence[tuple[str, str]], *, dots: bool = True) -> dict[str, Any]:
    """Return an object in which values stand under other names, all read before the first is written.

    Raises: NodeFailed "names_meet", where a name is taken by another field.
    """
    found = [(old, new, get_path(source, old)) for old, new in moves if old != new and has_path(source, old)]
    made = source
    for old, _, _ in found:
        made = remove_path(made, old)
    for old, new, value in found:
        if has_path(made, new) if dots else new in made:
            message = f"{old!r} cannot be called {new!r}: there is another field of that name"
            raise NodeFailed("names_meet", message[:300], field=new)
        made = set_path(made, new, value) if dots else {**made, new: value}
    return made


_REFERENCE = re.compile(r"\$(?:(\$)|(&)|([1-9]\d?)|<([A-Za-z_]\w*)>)")


def replacement_of(text: str) -> str:
    r"""Return a replacement as the engine has it: `$1`, `$&`, `$<name>` and `$$` as in JavaScript, `\1` as before."""
    return _REFERENCE.sub(_reference, text)


def _reference(found: re.Match[str]) -> str:
    dollar, whole, number, name = found.groups()
    return "$" if dollar else rf"\g<{'0' if whole else number or name}>"


class Renamer:
    """Gives keys new names by a pattern; all together may not become larger than an output."""

    def __init__(self, pattern: Any, new: str) -> None:
        self._pattern = pattern
        self._new = new
        self._left = budget.MOST_BYTES

    def name(self, key: str) -> str:
        """Return the new name of a key. Raises: NodeFailed "invalid_output"."""
        if 2 * (len(key) + 1) * len(self._new) > budget.MOST_BYTES:  # what each character is replaced by, or repeats
            raise budget.too_large()
        made: str = self._pattern.sub(self._new, key)
        self._left -= len(made)
        if self._left < 0:
            raise budget.too_large()
        return made


def _renamed(value: Any, renamer: Renamer, depth: int) -> Any:
    if is_list(value):
        return [_renamed(entry, renamer, depth) for entry in value]
    if not is_object(value):
        return value
    names = distinct_names([renamer.name(key) for key in value], keep=list(value))
    return {
        name: entry if depth == 0 else _renamed(entry, renamer, depth - 1)
        for name, entry in zip(names, value.values(), strict=True)
    }


def distinct_names(wanted: Sequence[str], keep: Sequence[str]) -> list[str]:
    """Return names that differ: of those that meet the first keeps its name, and others are numbered, `tel_2`.

    A name that stays as it was in `keep` comes before one that is new.
    """
    taken = {name for name, before in zip(wanted, keep, strict=True) if name == before}
    made: list[str] = []
    uses: dict[str, int] = {}
    for name, before in zip(wanted, keep, strict=True):
        new = name
        while new in taken and name != before:
            uses[name] = uses.get(name, 1) + 1
            new = f"{name}_{uses[name]}"
        taken.add(new)
        made.append(new)
    return made
