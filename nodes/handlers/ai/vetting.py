"""Texts of others on their way to a model: what the staff's rules find in them is told, or keeps them from it.

What an author wrote himself is not looked through, only what his expressions bring.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from core.text.for_models import Finding, PromptPattern, PromptPolicy, findings
from core.values.kinds import is_list, is_object
from nodes.abilities import PROMPT_RULES
from nodes.base import NodeContext, NodeFailed
from nodes.costs import of_text
from nodes.warnings import Warnings, warning

MS_PER_MB = 50.0  # for each pattern
_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
Places = Iterable[tuple[str, Any, str]]


async def vetted(ctx: NodeContext, texts: Mapping[str, str]) -> Warnings:
    """Look through texts, by the params that they are of; returns what is found and only warns.

    Raises: NodeFailed "content_blocked".
    """
    return await vetted_at(ctx, [(name, ctx.written.get(name), text) for name, text in texts.items()])


async def vetted_at(ctx: NodeContext, places: Places) -> Warnings:
    """Look through texts: (param, what its author wrote, what it became) each. Raises: NodeFailed "content_blocked"."""
    foreign = [(name, own, text) for name, written, text in places if text and (own := own_words(written)) is not None]
    if not foreign:
        return []
    policy = await rules(ctx)
    warnings: Warnings = []
    for name, own, text in foreign:
        warnings += told(name, await found_in(ctx, text, policy, own))
    return warnings


async def rules(ctx: NodeContext) -> PromptPolicy:
    """Return the staff's rules that hold now."""
    return await (await ctx.ability(PROMPT_RULES)).policy()


async def found_in(ctx: NodeContext, text: str, policy: PromptPolicy, own: str = "") -> list[Finding]:
    """Return what rules find in a text, beside what stands in its author's own words."""
    patterns = [[one.pattern, one.action] for one in policy.patterns]
    cost_ms = of_text(text, MS_PER_MB * (len(patterns) + 1))
    made = await ctx.compute(_found, text, own, patterns, policy.max_input_chars, cost_ms=cost_ms)
    return [Finding(**one) for one in made]


def told(name: str, found: list[Finding]) -> Warnings:
    """Return findings as warnings of a param, each kind once. Raises: NodeFailed "content_blocked"."""
    blocking = [one for one in found if one.action == "block"]
    if blocking:
        said = f"{name} is not handed to a model: {blocking[0].kind} {blocking[0].detail!r}"
        raise NodeFailed(
            "content_blocked", said[:500], field=name, reason=blocking[0].kind,
            findings=[one.as_dict() for one in blocking],
        )  # fmt: skip
    said_once = dict.fromkeys(f"{name} may hold instructions: {one.kind} {one.detail!r}" for one in found)
    return [warning("prompt_injection", name, said) for said in said_once]


def own_words(written: Any) -> str | None:
    """Return what an author wrote of a param himself; None where that is all of it."""
    if written is None or (isinstance(written, str) and "{{" not in written):
        return None
    return _EXPRESSION.sub(" ", written) if isinstance(written, str) else ""


def written_in(listed: Any, at: int, name: str) -> Any:
    """Return what an author wrote of a field of an entry; where the list itself is an expression, that."""
    if not is_list(listed):
        return listed
    entry = listed[at] if at < len(listed) else None
    return entry.get(name) if is_object(entry) else entry


def _found(text: str, own: str, patterns: list[list[Any]], most_chars: int) -> list[dict[str, Any]]:
    policy = PromptPolicy(tuple(PromptPattern(pattern, action) for pattern, action in patterns), most_chars)
    known = Counter((one.kind, one.detail.lower()) for one in (findings(own, policy) if own else ()))
    made: list[dict[str, Any]] = []
    for one in findings(text, policy):
        if known[one.kind, one.detail.lower()] > 0:
            known[one.kind, one.detail.lower()] -= 1
        else:
            made.append(one.as_dict())
    return made
