"""The Code node: Python or JavaScript of the user, in the jail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from core.values.kinds import is_object
from core.values.size import json_size
from nodes.abilities import CodeFailure, CodeOutcome, CodeRequest
from nodes.base import LITERAL, RAW, BatchNodeType, Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult
from nodes.items import Items, linked_by_place, numbered
from nodes.kept_state import changing

CODES = {
    "timeout": "code_timeout", "cpu": "code_timeout", "memory": "code_memory", "forbidden": "sandbox_violation",
    "unstorable": "invalid_output",
}  # fmt: skip


STATIC = "static"
_USES_STATIC = {
    "python": re.compile(r"\bstatic\b"),
    # not `static` as classes have it: before a name, a block or a generator
    "javascript": re.compile(r"\bstatic\b(?!\s*[\w$#*{\[\"'])|\bstatic\s*\[|\$getWorkflowStaticData"),
}
MOST_STATIC_BYTES = 64 * 1024
ROUNDED = (
    "JavaScript rounds whole numbers of more than 53 bits, and several that it was given become the same: some that "
    "the code copied stayed rounded. Items that keep their `pairedItem` keep their numbers, too"
)


class CodeParams(NodeParams):
    language: Literal["python", "javascript"] = Field(default="python", title="Language", json_schema_extra=LITERAL)
    mode: Literal["all_items", "each_item"] = Field(default="all_items", title="Run for", json_schema_extra=LITERAL)
    code: str = Field(
        min_length=1,
        max_length=200_000,
        title="Code",
        json_schema_extra={**LITERAL, **RAW, "language": "param:language"},
    )
    limit_s: float = Field(
        default=10, ge=0.1, le=120, title="Time limit in seconds", json_schema_extra={**LITERAL, "group": "advanced"}
    )
    memory_mb: int = Field(
        default=256, ge=16, le=1024, title="Memory in MiB", json_schema_extra={**LITERAL, "group": "advanced"}
    )


class Code(BatchNodeType[CodeParams]):
    """Run code on the items. What it returns are the items that go on.

    Raises: NodeFailed "code_error", "code_timeout", "code_memory", "sandbox_violation", "invalid_output",
    "code_sandbox_unavailable", "state_conflict", "state_too_large".
    """

    kind = "code"
    Params = CodeParams
    default_timeout_s = 180
    look = Look(
        label="Code",
        description="Runs your Python or JavaScript on the items.",
        category="transform",
        icon="code",
        color="#7c3aed",
        summary="{{ language }}",
        aliases=("python", "javascript", "script", "function"),
        docs="The text is the body of a function: `return` what goes on, as items or plain objects. `items` are all "
        'items (`[{"json": {…}}]`), in mode `each_item` `item` is one of them; `vars` are the run\'s variables. '
        "JavaScript also has `$input.all()`, `$json` and `console.log`; in Python `print` writes into the node's logs. "
        "Python's json, re, datetime, zoneinfo, math, statistics, random, decimal, itertools, functools, collections, "
        "dataclasses, hashlib, hmac, base64, uuid, csv, io, html, urllib.parse and others of their kind can be "
        "imported. The code reaches no file, no network and no process.\n\n"
        "JavaScript rounds whole numbers of more than 53 bits; those that go on as they came are restored. Where the "
        "code copies one into an item without `pairedItem`, and another one is rounded to the same, it stays rounded, "
        "and the node warns.\n\n"
        "`static` is an object of up to 64 KiB that the node keeps from run to run: change it in place "
        "(`static['seen'] = 1`). It is kept when the code has returned, in production runs; other runs see a copy of "
        "their own. `$getWorkflowStaticData('node')` gives the same.",
    )

    def effect_of(self, params: Mapping[str, Any]) -> Effect:
        uses = uses_static(str(params.get("code", "")), str(params.get("language", "python")))
        return "write" if uses else self.effect

    async def run_all(self, params: CodeParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        none: Items = []
        items = next(iter(inputs.values()), none)
        request = CodeRequest(
            params.language, params.code, params.mode, numbered(items), ctx.variables, params.limit_s,
            params.memory_mb * 2**20,
        )  # fmt: skip
        outcome = await (
            _with_static(request, ctx) if uses_static(params.code, params.language) else _run(request, ctx)
        )
        failures = tuple((one.at, failure_of(one)) for one in outcome.failures if 0 <= one.at < len(items))
        made = linked_by_place(outcome.items, len(items))
        warnings = (("rounded", "", ROUNDED),) if outcome.is_rounded else ()
        return NodeResult({"main": made}, outcome.logs, failures, warnings=warnings)


def uses_static(code: str, language: str) -> bool:
    """Tell whether code may look at what its node keeps from run to run."""
    return "static" in code.lower() and _USES_STATIC.get(language, _USES_STATIC["python"]).search(code) is not None


async def _run(request: CodeRequest, ctx: NodeContext) -> CodeOutcome:
    outcome = await ctx.run_code(request)
    if outcome.kind != "ok":
        raise failure_of(outcome)
    return outcome


async def _with_static(request: CodeRequest, ctx: NodeContext) -> CodeOutcome:
    """Run code with what its node keeps, and keep what became of it; with another's changes it is run again.

    A node that runs again after that gives the code what it found the first time, and keeps nothing more.
    """

    async def work(kept: Any) -> tuple[CodeOutcome, Any]:
        before = kept if is_object(kept) else {}
        outcome = await _run(replace(request, static=before), ctx)
        if not is_object(outcome.static):
            raise NodeFailed("code_error", "`static` has to stay an object")
        if json_size(outcome.static, MOST_STATIC_BYTES) > MOST_STATIC_BYTES:
            raise NodeFailed("state_too_large", f"`static` holds at most {MOST_STATIC_BYTES // 1024} KiB")
        return outcome, outcome.static or kept

    return await changing(ctx.state, STATIC, work)


def failure_of(outcome: CodeFailure) -> NodeFailed:
    """Return what a call that came to nothing is as a node's failure."""
    where = f" (line {outcome.line})" if outcome.line is not None else ""
    text = f"{outcome.type}: {outcome.message}" if outcome.type else outcome.message
    details: dict[str, Any] = {"kind": outcome.kind, "line": outcome.line, "type": outcome.type}
    return NodeFailed(CODES.get(outcome.kind, "code_error"), f"{text}{where}", **details, logs=list(outcome.logs[:50]))
