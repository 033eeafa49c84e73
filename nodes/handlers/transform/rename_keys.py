"""The Rename Keys node."""

from __future__ import annotations

from typing import Any

import re2
from pydantic import BaseModel, ConfigDict, Field

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
    """Give fields other names. Raises: NodeFailed "invalid_params" for a pattern that cannot be used."""

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
        docs="By dotted path, or by regular expression on every key.",
    )

    async def run(self, params: RenameKeysParams, item: Item, ctx: NodeContext) -> NodeResult:
        source = item["json"]
        cost_ms = costs.of_value(source) if params.patterns else costs.of_items(len(params.keys) * len(source), 0.05)
        made = await ctx.compute(renamed, params, source, cost_ms=cost_ms + 0.5 * len(params.patterns))
        return NodeResult({"main": [{**{key: item[key] for key in item if key != "pairedItem"}, "json": made}]})


def renamed(params: RenameKeysParams, source: dict[str, Any]) -> dict[str, Any]:
    """Return an object with other names. Raises: NodeFailed."""
    made = source
    for renaming in params.keys:
        if has_path(made, renaming.current_key) and renaming.current_key != renaming.new_key:
            value = get_path(made, renaming.current_key)
            made = set_path(remove_path(made, renaming.current_key), renaming.new_key, value)
    for pattern in params.patterns:
        try:
            compiled = re2.compile(pattern.search_regex)
            made = _renamed(made, Renamer(compiled, pattern.replace_regex), pattern.depth)
        except re2.error as exc:
            raise NodeFailed("invalid_params", f"{pattern.search_regex!r} cannot be used as a pattern") from exc
    return made


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
    if isinstance(value, list):
        return [_renamed(entry, renamer, depth) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        renamer.name(key): entry if depth == 0 else _renamed(entry, renamer, depth - 1) for key, entry in value.items()
    }
