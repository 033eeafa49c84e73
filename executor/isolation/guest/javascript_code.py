"""The JavaScript language layer: a QuickJS-ng context without a single callback into Python."""

from __future__ import annotations

import importlib.util
import json
import re
from typing import Any

from . import exact_numbers
from .results import NoResult, Unstorable, items_of, printable

_ENGINE: Any = None
MOST_LINES = 1000
NO_MEMORY = "The code needs more memory than it may have"
_LINE = re.compile(r"<input>:(\d+)")

_BEFORE = """
globalThis.__stringify = JSON.stringify; globalThis.__logs = [];
globalThis.console = {}; for (const level of ["log", "info", "warn", "error", "debug"])
  console[level] = (...values) => { if (__logs.length < MOST_LINES) __logs.push(values.map(
    value => typeof value === "string" ? value : (__stringify(value) ?? String(value))).join(" ").slice(0, 4000)); };
globalThis.items = __request.items; globalThis.vars = __request.vars || {};
globalThis.static = __request.static || {};
globalThis.$getWorkflowStaticData = kind => { if (kind !== "node")
  throw new Error("Only the data of the node is kept; for more, use a data table"); return globalThis.static; };
globalThis.$input = { all: () => items, first: () => items[0], last: () => items[items.length - 1],
  get item() { return globalThis.item ?? items[0]; } };
""".replace("MOST_LINES", str(MOST_LINES))


class JavaScriptFailed(Exception):
    """User code threw, or could not be read."""

    def __init__(self, kind: str, name: str, message: str, line: int | None) -> None:
        super().__init__(message)
        self.problem = {"kind": kind, "type": printable(name), "message": printable(message[:2000]), "line": line}


def load(path: str) -> None:
    """Load the engine from its file; the package around it would start a thread."""
    global _ENGINE
    spec = importlib.util.spec_from_file_location("_quickjs", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    _ENGINE = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(_ENGINE)


def run(
    request: dict[str, Any], memory_bytes: int, seconds: float, failures: list[dict[str, Any]]
) -> tuple[list[Any], list[str], int]:
    """Run code over all items, or for each: then what an item throws is its failure.

    Returns items, what was logged, and how many whole numbers stayed rounded. Raises: JavaScriptFailed, NoResult.
    """
    context = _ENGINE.Context()
    context.set_memory_limit(memory_bytes)
    context.set_time_limit(seconds)
    context.set_max_stack_size(512 * 1024)
    exact = _give(context, request)
    # The user's code starts in the first line of the function, so that lines are counted as they are written.
    each = "for (let __at = 0; __at < items.length; __at++) { globalThis.item = items[__at];"
    call = (
        "try { const __made = await __user(globalThis.item, globalThis.item?.json, __at); __out.push([__at, __made]); }"
        "catch (thrown) { __failed.push([__at, String(thrown?.name ?? 'Error'), String(thrown?.message ?? thrown),"
        " String(thrown?.stack ?? '')]); } }"
    )
    whole = "__out.push([null, await __user(items[0], items[0]?.json, 0)]);"
    body = f"{each} {call}" if request["mode"] == "each_item" else whole
    source = f"globalThis.__user = async function (item, $json, $itemIndex) {{{request['code']}\n}}"
    try:
        context.eval(source)
        context.eval(
            "globalThis.__result = {}; const __failed = []; (async () => { const __out = []; "
            + body
            + " return __out; })().then("
            "value => { __result.value = __stringify(value, globalThis.__keep); }).catch("
            "thrown => { __result.thrown = [String(thrown?.name ?? 'Error'), String(thrown?.message ?? thrown), "
            "String(thrown?.stack ?? '')]; }); undefined"
        )
        was_full = _run_jobs(context, memory_bytes)
        said = context.eval("__stringify({value: __result.value, thrown: __result.thrown, failed: __failed})")
        found = json.loads(said)
        _take_static(context, request, exact)
        logs = json.loads(context.eval("__stringify(__logs)"))
    except _ENGINE.StackOverflow as exc:
        raise JavaScriptFailed("error", "RangeError", "Maximum call stack size exceeded", None) from exc
    except _ENGINE.JSException as exc:
        raise _failed(str(exc)) from exc
    if found.get("thrown"):
        name, message, stack = found["thrown"]
        if message == "null" and was_full:  # there was no room for an error either
            raise JavaScriptFailed("memory", "InternalError", NO_MEMORY, None)
        raise _failed(f"{name}: {message}\n{stack}")
    if found.get("value") is None:
        raise JavaScriptFailed("error", "Error", "The code waits for a promise that nobody keeps", None)
    for at, name, message, stack in found["failed"]:
        failed = _failed(f"{name}: {message}\n{stack}")
        if failed.problem["kind"] != "error" or (message == "null" and was_full):
            raise failed
        failures.append({"at": at, **failed.problem})
    made = _made(found["value"], exact, failures)
    return made, logs, exact.unsure if exact is not None else 0


def _give(context: Any, request: dict[str, Any]) -> exact_numbers.Exact | None:
    """Give a context what the code works on; returns the numbers that it rounds, where there are some."""
    given = {"items": request["items"], "vars": request.get("vars") or {}, "static": request.get("static")}
    text = json.dumps(given)
    exact = exact_numbers.Exact(given) if exact_numbers.may_hold_some(text) else None
    if exact is not None:
        text = json.dumps({**given, "exact": exact.paths})
    context.set("__request", context.parse_json(text))
    context.eval(_BEFORE)
    if exact is not None:
        context.eval(exact_numbers.BEFORE)
    return exact


def _made(text: str, exact: exact_numbers.Exact | None, failures: list[dict[str, Any]]) -> list[Any]:
    """Return the items that code made. Raises: NoResult."""
    made: list[Any] = []
    try:
        values = json.loads(text)
    except RecursionError as exc:
        raise Unstorable("The result is nested too deep") from exc
    for at, value in values:
        try:
            out = items_of(value)
        except NoResult as exc:
            if at is None:
                raise
            failures.append({"at": at, "kind": exc.kind, "type": "", "message": str(exc), "line": None})
            continue
        made.extend(out if at is None else ({"pairedItem": {"item": at}, **item} for item in out))
    if exact is not None:
        made = [exact.restored(item, _origin(item)) for item in made]
    return made


def _origin(item: dict[str, Any]) -> int | None:
    """Return the number of the item that one says it was made of. Its own place says nothing: code may sort."""
    paired = item.get("pairedItem")
    number = paired.get("item") if isinstance(paired, dict) else paired
    return number if isinstance(number, int) else None


def _take_static(context: Any, request: dict[str, Any], exact: exact_numbers.Exact | None) -> None:
    """Put what the code made of `static` into its request, where it was given any."""
    if "static" in request:
        static = json.loads(context.eval("__stringify(globalThis.static, globalThis.__keep) ?? 'null'"))
        request["static"] = static if exact is None else exact.restored(static, None)


def _run_jobs(context: Any, memory_bytes: int) -> bool:
    """Run promises until none is left; returns whether the memory was nearly full meanwhile."""
    was_full, jobs = False, 0
    while context.execute_pending_job():
        jobs += 1
        if jobs % 256 == 0 and not was_full:
            was_full = context.memory()["malloc_size"] > memory_bytes * 0.8
    return was_full


def _failed(text: str) -> JavaScriptFailed:
    first, _, stack = text.partition("\n")
    name, _, message = first.partition(": ")
    found = _LINE.search(stack)
    kind = "error"
    if "interrupted" in message:
        kind = "timeout"
    elif "out of memory" in first or name == "null":
        kind, message = "memory", NO_MEMORY
    return JavaScriptFailed(kind, name[:100], message, int(found[1]) if found else None)


__all__ = ["JavaScriptFailed", "NoResult", "load", "run"]
