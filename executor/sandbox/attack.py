"""The pool attacks itself before it takes a call: what succeeds, or cannot be tried, is a reason to refuse."""

from __future__ import annotations

from dataclasses import replace

from executor.sandbox.outcome import WALL_MISSING, Limits, outcome_of
from executor.sandbox.parent import Parent

SEALED = (
    "opens_a_file", "opens_a_socket", "forks", "executes", "signals_its_parent", "signals_all", "traces_its_parent",
    "reads_its_parent", "gets_executable_memory", "makes_a_memory_file", "unshares", "uses_io_uring",
    "takes_all_memory",
)  # fmt: skip
UNSEALED = ("opens_a_file", "has_no_limits", "has_privileges_to_gain", "takes_all_memory")
FROM_ABI = {"connects_out": 4, "signals_its_parent": 6}
LAYERS = ("rlimit", "no_new_privs", "landlock", "seccomp")
LIMITS = Limits(wall_s=20, cpu_s=2, memory_bytes=64 * 2**20, reply_bytes=65536)
KILLED_BY_A_WALL = (-31, -24)  # SIGSYS, SIGXCPU


async def weakness_of(parent: Parent) -> str:
    """Return why a parent cannot be trusted, or nothing."""
    missing = [layer for layer in LAYERS if layer not in parent.hello.get("layers", ())]
    if missing:
        return f"missing: {', '.join(missing)}"
    unsealed = [*UNSEALED, *(name for name, abi in FROM_ABI.items() if int(parent.hello["abi"]) >= abi)]
    for name, sealed in [*((one, True) for one in SEALED), *((one, False) for one in unsealed)]:
        problem = await _tried(parent, name, sealed=sealed)
        if problem:
            return problem
    return await _works(parent)


async def _tried(parent: Parent, name: str, *, sealed: bool) -> str:
    reply, report = await parent.call({**LIMITS.as_order(), "probe": name, "sealed": sealed}, None)
    where = "" if sealed else " behind the list of system calls"
    if report["exit"] == WALL_MISSING:
        return "a wall could not be put up"
    if reply is not None and reply.get("succeeded") is False:
        return ""
    if reply is None and report["exit"] in KILLED_BY_A_WALL:
        return ""
    if reply is not None and reply.get("succeeded"):
        return f"the probe {name!r} succeeded{where}"
    return f"the probe {name!r} could not be tried{where}"


async def _works(parent: Parent) -> str:
    request = b'{"language": "python", "mode": "all_items", "items": [{"json": {"n": 1}}], "code": "return items"}'
    limits = replace(LIMITS, reply_bytes=2**20)
    outcome = outcome_of(*await parent.call(limits.as_order(), request), limits)
    return "" if outcome.kind == "ok" else f"an ordinary call ended as {outcome.kind}"
